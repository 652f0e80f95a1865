package dev.redrive.domain.decide;

import dev.redrive.domain.classify.Classification;
import dev.redrive.domain.classify.Envelope;
import dev.redrive.domain.classify.FailureClass;
import org.jspecify.annotations.Nullable;

/** Why a job was dead-lettered; the name is stable in topics, headers, metrics and runbooks. */
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
    /** The attempt may have been executed and had no key: a retry could execute the work twice. */
    UNSAFE_WITHOUT_IDEMPOTENCY_KEY("find out whether the request was executed; if it was not, redrive it."
            + " Send Idempotency-Key with every request that may be retried"),
    /** The failure lacks the request that an earlier one had: a retry would have no body. */
    REQUEST_MISSING("redrive the job with its request, which an earlier failure of it holds."
            + " Publish the request with every failure, also with that of a retry"),
    /** The last allowed charged attempt has failed. */
    ATTEMPTS_EXHAUSTED("every attempt that is allowed has failed; "),
    /** The job was throttled more often than allowed. */
    THROTTLES_EXHAUSTED("the job was turned away too often; spread the user's jobs or raise the limit, then redrive"),
    /** The job's first failure is older than allowed. */
    AGE_EXCEEDED("the job failed first longer ago than is allowed; redrive it if it is still wanted"),
    /** The retry is due after the job's deadline, or was not released before it. */
    DEADLINE_EXCEEDED("the job's deadline comes before its next retry; redrive it if it is still wanted"),
    /** The API asked for a longer wait than allowed. */
    DELAY_TOO_LONG("the API asked for a longer wait than is allowed; redrive it when that is over"),
    /** A gate blocked the retry for longer than allowed. */
    HELD_TOO_LONG("a gate held the retry for longer than is allowed; redrive it when the gate is open"),
    /** The retry could not be released; its original bytes are in the quarantine. */
    QUARANTINED("mend what kept the retry from going, then redrive the job with its request");

    private static final int MAX_NAME_LENGTH = 128;

    private final @Nullable String remedy;

    /** Creates a reason of the same name as a class, with the remedy of that class. */
    DeadLetterReason() {
        this.remedy = null;
    }

    DeadLetterReason(String remedy) {
        this.remedy = remedy;
    }

    /** Returns the reason of the same name, for a class whose rule dead-letters it. */
    public static DeadLetterReason of(FailureClass failureClass) {
        return valueOf(failureClass.name());
    }

    /** Returns the remedy: the rule's or class's text if the class is the cause, else the reason's. */
    String remedy(Classification classification, Envelope envelope) {
        String ofClass =
                classification.remedy() == null ? classification.failureClass().remedy() : classification.remedy();
        if (this == ATTEMPTS_EXHAUSTED) {
            return remedy + ofClass;
        }
        if (remedy != null) {
            return remedy;
        }
        return this == INVALID_REQUEST ? ofClass + field(envelope) : ofClass;
    }

    private static String field(Envelope envelope) {
        if (envelope.param() == null) {
            return "";
        }
        String type = envelope.type() == null ? "" : " (" + shortened(envelope.type()) + ")";
        return ": " + shortened(envelope.param()) + type;
    }

    private static String shortened(String name) {
        return name.length() <= MAX_NAME_LENGTH ? name : name.substring(0, MAX_NAME_LENGTH) + "…";
    }
}
