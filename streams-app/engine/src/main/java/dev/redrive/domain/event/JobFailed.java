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
 * @param cause how the attempt ended
 * @param httpStatus status of the response, when there was one
 * @param envelope what the body said
 * @param responseHeaders response headers, names in lower case
 * @param idempotencyKey the key that the request carried, when it carried one
 * @param failedAt when the attempt ended; never after the time of reading, the reader clamps it
 * @param waitFrom from when on the wait for the next attempt counts; {@code failedAt} unless that comes from a clock that
 *     is behind
 * @param carried what the job's retries carry
 */
public record JobFailed(
        JobRef job,
        int attempt,
        String service,
        String operation,
        Cause cause,
        @Nullable Integer httpStatus,
        Envelope envelope,
        Map<String, String> responseHeaders,
        @Nullable String idempotencyKey,
        Instant failedAt,
        Instant waitFrom,
        Carried carried)
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
            Cause cause,
            @Nullable Integer httpStatus,
            Envelope envelope,
            Map<String, String> responseHeaders,
            @Nullable String idempotencyKey,
            Instant failedAt,
            Carried carried) {
        this(
                job,
                attempt,
                service,
                operation,
                cause,
                httpStatus,
                envelope,
                responseHeaders,
                idempotencyKey,
                failedAt,
                failedAt,
                carried);
    }

    /**
     * The same failure with another beginning of its wait.
     *
     * @param start from when on the wait counts
     */
    public JobFailed waitingFrom(Instant start) {
        return start.equals(waitFrom) ? this : with(attempt, service, start, carried);
    }

    /**
     * The same failure with its attempt known.
     *
     * @param known number of the attempt, from 1
     */
    public JobFailed withAttempt(int known) {
        return known == attempt ? this : with(known, service, waitFrom, carried);
    }

    /**
     * The same failure with what it leaves out taken from the failures before.
     *
     * @param knownService the service that the job calls, empty while unknown
     * @param before what its retries carry
     */
    public JobFailed after(String knownService, Carried before) {
        return with(attempt, service.isEmpty() ? knownService : service, waitFrom, carried.after(before));
    }

    private JobFailed with(int newAttempt, String newService, Instant newWaitFrom, Carried newCarried) {
        return new JobFailed(
                job,
                newAttempt,
                newService,
                operation,
                cause,
                httpStatus,
                envelope,
                responseHeaders,
                idempotencyKey,
                failedAt,
                newWaitFrom,
                newCarried);
    }
}
