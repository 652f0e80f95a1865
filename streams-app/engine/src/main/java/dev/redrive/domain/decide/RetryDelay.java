package dev.redrive.domain.decide;

import dev.redrive.domain.classify.Rule.Backoff;
import dev.redrive.domain.event.JobRef;
import java.time.Duration;

/**
 * How long a retry waits, counted from the failure. Full jitter: uniform from zero to the backoff's ceiling, but never
 * less than {@link #FLOOR}; what an API asked for is only ever lengthened.
 */
final class RetryDelay {

    /** The shortest backoff. */
    static final Duration FLOOR = Duration.ofMillis(50);

    private RetryDelay() {}

    /**
     * The wait that grows with the number of failures.
     *
     * @param backoff how it grows
     * @param n number of failures that count, this one included
     * @param attempt number of the attempt that failed
     */
    static Duration backoff(Backoff backoff, int n, JobRef job, int attempt) {
        double fraction = Jitter.fraction("backoff", job, attempt);
        long delayMs = (long) (fraction * backoff.ceiling(n).toMillis());
        return Duration.ofMillis(Math.max(FLOOR.toMillis(), delayMs));
    }

    /** The wait that was asked for, lengthened by the jitter of the policy. */
    static Duration atLeast(Duration asked, RetryPolicy policy, JobRef job, int attempt) {
        double mostMs = Math.min(
                asked.toMillis() * policy.retryAfterJitter(),
                policy.maxRetryAfterJitter().toMillis());
        return asked.plusMillis((long) (Jitter.fraction("retry-after", job, attempt) * mostMs));
    }
}
