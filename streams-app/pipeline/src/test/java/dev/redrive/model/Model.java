package dev.redrive.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.redrive.avro.Command;
import dev.redrive.avro.DeadLetter;
import dev.redrive.avro.FailureCause;
import dev.redrive.avro.JobFailure;
import dev.redrive.avro.JobLifecycle;
import dev.redrive.avro.LifecycleStage;
import dev.redrive.avro.RetryRequest;
import dev.redrive.avro.ScheduledRetry;
import dev.redrive.model.Job.Phase;
import dev.redrive.topology.PipelineHarness.Out;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Replays the inputs, and says what must come of each: the outcomes, in their order, and what the records must hold. Of
 * what depends on chance (the exact due, a derived key) it checks the bounds and then takes the pipeline's word.
 */
final class Model {

    private static final Duration LEASE = Duration.ofMinutes(30);

    /** The default of redrives.maxPerJob. */
    private static final int MAX_REDRIVES = 3;

    private final Map<String, Job> jobs = new TreeMap<>();
    private final Set<String> keys = new HashSet<>();
    private long accepted;

    Job job(String user, String id) {
        return jobs.computeIfAbsent(user + "/" + id, name -> new Job(user, id));
    }

    Iterable<Job> jobs() {
        return jobs.values();
    }

    /** Failures that were taken, neither repeated nor too late. */
    long accepted() {
        return accepted;
    }

    List<String> failed(Report published, Times times, Outputs out) {
        Job job = job(published.user(), published.job());
        Report report = published.after(job);
        int attempt = report.attempt();
        if (attempt == 0) {
            attempt = job.is(Phase.NEW) ? 1 : job.running();
        }
        if (attempt <= job.ended()) {
            int about = report.attempt() == 0 ? job.ended() : attempt;
            return List.of("FAILURE " + (job.is(Phase.OVER) ? afterEnd(job) : "DUPLICATE") + " " + about);
        }
        if (job.is(Phase.DEAD) || job.is(Phase.OVER)) {
            return List.of("FAILURE " + (job.is(Phase.OVER) ? afterEnd(job) : "STALE") + " " + attempt);
        }
        accepted++;
        List<String> expected = new ArrayList<>();
        if (job.is(Phase.PENDING)) {
            expected.add("RETRY SUPERSEDED " + job.attempt);
        }
        boolean guarded = report.key() != null || releasedWithKey(job, attempt);
        Instant waitsFrom = report.waitsFrom(times, releasedWithKey(job, attempt) ? job.touchedAt : null);
        String refusal =
                report.refusal(job, guarded, times, waitsFrom, !out.retries().isEmpty());
        Instant failedAt = report.failedAt(times);
        job.firstFailedAt = job.firstFailedAt == null ? failedAt : job.firstFailedAt;
        settle(job, report, attempt, waitsFrom, guarded, refusal, out);
        expected.add("FAILURE " + (refusal == null ? "SCHEDULED " : "DEAD_LETTERED ") + attempt);
        return expected;
    }

    private static String afterEnd(Job job) {
        return job.end.equals("CANCELLED") ? "CANCELLED" : "STALE";
    }

    private static boolean releasedWithKey(Job job, int attempt) {
        return job.is(Phase.OUT) && job.releasedByPipeline && job.attempt == attempt;
    }

    private void settle(
            Job job,
            Report report,
            int attempt,
            Instant waitsFrom,
            boolean guarded,
            @Nullable String refusal,
            Outputs out) {
        Fault fault = report.fault();
        int count = 1 + (fault.throttled() ? job.throttled++ : job.charged++);
        job.active(null);
        job.deadline = report.deadline();
        job.carriedDeadline = report.deadline();
        job.carriedMaxAttempts = report.maxAttempts();
        carry(job, report.key());
        if (refusal != null) {
            DeadLetter letter = only(out.deadLetters()).value();
            assertThat(letter.getReason()).isEqualTo(refusal);
            assertThat(letter.getAttempt()).isEqualTo(attempt);
            assertThat(letter.getChargedAttempts()).isEqualTo(job.charged);
            if (guarded || !fault.mayHaveRun()) {
                named(job, letter.getIdempotencyKey());
            }
            bury(job, attempt, letter);
            return;
        }
        assertThat(out.deadLetters()).isEmpty();
        ScheduledRetry scheduled = only(out.retries()).value();
        Instant due = scheduled.getRetry().getDueAt();
        assertThat(due).isBetween(fault.earliest(waitsFrom), fault.latest(waitsFrom, count));
        schedule(job, attempt + 1, due, fault.ended(), out);
    }

    private void carry(Job job, @Nullable String told) {
        if (told != null) {
            job.key = told;
            keys.add(told);
        }
    }

    private void named(Job job, @Nullable String told) {
        if (job.key == null) {
            job.derive(told, keys);
        }
        assertThat(told).as("key of %s", job).isEqualTo(job.key);
    }

    private void schedule(Job job, int attempt, Instant due, boolean newSubmission, Outputs out) {
        Out<ScheduledRetry> record = only(out.retries());
        RetryRequest retry = record.value().getRetry();
        if (newSubmission) {
            job.epoch++;
            job.key = null;
        }
        named(job, retry.getIdempotencyKey());
        job.phase = Phase.PENDING;
        job.attempt = attempt;
        job.due = due;
        job.shows(retry);
        job.headers(record);
        Duration delay = Duration.between(out.at(), due);
        Duration tier = Outputs.tier(record.value().getTier());
        assertThat(tier)
                .as("tier for a delay of %s", delay)
                .isGreaterThanOrEqualTo(delay.compareTo(Duration.ofDays(1)) > 0 ? Duration.ofDays(1) : delay);
    }

    private static void bury(Job job, int attempt, DeadLetter letter) {
        assertThat(letter.getEpoch()).isEqualTo(job.epoch);
        assertThat(letter.getRedriveId()).isEqualTo(job.redriveId);
        job.phase = Phase.DEAD;
        job.attempt = attempt;
        job.everDead = true;
    }

    List<String> moved(JobLifecycle event, Instant now) {
        Job job = job(event.getUserId(), event.getJobId());
        if (event.getStage() == LifecycleStage.SUCCEEDED || event.getStage() == LifecycleStage.CANCELLED) {
            int attempt = Math.max(event.getAttempt(), Math.max(job.ended(), job.running()));
            return job.is(Phase.OVER)
                    ? List.of("LIFECYCLE IGNORED " + attempt)
                    : end(job, attempt, event.getStage().name(), "LIFECYCLE");
        }
        int attempt = event.getAttempt();
        if (attempt == 0) {
            attempt = job.is(Phase.NEW) ? 1 : Math.max(job.running(), job.ended());
        }
        if (attempt <= job.ended()) {
            return List.of("LIFECYCLE STALE " + attempt);
        }
        if (job.is(Phase.DEAD) || job.is(Phase.OVER)) {
            return List.of("LIFECYCLE IGNORED " + attempt);
        }
        List<String> expected = new ArrayList<>();
        if (job.is(Phase.PENDING)) {
            expected.add("RETRY SUPERSEDED " + job.attempt);
        }
        expected.add("LIFECYCLE APPLIED " + attempt);
        job.out(attempt, releasedWithKey(job, attempt), now.plus(LEASE));
        job.touchedAt = now;
        return expected;
    }

    private static List<String> end(Job job, int attempt, String how, String input) {
        List<String> expected = new ArrayList<>();
        if (job.is(Phase.PENDING)) {
            expected.add("RETRY CANCELLED " + job.attempt);
        }
        expected.add(input + " APPLIED " + attempt);
        job.over(attempt, how);
        return expected;
    }

    List<String> ordered(Command command, Instant now, Outputs out) {
        Job job = job(command.getUserId(), String.valueOf(command.getJobId()));
        String rejected = "COMMAND REJECTED " + job.ended();
        return switch (command.getKind()) {
            case UNKNOWN, HOLD, UNHOLD, EXPLAIN -> throw new IllegalArgumentException("not modelled");
            case CANCEL ->
                job.is(Phase.NEW) || job.is(Phase.DEAD) || job.is(Phase.OVER)
                        ? List.of(rejected)
                        : end(job, Math.max(job.ended(), job.running()), "CANCELLED", "COMMAND");
            case EXPEDITE -> {
                if (!job.is(Phase.PENDING)) {
                    yield List.of(rejected);
                }
                job.due = earlier(job.due, now);
                yield List.of("COMMAND APPLIED " + job.attempt);
            }
            case DISCARD -> {
                if (!job.is(Phase.DEAD)) {
                    yield List.of(rejected);
                }
                job.over(job.attempt, "DISCARDED");
                yield List.of("COMMAND DISCARDED " + job.attempt);
            }
            case REDRIVE ->
                redriven(job, command, now, out) ? List.of("COMMAND SCHEDULED " + job.attempt) : List.of(rejected);
        };
    }

    private boolean redriven(Job job, Command command, Instant now, Outputs out) {
        JobFailure failure = command.getDeadLetter();
        String id = command.getCommandId();
        if (failure == null || !(job.is(Phase.DEAD) || job.is(Phase.NEW)) || job.redriveIds.contains(id)) {
            return false;
        }
        int dead = job.is(Phase.NEW) ? Math.max(1, failure.getAttempt()) : job.attempt;
        if (failure.getAttempt() != 0 && failure.getAttempt() != dead) {
            return false;
        }
        if (job.redriveIds.size() >= MAX_REDRIVES && !command.getOverride()) {
            return false;
        }
        job.redriveId = id;
        job.redriveIds.add(id);
        job.everDead = true;
        job.charged = 0;
        job.throttled = 0;
        job.firstFailedAt = null;
        job.deadline = null;
        job.carry(failure, now);
        job.epoch = Math.max(job.epoch, command.getEpoch());
        carry(job, failure.getIdempotencyKey());
        boolean ended = failure.getCause() == FailureCause.ASYNC;
        schedule(job, dead + 1, now, ended || command.getEdited(), out);
        return true;
    }

    /** What the timers did: each release and each missed deadline must have been right. */
    List<String> timePassed(Outputs out) {
        List<String> expected = new ArrayList<>();
        for (Out<RetryRequest> record : out.ready()) {
            RetryRequest retry = record.value();
            Job job = job(retry.getUserId(), retry.getJobId());
            assertThat(job.phase).as("released: %s", job).isEqualTo(Phase.PENDING);
            assertThat(record.timestamp()).as("released early: %s", job).isAfterOrEqualTo(job.due);
            assertThat(job.attempt).as("released twice: %s", job).isGreaterThan(job.lastReleased);
            assertThat(job.deadline == null || !record.timestamp().isAfter(job.deadline))
                    .as("released after its deadline: %s", job)
                    .isTrue();
            job.shows(retry);
            job.headers(record);
            job.lastReleased = job.attempt;
            job.out(job.attempt, true, record.timestamp().plus(LEASE));
            job.touchedAt = record.timestamp();
            expected.add(job.user + "/" + job.id + " RETRY RELEASED " + job.attempt);
        }
        for (Out<DeadLetter> record : out.deadLetters()) {
            DeadLetter letter = record.value();
            Job job = job(letter.getUserId(), letter.getJobId());
            assertThat(job.phase).as("dead-lettered: %s", job).isEqualTo(Phase.PENDING);
            assertThat(record.timestamp()).isAfterOrEqualTo(job.due).isAfter(job.deadline);
            assertThat(letter.getReason()).isEqualTo("DEADLINE_EXCEEDED");
            assertThat(letter.getAttempt()).isEqualTo(job.attempt - 1);
            assertThat(letter.getIdempotencyKey()).isEqualTo(job.key);
            expected.add(job.user + "/" + job.id + " RETRY DEAD_LETTERED " + job.attempt);
            bury(job, job.attempt - 1, letter);
        }
        return expected;
    }

    /**
     * Ends leases.
     *
     * @param certain whether the pipeline has looked for them at this instant, or only may have
     */
    void leasesEnd(Instant now, boolean certain) {
        for (Job job : jobs.values()) {
            if (job.activeUntil != null && !job.activeUntil.isAfter(now)) {
                if (certain) {
                    job.active(null);
                } else {
                    job.perhapsIdle = true;
                }
            }
        }
    }

    private static Instant earlier(Instant one, Instant other) {
        return one.isBefore(other) ? one : other;
    }

    private static <T> T only(List<T> all) {
        assertThat(all).hasSize(1);
        return all.get(0);
    }
}
