package dev.redrive.domain.decide;

import dev.redrive.domain.classify.RuleSet.Rule;
import dev.redrive.domain.decide.DelayText.HttpDate;
import dev.redrive.domain.event.Input.JobFailed;
import dev.redrive.domain.event.JobRef;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;

/**
 * Delay of a retry, and the instant from which it counts. Full jitter: uniform from zero to the backoff's ceiling, but
 * never less than {@link #FLOOR}; a delay that an API asked for is only ever lengthened.
 *
 * <p>The start: {@code failedAt} comes from the publisher's clock; one that is behind would make a hint such as {@code
 * Retry-After: 20} due too early. The response's {@code Date} is the API's clock; without it, the record's own time
 * bounds how long ago the attempt can have ended.
 */
public final class RetryDelay {

    /** Min backoff, so that the fraction zero of the jitter is no retry at once. */
    static final Duration FLOOR = Duration.ofMillis(50);

    /** {@code Date} has whole seconds, so the response came up to this much later. */
    private static final Duration DATE_RESOLUTION = Duration.ofSeconds(1);

    private RetryDelay() {}

    /**
     * Returns the instant that waits count from, at least {@code failedAt} and at most {@code latest}.
     *
     * @param failure the failure, which ended no later than {@code latest}
     * @param recordAt when the broker appended the failure's record, else when its producer made it
     * @param latest the latest instant at which the failed attempt can have ended
     * @param maxPublishDelay max time between the end of a failure without {@code Date} and {@code recordAt}
     */
    public static Instant start(JobFailed failure, Instant recordAt, Instant latest, Duration maxPublishDelay) {
        String text = failure.responseHeaders().get("date");
        Instant date = text == null ? null : HttpDate.parse(text.strip(), latest);
        Instant start = failure.failedAt();
        if (date == null) {
            start = later(start, recordAt.minus(maxPublishDelay));
        } else if (date.isAfter(start)) {
            start = date.plus(DATE_RESOLUTION);
        }
        return start.isAfter(latest) ? latest : start;
    }

    private static Instant later(Instant one, Instant other) {
        return one.isAfter(other) ? one : other;
    }

    /**
     * A backoff of one failure.
     *
     * @param ceilingMs the backoff before its jitter
     * @param drawnMs the part of it that the jitter leaves
     */
    record Backoff(long ceilingMs, long drawnMs) {

        /** The backoff where another wait decides: the floor. */
        static final Backoff NONE = new Backoff(FLOOR.toMillis(), FLOOR.toMillis());

        /** Returns the delay, at least {@link #FLOOR}. */
        Duration delay() {
            return Duration.ofMillis(Math.max(FLOOR.toMillis(), drawnMs));
        }
    }

    /**
     * Returns the backoff, which grows with the number of failures.
     *
     * @param growth how it grows
     * @param n number of failures that count, this one included
     * @param attempt number of the attempt that failed
     */
    static Backoff backoff(Rule.Backoff growth, int n, JobRef job, int attempt) {
        long ceilingMs = growth.ceiling(n).toMillis();
        return new Backoff(ceilingMs, (long) (fraction("backoff", job, attempt) * ceilingMs));
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
