package dev.redrive.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.redrive.avro.JobFailure;
import dev.redrive.avro.RetryRequest;
import dev.redrive.contract.HeaderNames;
import dev.redrive.topology.PipelineHarness.Out;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What the model knows of one job. */
final class Job {

    enum Phase {
        NEW,
        OUT,
        PENDING,
        DEAD,
        OVER
    }

    final String user;
    final String id;
    Phase phase = Phase.NEW;

    /** OUT: the one under way. PENDING: the one to release. DEAD, OVER: the last. */
    int attempt;

    String end = "";
    boolean releasedByPipeline;
    int lastReleased;

    /** The release of the attempt, or its last sign of life. */
    Instant touchedAt = Instant.EPOCH;

    Instant due = Instant.EPOCH;

    @Nullable
    Instant deadline;

    /** What a failure to come need not repeat. */
    @Nullable
    Instant carriedDeadline;

    @Nullable
    Integer carriedMaxAttempts;

    @Nullable
    String key;

    int epoch;
    int charged;
    int throttled;

    @Nullable
    Instant firstFailedAt;

    boolean everDead;

    @Nullable
    String redriveId;

    final Set<String> redriveIds = new HashSet<>();

    @Nullable
    Instant activeUntil;

    /** The lease has ended, and nobody knows whether the pipeline has seen it yet. */
    boolean perhapsIdle;

    private final Map<Integer, String> derived = new HashMap<>();

    Job(String user, String id) {
        this.user = user;
        this.id = id;
    }

    boolean is(Phase wanted) {
        return phase == wanted;
    }

    /** The highest attempt that has ended. */
    int ended() {
        return switch (phase) {
            case NEW -> 0;
            case OUT, PENDING -> attempt - 1;
            case DEAD, OVER -> attempt;
        };
    }

    int running() {
        return phase == Phase.OUT ? attempt : 0;
    }

    /** A redrive repeats what it says; a deadline that has passed is of no use to anyone any more. */
    void carry(JobFailure failure, Instant now) {
        Instant told = failure.getDeadline() == null ? carriedDeadline : failure.getDeadline();
        carriedDeadline = told != null && told.isAfter(now) ? told : null;
        carriedMaxAttempts = failure.getMaxAttempts() == null ? carriedMaxAttempts : failure.getMaxAttempts();
    }

    void active(@Nullable Instant until) {
        activeUntil = until;
        perhapsIdle = false;
    }

    void out(int newAttempt, boolean byPipeline, Instant until) {
        releasedByPipeline = byPipeline;
        phase = Phase.OUT;
        attempt = newAttempt;
        active(until);
    }

    void over(int newAttempt, String how) {
        phase = Phase.OVER;
        attempt = newAttempt;
        end = how;
        active(null);
    }

    /** A key that the pipeline derived for the running epoch: fresh the first time, the same ever after. */
    void derive(@Nullable String told, Set<String> allKeys) {
        if (told == null || !told.matches("[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")) {
            throw new AssertionError("no UUID of version 5: " + told);
        }
        String before = derived.putIfAbsent(epoch, told);
        if (before == null ? !allKeys.add(told) : !before.equals(told)) {
            throw new AssertionError("key " + told + " for epoch " + epoch + " of " + this + ", was " + before);
        }
        key = told;
    }

    /** Checks that a retry says what is known of its  */
    void shows(RetryRequest retry) {
        assertThat(retry.getUserId()).isEqualTo(user);
        assertThat(retry.getAttempt()).isEqualTo(attempt);
        assertThat(retry.getDueAt()).isEqualTo(due);
        assertThat(retry.getIdempotencyKey()).as("key of %s", this).isEqualTo(key);
        assertThat(retry.getEpoch()).isEqualTo(epoch);
        assertThat(retry.getRedriveId()).isEqualTo(redriveId);
        assertThat(everDead && retry.getRedriveId() == null)
                .as("a dead letter came back without a redrive: %s", this)
                .isFalse();
    }

    /** Checks the headers of a retry: these and no others, in every attempt. */
    void headers(Out<?> record) {
        assertThat(record.headers().toArray()).hasSize(2);
        assertThat(header(record, HeaderNames.IDEMPOTENCY_KEY)).isEqualTo(key);
        assertThat(header(record, HeaderNames.RETRY_ATTEMPT)).isEqualTo(Integer.toString(attempt));
    }

    private static String header(Out<?> record, String name) {
        return new String(record.headers().lastHeader(name).value(), StandardCharsets.UTF_8);
    }

    @Override
    public String toString() {
        return user + "/" + id + " " + phase + " " + attempt + " due " + due;
    }
}
