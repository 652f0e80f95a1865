package dev.redrive.domain.event;

import dev.redrive.domain.classify.Cause;
import dev.redrive.domain.classify.Envelope;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An attempt of a job failed. The request and the raw body are not here: no decision needs them, so whoever writes the
 * outputs takes them from the record itself.
 *
 * @param job the job
 * @param attempt number of the attempt that failed, from 1; 0 when unknown
 * @param service service category, the scope of rate limits
 * @param operation operation name
 * @param method HTTP method, upper case
 * @param route path of the request; may be empty
 * @param cause how the attempt ended
 * @param httpStatus status of the response, when there was one
 * @param envelope what the body said
 * @param responseHeaders response headers, names in lower case
 * @param idempotencyKey the key that the request carried, when it carried one
 * @param failedAt when the attempt ended; never after the time of reading, the reader clamps it
 * @param deadline after this instant a retry is of no use
 * @param maxAttempts lowers the limit of charged attempts for this job; positive
 * @param priority 0 to 9; among the retries of its user that may go, the higher goes first
 * @param waitFrom from when on the wait for the next attempt counts; {@code failedAt} unless that comes from a clock that
 *     is behind
 */
public record JobFailed(
        JobRef job,
        int attempt,
        String service,
        String operation,
        String method,
        String route,
        Cause cause,
        @Nullable Integer httpStatus,
        Envelope envelope,
        Map<String, String> responseHeaders,
        @Nullable String idempotencyKey,
        Instant failedAt,
        @Nullable Instant deadline,
        @Nullable Integer maxAttempts,
        int priority,
        Instant waitFrom)
        implements JobInput {

    /** @throws IllegalArgumentException if the attempt is negative */
    public JobFailed {
        if (attempt < 0) {
            throw new IllegalArgumentException("attempt must not be negative: " + attempt);
        }
        responseHeaders = Map.copyOf(responseHeaders);
    }

    /** A failure whose wait counts from its end. */
    public JobFailed(
            JobRef job,
            int attempt,
            String service,
            String operation,
            String method,
            String route,
            Cause cause,
            @Nullable Integer httpStatus,
            Envelope envelope,
            Map<String, String> responseHeaders,
            @Nullable String idempotencyKey,
            Instant failedAt,
            @Nullable Instant deadline,
            @Nullable Integer maxAttempts,
            int priority) {
        this(
                job,
                attempt,
                service,
                operation,
                method,
                route,
                cause,
                httpStatus,
                envelope,
                responseHeaders,
                idempotencyKey,
                failedAt,
                deadline,
                maxAttempts,
                priority,
                failedAt);
    }

    /**
     * The same failure with another beginning of its wait.
     *
     * @param start from when on the wait counts
     */
    public JobFailed waitingFrom(Instant start) {
        return start.equals(waitFrom) ? this : with(attempt, start);
    }

    /**
     * The same failure with its attempt known.
     *
     * @param known number of the attempt, from 1
     */
    public JobFailed withAttempt(int known) {
        return known == attempt ? this : with(known, waitFrom);
    }

    private JobFailed with(int knownAttempt, Instant start) {
        return new JobFailed(
                job,
                knownAttempt,
                service,
                operation,
                method,
                route,
                cause,
                httpStatus,
                envelope,
                responseHeaders,
                idempotencyKey,
                failedAt,
                deadline,
                maxAttempts,
                priority,
                start);
    }
}
