package dev.redrive.domain.decide;

import dev.redrive.domain.classify.FailureClass;

/** Why a job was dead-lettered; the name is the stable word in topics, headers, metrics and runbooks. */
public enum DeadLetterReason {
    /** See {@link FailureClass#CONCURRENCY_LIMITED}; only where a rule dead-letters it. */
    CONCURRENCY_LIMITED,
    /** See {@link FailureClass#RATE_LIMITED}; only where a rule dead-letters it. */
    RATE_LIMITED,
    /** See {@link FailureClass#QUOTA_EXHAUSTED}. */
    QUOTA_EXHAUSTED,
    /** See {@link FailureClass#SPEND_CAPPED}. */
    SPEND_CAPPED,
    /** See {@link FailureClass#INVALID_REQUEST}. */
    INVALID_REQUEST,
    /** See {@link FailureClass#UNAUTHENTICATED}. */
    UNAUTHENTICATED,
    /** See {@link FailureClass#FORBIDDEN}. */
    FORBIDDEN,
    /** See {@link FailureClass#NOT_FOUND}. */
    NOT_FOUND,
    /** See {@link FailureClass#TRANSIENT}; only where a rule dead-letters it. */
    TRANSIENT,
    /** See {@link FailureClass#PROVIDER_FAILED}; only where a rule dead-letters it. */
    PROVIDER_FAILED,
    /** See {@link FailureClass#UNSUPPORTED}. */
    UNSUPPORTED,
    /** See {@link FailureClass#UNKNOWN}. */
    UNKNOWN,
    /** The attempt may have been executed and carried no key: a retry could do the work twice. */
    UNSAFE_WITHOUT_IDEMPOTENCY_KEY,
    /** The failure came without the request that an earlier one had: a retry would go out empty. */
    REQUEST_MISSING,
    /** The last charged attempt that is allowed has failed. */
    ATTEMPTS_EXHAUSTED,
    /** The job was throttled more often than is allowed. */
    THROTTLES_EXHAUSTED,
    /** The job failed first longer ago than is allowed. */
    AGE_EXCEEDED,
    /** The retry would be due after the job's deadline, or was not released before it. */
    DEADLINE_EXCEEDED,
    /** The API asked for a longer wait than is allowed. */
    DELAY_TOO_LONG,
    /** A gate held the retry for longer than is allowed. */
    HELD_TOO_LONG,
    /** The retry could not be handed out; as it was, it stands in the quarantine. */
    QUARANTINED;

    /** The reason that stands for a class whose rule dead-letters it. */
    public static DeadLetterReason of(FailureClass failureClass) {
        return switch (failureClass) {
            case CONCURRENCY_LIMITED -> CONCURRENCY_LIMITED;
            case RATE_LIMITED -> RATE_LIMITED;
            case QUOTA_EXHAUSTED -> QUOTA_EXHAUSTED;
            case SPEND_CAPPED -> SPEND_CAPPED;
            case INVALID_REQUEST -> INVALID_REQUEST;
            case UNAUTHENTICATED -> UNAUTHENTICATED;
            case FORBIDDEN -> FORBIDDEN;
            case NOT_FOUND -> NOT_FOUND;
            case TRANSIENT -> TRANSIENT;
            case PROVIDER_FAILED -> PROVIDER_FAILED;
            case UNSUPPORTED -> UNSUPPORTED;
            case UNKNOWN -> UNKNOWN;
        };
    }
}
