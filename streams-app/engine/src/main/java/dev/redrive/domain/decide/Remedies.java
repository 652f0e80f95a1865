package dev.redrive.domain.decide;

import dev.redrive.domain.classify.Classification;
import dev.redrive.domain.classify.Envelope;
import dev.redrive.domain.classify.FailureClass;

/** What people are told to do about a dead letter. */
final class Remedies {

    private static final int MAX_NAME_LENGTH = 128;

    private Remedies() {}

    /** The text for a dead letter: the rule's own where the class led here, else that of the reason. */
    static String text(DeadLetterReason reason, Classification classification, Envelope envelope) {
        String cause = classification.remedy() == null ? of(classification.failureClass()) : classification.remedy();
        return switch (reason) {
            case INVALID_REQUEST -> cause + field(envelope);
            case QUOTA_EXHAUSTED,
                    SPEND_CAPPED,
                    UNAUTHENTICATED,
                    FORBIDDEN,
                    NOT_FOUND,
                    CONCURRENCY_LIMITED,
                    RATE_LIMITED,
                    TRANSIENT,
                    PROVIDER_FAILED,
                    UNSUPPORTED,
                    UNKNOWN -> cause;
            case UNSAFE_WITHOUT_IDEMPOTENCY_KEY ->
                "find out whether the request was executed; if it was not, redrive it."
                        + " Send Idempotency-Key with every request that may be retried";
            case REQUEST_MISSING ->
                "redrive the job with its request, which an earlier failure of it holds."
                        + " Publish the request with every failure, also with that of a retry";
            case ATTEMPTS_EXHAUSTED -> "every attempt that is allowed has failed; " + cause;
            case THROTTLES_EXHAUSTED ->
                "the job was turned away too often; spread the user's jobs or raise the limit, then redrive";
            case AGE_EXCEEDED -> "the job failed first longer ago than is allowed; redrive it if it is still wanted";
            case DEADLINE_EXCEEDED ->
                "the job's deadline comes before its next retry; redrive it if it is still wanted";
            case DELAY_TOO_LONG -> "the API asked for a longer wait than is allowed; redrive it when that is over";
            case HELD_TOO_LONG -> "a gate held the retry for longer than is allowed; redrive it when the gate is open";
            case QUARANTINED -> "mend what kept the retry from going, then redrive the job with its request";
        };
    }

    private static String of(FailureClass failureClass) {
        return switch (failureClass) {
            case CONCURRENCY_LIMITED -> "wait until one of the user's jobs has ended, then redrive";
            case RATE_LIMITED -> "wait until the user's rate window opens, then redrive";
            case QUOTA_EXHAUSTED -> "reset the allowance, upgrade the plan or reduce billable calls, then redrive";
            case SPEND_CAPPED -> "raise the spend cap, then redrive";
            case INVALID_REQUEST -> "change the input";
            case UNAUTHENTICATED -> "fix the credential, then redrive";
            case FORBIDDEN -> "grant the missing scope or use another credential, then redrive";
            case NOT_FOUND -> "check that the resource exists and belongs to the user";
            case TRANSIENT -> "see whether the API works again, then redrive";
            case PROVIDER_FAILED -> "read the provider's message; redrive when its cause is gone, or change the input";
            case UNSUPPORTED -> "the API cannot do this; use another operation";
            case UNKNOWN -> "add a rule that matches this failure, then redrive";
        };
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
