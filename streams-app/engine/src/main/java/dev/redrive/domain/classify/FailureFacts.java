package dev.redrive.domain.classify;

import java.util.Locale;
import java.util.Set;
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

    /** RFC 9110 section 9.2.2; every other method, also an unknown one, may do its work twice. */
    private static final Set<String> IDEMPOTENT = Set.of("GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE");

    /** Client errors after which the request may have been executed all the same. */
    private static final Set<Integer> AMBIGUOUS = Set.of(408, 409, 460, 499);

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

    /**
     * Whether doing the attempt again could do its work twice: it may have been executed, its method does not bear a
     * second execution, and no key guards it.
     *
     * @param failureClass class of the failure
     */
    public boolean unsafeToRepeat(FailureClass failureClass) {
        return !keyPresent && !IDEMPOTENT.contains(method) && !failureClass.turnedAway() && mayHaveRun();
    }

    /** Whether the request may have been executed without that being known to be over; an accepted job has ended. */
    private boolean mayHaveRun() {
        return switch (cause) {
            case ASYNC -> false;
            case NETWORK, TIMEOUT, UNKNOWN -> true;
            case RESPONSE -> status == null || status < 400 || status >= 500 || AMBIGUOUS.contains(status);
        };
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
