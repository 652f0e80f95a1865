package dev.redrive.model;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** A failure as it is published. */
record Report(
        String user,
        String job,
        int attempt,
        Fault fault,
        @Nullable String key,
        Instant failedAt,
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
                deadline == null ? before.carriedDeadline : deadline,
                maxAttempts == null ? before.carriedMaxAttempts : maxAttempts);
    }

    /** When it failed, as the pipeline takes it: not after it read of it. */
    Instant failedAt(Instant now) {
        return failedAt.isAfter(now) ? now : failedAt;
    }

    /**
     * Why the job may not come back; {@code null} if it must.
     *
     * @param guarded whether the attempt carried a key
     * @param retried what the pipeline did, where the deadline lies between the earliest due and the latest
     */
    @Nullable
    String refusal(Job job, boolean guarded, Instant now, boolean retried) {
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
        Instant failed = failedAt(now);
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
        if (now.isAfter(deadline) || fault.earliest(failed).isAfter(deadline)) {
            return "DEADLINE_EXCEEDED";
        }
        return fault.latest(failed, count).isAfter(deadline) && !retried ? "DEADLINE_EXCEEDED" : null;
    }
}
