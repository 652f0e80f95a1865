package dev.redrive.domain.classify;

/** What kind of failure it is; the name is the stable word in topics, metrics, configuration and runbooks. */
public enum FailureClass {
    /** The user's concurrency limit was reached; the attempt was never executed. */
    CONCURRENCY_LIMITED(true),
    /** The user's rate window for the service was closed; the attempt was never executed. */
    RATE_LIMITED(true),
    /** The user's allowance is spent. */
    QUOTA_EXHAUSTED(false),
    /** The user's spend cap is reached. */
    SPEND_CAPPED(false),
    /** The input is wrong and stays wrong. */
    INVALID_REQUEST(false),
    /** The credential is missing or invalid. */
    UNAUTHENTICATED(false),
    /** The credential may not do this. */
    FORBIDDEN(false),
    /** The resource does not exist, or is not the user's. */
    NOT_FOUND(false),
    /** Network, timeout or a server error that may pass. */
    TRANSIENT(false),
    /** The job was accepted and failed later; that submission has ended. */
    PROVIDER_FAILED(false),
    /** The API cannot do this, now or later. */
    UNSUPPORTED(false),
    /** No rule matched. */
    UNKNOWN(false);

    private final boolean throttled;

    FailureClass(boolean throttled) {
        this.throttled = throttled;
    }

    /** Whether the attempt was only throttled, and so is not charged against the limit of attempts. */
    public boolean throttled() {
        return throttled;
    }
}
