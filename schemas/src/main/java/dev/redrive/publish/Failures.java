package dev.redrive.publish;

import dev.redrive.avro.FailureCause;
import dev.redrive.avro.JobFailure;
import dev.redrive.avro.RequestPayload;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.SocketTimeoutException;
import java.net.http.HttpTimeoutException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Creates {@link JobFailure} records. Pure: no clock, no I/O.
 *
 * <p>{@code failedAt} is when the attempt ended, by the caller's clock; a response's {@code Date} header is kept too.
 * An instant before 2000, e.g. epoch seconds read as milliseconds, is rejected.
 */
public final class Failures {

    /** Max wrappers that are unwrapped: causes may form a cycle. */
    private static final int MAX_UNWRAPPED = 8;

    private Failures() {}

    /** Returns the failure of an error response; keeps the body up to {@link Limits#MAX_ERROR_BODY_BYTES}. */
    public static JobFailure ofResponse(JobContext job, ApiResponse response, Instant failedAt) {
        return begin(job, FailureCause.RESPONSE, failedAt)
                .setHttpStatus(response.status())
                .setErrorBody(cut(response.body(), Limits.MAX_ERROR_BODY_BYTES))
                .setResponseHeaders(ResponseHeaders.publishable(response.headers()))
                .build();
    }

    /**
     * Returns the failure of an attempt without a response. A timeout of {@code java.net}, {@code java.net.http} or
     * {@code java.util.concurrent} is {@code TIMEOUT}, another {@link IOException} is {@code NETWORK}, anything else
     * {@code UNKNOWN}; wrappers of futures and streams are unwrapped.
     */
    public static JobFailure ofException(JobContext job, Throwable thrown, Instant failedAt) {
        Throwable real = unwrap(thrown);
        String message = real.getMessage();
        String text = real.getClass().getName() + (message == null ? "" : ": " + message);
        return begin(job, cause(real), failedAt)
                .setErrorMessage(cut(text, Limits.MAX_ERROR_MESSAGE_BYTES))
                .build();
    }

    /**
     * Returns the failure of a job that was accepted with 202 and failed later, by polling or a webhook.
     *
     * @param errorMessage the API's {@code error_message}
     * @param errorBody the complete status or webhook body, if any
     */
    public static JobFailure ofAsync(
            JobContext job, @Nullable String errorMessage, @Nullable String errorBody, Instant failedAt) {
        return begin(job, FailureCause.ASYNC, failedAt)
                .setErrorMessage(cut(errorMessage, Limits.MAX_ERROR_MESSAGE_BYTES))
                .setErrorBody(cut(errorBody, Limits.MAX_ERROR_BODY_BYTES))
                .build();
    }

    private static JobFailure.Builder begin(JobContext job, FailureCause cause, Instant failedAt) {
        JobFailure.Builder record = JobFailure.newBuilder()
                .setUserId(job.userId())
                .setJobId(job.jobId())
                .setAttempt(job.attempt())
                .setService(job.service())
                .setOperation(job.operation())
                .setMethod(job.method())
                .setRoute(job.route())
                .setCause(cause)
                .setIdempotencyKey(job.idempotencyKey())
                .setFailedAt(Limits.instant("failedAt", failedAt))
                .setDeadline(job.deadline())
                .setMaxAttempts(job.maxAttempts())
                .setBatchId(job.batchId())
                .setLabels(job.labels())
                .setPriority(job.priority());
        ByteBuffer body = job.body();
        if (body != null) {
            RequestPayload.Builder payload = RequestPayload.newBuilder().setBody(body);
            String contentType = job.contentType();
            record.setRequest((contentType == null ? payload : payload.setContentType(contentType)).build());
        }
        return record;
    }

    private static FailureCause cause(Throwable thrown) {
        if (thrown instanceof HttpTimeoutException
                || thrown instanceof SocketTimeoutException
                || thrown instanceof TimeoutException) {
            return FailureCause.TIMEOUT;
        }
        return thrown instanceof IOException ? FailureCause.NETWORK : FailureCause.UNKNOWN;
    }

    private static Throwable unwrap(Throwable thrown) {
        Throwable real = thrown;
        for (int depth = 0; depth < MAX_UNWRAPPED; depth++) {
            Throwable cause = real.getCause();
            boolean wrapper = real instanceof CompletionException
                    || real instanceof ExecutionException
                    || real instanceof UncheckedIOException;
            if (!wrapper || cause == null) {
                break;
            }
            real = cause;
        }
        return real;
    }

    private static @Nullable String cut(@Nullable String text, int maxBytes) {
        return text == null ? null : Limits.cut(text, maxBytes);
    }
}
