package dev.redrive.domain.classify;

import dev.redrive.domain.classify.FailureFacts.Cause;

/** Tells failures whose code and status do not fit each other; they are classified by code, and counted. */
final class Contradiction {

    private Contradiction() {}

    /**
     * Whether the response contradicts itself: an error under a status of success, or a code whose class does not come
     * with the status. The outcome of an accepted job is read by polling, so its status says nothing.
     */
    static boolean between(Rule rule, FailureFacts facts) {
        Integer status = facts.status();
        if (status == null || facts.cause() != Cause.RESPONSE) {
            return false;
        }
        if (status < 400) {
            return true;
        }
        return !rule.match().codes().isEmpty() && !fits(rule.failureClass(), status);
    }

    /** Whether a status is one that APIs send with a class; 403 stands for money and for rates at some. */
    private static boolean fits(FailureClass failureClass, int status) {
        boolean clientError = status < 500;
        return switch (failureClass) {
            case CONCURRENCY_LIMITED, RATE_LIMITED -> status == 429 || status == 403 || status == 503;
            case QUOTA_EXHAUSTED, SPEND_CAPPED -> status == 402 || status == 403 || status == 429;
            case INVALID_REQUEST -> clientError && status != 401 && status != 402 && status != 429;
            case UNAUTHENTICATED -> status == 401;
            case FORBIDDEN -> status == 403;
            case NOT_FOUND -> status == 404 || status == 410;
            case TRANSIENT ->
                !clientError || status == 408 || status == 409 || status == 425 || status == 460 || status == 499;
            case PROVIDER_FAILED -> !clientError;
            case UNSUPPORTED -> status != 401 && status != 402 && status != 429;
            case UNKNOWN -> true;
        };
    }
}
