package dev.redrive.domain.classify;

import org.jspecify.annotations.Nullable;

/**
 * One line of the classification: which failures it matches and what becomes of them.
 *
 * @param id stable name, as it travels with decisions; lower-case letters, digits and {@code -}
 * @param match the conditions
 * @param failureClass the kind of failure
 * @param disposition what becomes of it
 * @param remedy what a person can do about it; {@code null} for the class's own text
 * @param maxAttempts most charged attempts, the first included; {@code null} for the policy's limit
 * @param backoff how waits grow; {@code null} for the policy's backoff
 * @param newKey whether the failure proves that the submission has ended, so that a retry is a new one with a new key
 */
public record Rule(
        String id,
        Match match,
        FailureClass failureClass,
        Disposition disposition,
        @Nullable String remedy,
        @Nullable Integer maxAttempts,
        @Nullable Backoff backoff,
        boolean newKey) {

    /** What a rule of a class does with a failure where it says nothing itself. */
    public static Disposition usualDisposition(FailureClass failureClass) {
        return switch (failureClass) {
            case CONCURRENCY_LIMITED, RATE_LIMITED, TRANSIENT, PROVIDER_FAILED, UNKNOWN -> Disposition.RETRY;
            case QUOTA_EXHAUSTED, SPEND_CAPPED, INVALID_REQUEST, UNAUTHENTICATED, FORBIDDEN, NOT_FOUND, UNSUPPORTED ->
                Disposition.DEAD_LETTER;
        };
    }

    /** @throws IllegalArgumentException if values contradict each other; the message says what to write instead */
    public Rule {
        boolean comesBack = disposition == Disposition.RETRY || disposition == Disposition.PARK;
        if (!id.matches("[a-z0-9][a-z0-9-]{0,63}")) {
            throw new IllegalArgumentException(
                    "id '" + id + "' must be 1 to 64 lower-case letters, digits and '-', e.g. my-rule");
        }
        if (maxAttempts != null && !comesBack) {
            throw new IllegalArgumentException(
                    "maxAttempts says nothing with " + disposition + "; leave it out, or write disposition: RETRY");
        }
        if (maxAttempts != null && (maxAttempts < 2 || maxAttempts > 1000)) {
            throw new IllegalArgumentException(
                    "maxAttempts counts the first attempt, so a rule that retries takes 2 to 1000;"
                            + " for no retry write disposition: DEAD_LETTER");
        }
        if (maxAttempts != null && failureClass.throttled()) {
            throw new IllegalArgumentException("maxAttempts never ends a " + failureClass
                    + " job, whose attempts are not charged; leave it out, retry.maxThrottles bounds it");
        }
        if (backoff != null && disposition != Disposition.RETRY) {
            throw new IllegalArgumentException(
                    "backoff says nothing with " + disposition + "; leave it out, or write disposition: RETRY");
        }
        if (newKey && failureClass != FailureClass.PROVIDER_FAILED) {
            throw new IllegalArgumentException("newKey is for submissions known to have ended;"
                    + " write class: PROVIDER_FAILED, or leave newKey out");
        }
    }
}
