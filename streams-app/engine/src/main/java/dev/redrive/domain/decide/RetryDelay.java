package dev.redrive.domain.decide;

import dev.redrive.domain.classify.Rule.Backoff;
import dev.redrive.domain.event.JobRef;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.time.Duration;

/**
 * Delay of a retry, from the failure on. Full jitter: uniform from zero to the backoff's ceiling, but never less than
 * {@link #FLOOR}; a delay that an API asked for is only ever lengthened.
 */
final class RetryDelay {

    /** Min backoff. */
    static final Duration FLOOR = Duration.ofMillis(50);

    private RetryDelay() {}

    /**
     * Returns the backoff, which grows with the number of failures.
     *
     * @param backoff how it grows
     * @param n number of failures that count, this one included
     * @param attempt number of the attempt that failed
     */
    static Duration backoff(Backoff backoff, int n, JobRef job, int attempt) {
        double fraction = fraction("backoff", job, attempt);
        long delayMs = (long) (fraction * backoff.ceiling(n).toMillis());
        return Duration.ofMillis(Math.max(FLOOR.toMillis(), delayMs));
    }

    /** Returns the requested delay plus the jitter of the policy. */
    static Duration atLeast(Duration asked, RetryPolicy policy, JobRef job, int attempt) {
        double maxMs = Math.min(
                asked.toMillis() * policy.retryAfterJitter(),
                policy.maxRetryAfterJitter().toMillis());
        return asked.plusMillis((long) (fraction("retry-after", job, attempt) * maxMs));
    }

    /**
     * Returns a pseudorandom number from 0 (included) to 1 (excluded), a function of job and attempt, so that
     * reprocessing gives the same due: the first 53 bits of a SHA-256, divided by 2^53. The hash covers four parts,
     * encoded as in {@link StableIds}: purpose, user, job, and the attempt in decimal digits.
     */
    static double fraction(String purpose, JobRef job, int attempt) {
        MessageDigest sha256 = StableIds.digest("SHA-256");
        StableIds.update(sha256, purpose, job.userId(), job.jobId(), Integer.toString(attempt));
        return (ByteBuffer.wrap(sha256.digest()).getLong() >>> 11) * 0x1.0p-53;
    }
}
