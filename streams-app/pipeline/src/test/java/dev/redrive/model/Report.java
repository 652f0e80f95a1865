package dev.redrive.model;

import dev.redrive.model.Action.Dated;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.Nullable;

/** A failure as it is published. */
record Report(
        String user,
        String job,
        int attempt,
        Fault fault,
        @Nullable String key,
        Instant failedAt,
        Dated dated,
        @Nullable Instant deadline,
        @Nullable Integer maxAttempts) {

    static final int MAX_THROTTLES = 4;
    private static final Duration MAX_AGE = Duration.ofDays(1);

    /** With what the failure does not repeat. */
    Report after(Job before) {
        return new Report(
                user,
                job,
                attempt,
                fault,
                key,
                failedAt,
                dated,
                deadline == null ? before.carriedDeadline : deadline,
                maxAttempts == null ? before.carriedMaxAttempts : maxAttempts);
    }

    /** The response's Date, in whole seconds; {@code null} without one that can be read. */
    @Nullable
    Instant date() {
        Instant exact = switch (dated) {
            case NO, UNREADABLE -> null;
            case AS_FAILED -> failedAt;
            case A_MINUTE_LATER -> failedAt.plus(Duration.ofMinutes(1));
            case TWO_HOURS_LATER -> failedAt.plus(Duration.ofHours(2));
        };
        return exact == null ? null : exact.truncatedTo(ChronoUnit.SECONDS);
    }

    /** When it failed, as the pipeline takes it: not after what bounds it. */
    Instant failedAt(Times times) {
        return earlier(failedAt, times.bound());
    }

    /**
     * What the wait for a retry counts from: never before {@code failedAt}, for that clock may be behind. A Date that is later
     * shows by how much, to the second; without one it may be any time until the record was there, of which the latest is safe.
     */
    Instant waitsFrom(Times times) {
        Instant date = date();
        if (date != null && !date.isAfter(failedAt)) {
            return failedAt(times);
        }
        if (date != null) {
            return earlier(date.plusSeconds(1), times.bound());
        }
        return failedAt.isAfter(times.record()) ? failedAt(times) : times.record();
    }

    /**
     * The same, where it cannot be before the last sign of life of a released attempt.
     *
     * @param releasedAt when that was, or the release; {@code null} for an attempt that was not released
     */
    Instant waitsFrom(Times times, @Nullable Instant releasedAt) {
        Instant from = waitsFrom(times);
        Instant earliest = releasedAt == null ? from : releasedAt.plusMillis(1);
        return earliest.isAfter(from) && !earliest.isAfter(times.read()) ? earliest : from;
    }

    private static Instant earlier(Instant one, Instant other) {
        return one.isBefore(other) ? one : other;
    }

    /**
     * Why the job may not come back; {@code null} if it must.
     *
     * @param guarded whether the attempt carried a key
     * @param start what its wait counts from
     * @param retried what the pipeline did, where the deadline lies between the earliest due and the latest
     */
    @Nullable
    String refusal(Job job, boolean guarded, Times times, Instant start, boolean retried) {
        if (!fault.comesBack()) {
            return fault.failureClass;
        }
        if (fault.mayHaveRun() && !guarded) {
            return "UNSAFE_WITHOUT_IDEMPOTENCY_KEY";
        }
        if (fault.throttled() && job.throttled + 1 > MAX_THROTTLES) {
            return "THROTTLES_EXHAUSTED";
        }
        int allowed = maxAttempts == null ? fault.maxAttempts() : Math.min(maxAttempts, fault.maxAttempts());
        if (!fault.throttled() && job.charged + 1 >= allowed) {
            return "ATTEMPTS_EXHAUSTED";
        }
        Instant failed = failedAt(times);
        if (job.firstFailedAt != null
                && Duration.between(job.firstFailedAt, failed).compareTo(MAX_AGE) > 0) {
            return "AGE_EXCEEDED";
        }
        if (fault.waitTooLong()) {
            return "DELAY_TOO_LONG";
        }
        if (deadline == null) {
            return null;
        }
        int count = 1 + (fault.throttled() ? job.throttled : job.charged);
        if (times.read().isAfter(deadline) || fault.earliest(start).isAfter(deadline)) {
            return "DEADLINE_EXCEEDED";
        }
        return fault.latest(start, count).isAfter(deadline) && !retried ? "DEADLINE_EXCEEDED" : null;
    }
}
