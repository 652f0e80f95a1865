package dev.redrive.domain.classify;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What rules look at: everything about a failure that its class may depend on.
 *
 * @param code the error code as it came; {@code null} when there was none
 * @param status the HTTP status of the response, when there was one
 * @param cause how the attempt ended; never {@link Cause#UNKNOWN}, which is resolved on construction
 * @param method HTTP method, upper case
 * @param service service category
 * @param operation operation name
 * @param keyPresent whether the failed attempt carried an idempotency key
 */
public record FailureFacts(
        @Nullable String code,
        @Nullable Integer status,
        Cause cause,
        String method,
        String service,
        String operation,
        boolean keyPresent) {

    /** Resolves {@link Cause#UNKNOWN}: a response when there is a status, a network failure otherwise. */
    public FailureFacts {
        if (cause == Cause.UNKNOWN) {
            cause = status == null ? Cause.NETWORK : Cause.RESPONSE;
        }
        if (code != null && code.isBlank()) {
            code = null;
        }
        method = method.toUpperCase(Locale.ROOT);
    }

    /** Whether the API answered with a status from 400 to 499. */
    boolean clientError() {
        return status != null && status >= 400 && status < 500;
    }

    /** Whether the API answered with a status from 200 to 299; that of an accepted job is of the poll, not of the job. */
    boolean success() {
        return cause == Cause.RESPONSE && status != null && status >= 200 && status < 300;
    }

    /** How an attempt ended. */
    public enum Cause {
        /** Not told; taken as a response when there is a status, as a network failure otherwise. */
        UNKNOWN,
        /** The API answered with an error. */
        RESPONSE,
        /** No response came: connection refused, reset, or lost. */
        NETWORK,
        /** No response came in time. */
        TIMEOUT,
        /** The job was accepted with 202 and failed later. */
        ASYNC
    }
}
