package dev.redrive.domain.classify;

import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The input of the rules: everything about a failure that its class may depend on.
 *
 * @param code the raw error code; {@code null} if there was none
 * @param status the HTTP status of the response, if any
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

    /** RFC 9110 section 9.2.2; every other method, also an unknown one, counts as not idempotent. */
    private static final Set<String> IDEMPOTENT = Set.of("GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE");

    /**
     * Client errors after which the request may still have been executed: 408 timeout, 409 in flight, 460 and 499
     * closed by the caller or a gateway.
     */
    private static final Set<Integer> AMBIGUOUS = Set.of(408, 409, 460, 499);

    /** Resolves {@link Cause#UNKNOWN}: a response if there is a status, a network failure otherwise. */
    public FailureFacts {
        if (cause == Cause.UNKNOWN) {
            cause = status == null ? Cause.NETWORK : Cause.RESPONSE;
        }
        if (code != null && code.isBlank()) {
            code = null;
        }
        method = method.toUpperCase(Locale.ROOT);
    }

    /** Returns whether the API answered with a status from 400 to 499. */
    boolean clientError() {
        return status != null && status >= 400 && status < 500;
    }

    /** Returns whether the API answered with 200 to 299; an accepted job's status is of the poll, not of the job. */
    boolean success() {
        return cause == Cause.RESPONSE && status != null && status >= 200 && status < 300;
    }

    /**
     * Returns whether a retry could execute the work twice: the attempt may have been executed, its method is not
     * idempotent, and it has no key.
     *
     * @param failureClass class of the failure
     */
    public boolean unsafeToRepeat(FailureClass failureClass) {
        return !keyPresent && !IDEMPOTENT.contains(method) && !failureClass.rejected() && mayHaveRun();
    }

    /** Returns whether the request may have been executed and may still be running; an accepted job has ended. */
    private boolean mayHaveRun() {
        return switch (cause) {
            case ASYNC -> false;
            case NETWORK, TIMEOUT, UNKNOWN -> true;
            case RESPONSE -> status == null || status < 400 || status >= 500 || AMBIGUOUS.contains(status);
        };
    }

    /** How an attempt ended. */
    public enum Cause {
        /** Not given; treated as a response if there is a status, as a network failure otherwise. */
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
