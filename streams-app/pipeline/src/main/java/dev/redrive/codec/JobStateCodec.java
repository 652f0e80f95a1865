package dev.redrive.codec;

import dev.redrive.codec.avro.JobMemory;
import dev.redrive.codec.avro.JobPhase;
import dev.redrive.codec.avro.PastAttempt;
import dev.redrive.domain.classify.FailureClass;
import dev.redrive.domain.decide.DeadLetterReason;
import dev.redrive.domain.event.Input.Carried;
import dev.redrive.domain.lifecycle.JobState;
import dev.redrive.domain.lifecycle.JobState.AttemptSummary;
import dev.redrive.domain.lifecycle.JobState.DeadLettered;
import dev.redrive.domain.lifecycle.JobState.End;
import dev.redrive.domain.lifecycle.JobState.Finished;
import dev.redrive.domain.lifecycle.JobState.Memo;
import dev.redrive.domain.lifecycle.JobState.Running;
import dev.redrive.domain.lifecycle.JobState.Scheduled;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Encodes a job's state in Avro's single-object encoding: the schema's fingerprint comes first, so that state written
 * by an older version is recognised.
 *
 * <p>Stateless and safe for use by several threads.
 */
public final class JobStateCodec {

    private static final long NONE = -1;

    private static final SingleObject<JobMemory> FORMAT = new SingleObject<>(JobMemory.class);

    private JobStateCodec() {}

    /**
     * Encodes a state.
     *
     * @throws IllegalArgumentException if the job is unknown: there is nothing to store
     */
    public static byte[] encode(JobState state) {
        return FORMAT.encode(memory(state));
    }

    /**
     * Decodes a state; {@code Unseen} for {@code null}.
     *
     * @throws UncheckedIOException if the bytes are no job's state
     */
    public static JobState decode(byte @Nullable [] bytes) {
        if (bytes == null) {
            return JobState.Unseen.INSTANCE;
        }
        return state(FORMAT.decode(bytes));
    }

    private static JobMemory memory(JobState state) {
        if (state instanceof Running running) {
            return memory(
                    JobPhase.RUNNING,
                    running.attempt(),
                    running.released(),
                    0,
                    "",
                    Scheduled.NO_DIGEST,
                    running.memo());
        }
        if (state instanceof Scheduled pending) {
            return memory(
                    JobPhase.SCHEDULED,
                    pending.attempt(),
                    false,
                    pending.dueAt().toEpochMilli(),
                    "",
                    pending.digest(),
                    pending.memo());
        }
        if (state instanceof DeadLettered dead) {
            return memory(
                    JobPhase.DEAD_LETTERED,
                    dead.attempt(),
                    false,
                    0,
                    dead.reason().name(),
                    Scheduled.NO_DIGEST,
                    dead.memo());
        }
        if (state instanceof Finished finished) {
            return memory(
                    JobPhase.FINISHED,
                    finished.attempt(),
                    false,
                    0,
                    finished.end().name(),
                    Scheduled.NO_DIGEST,
                    finished.memo());
        }
        throw new IllegalArgumentException("nothing to store of a job that was never seen");
    }

    private static JobMemory memory(
            JobPhase phase, int attempt, boolean released, long dueAtMs, String word, long digest, Memo memo) {
        List<PastAttempt> history = new ArrayList<>(memo.history().size());
        for (AttemptSummary past : memo.history()) {
            history.add(new PastAttempt(
                    past.attempt(),
                    past.failureClass().name(),
                    past.code(),
                    past.httpStatus() == null ? 0 : past.httpStatus(),
                    past.failedAt().toEpochMilli()));
        }
        Carried carried = memo.carried();
        return new JobMemory(
                phase,
                attempt,
                released,
                dueAtMs,
                word,
                memo.charged(),
                memo.throttled(),
                millis(memo.firstFailedAt()),
                memo.idempotencyKey(),
                memo.epoch(),
                memo.submittedAttempt(),
                millis(memo.activeUntil()),
                millis(memo.leaseEndsAt()),
                memo.redriveIds(),
                memo.touchedAt().toEpochMilli(),
                memo.service(),
                carried.priority(),
                history,
                memo.outages(),
                carried.method().equals(Carried.METHOD) ? "" : carried.method(),
                carried.route(),
                millis(carried.deadline()),
                carried.maxAttempts(),
                carried.batchId(),
                carried.labels(),
                carried.request(),
                digest);
    }

    private static JobState state(JobMemory memory) {
        Memo memo = memo(memory);
        int attempt = memory.getAttempt();
        return switch (memory.getPhase()) {
            case RUNNING -> new Running(memo, attempt, memory.getReleased());
            case SCHEDULED -> new Scheduled(memo, attempt, Instant.ofEpochMilli(memory.getDueAt()), memory.getDigest());
            case DEAD_LETTERED -> new DeadLettered(memo, attempt, DeadLetterReason.valueOf(memory.getWord()));
            case FINISHED -> new Finished(memo, attempt, End.valueOf(memory.getWord()));
        };
    }

    private static Memo memo(JobMemory memory) {
        List<AttemptSummary> history = new ArrayList<>(memory.getHistory().size());
        for (PastAttempt past : memory.getHistory()) {
            history.add(new AttemptSummary(
                    past.getAttempt(),
                    FailureClass.valueOf(past.getFailureClass()),
                    past.getCode(),
                    past.getHttpStatus() == 0 ? null : past.getHttpStatus(),
                    Instant.ofEpochMilli(past.getFailedAt())));
        }
        return new Memo(
                memory.getCharged(),
                memory.getThrottled(),
                memory.getOutages(),
                instant(memory.getFirstFailedAt()),
                memory.getIdempotencyKey(),
                memory.getEpoch(),
                memory.getSubmittedAttempt(),
                history,
                instant(memory.getActiveUntil()),
                instant(memory.getLeaseEndsAt()),
                List.copyOf(memory.getRedriveIds()),
                Instant.ofEpochMilli(memory.getTouchedAt()),
                memory.getService(),
                carried(memory));
    }

    private static Carried carried(JobMemory memory) {
        return new Carried(
                memory.getMethod().isEmpty() ? Carried.METHOD : memory.getMethod(),
                memory.getRoute(),
                instant(memory.getDeadline()),
                memory.getMaxAttempts(),
                memory.getBatchId(),
                memory.getLabels(),
                memory.getPriority(),
                memory.getRequested());
    }

    private static long millis(@Nullable Instant instant) {
        return instant == null ? NONE : instant.toEpochMilli();
    }

    private static @Nullable Instant instant(long millis) {
        return millis == NONE ? null : Instant.ofEpochMilli(millis);
    }
}
