package dev.redrive.domain.classify;

import dev.redrive.domain.classify.Classification.Disposition;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * One rule of the classification: which failures it matches and what becomes of them.
 *
 * @param id stable name, part of each decision; lower-case letters, digits and {@code -}
 * @param match the conditions
 * @param failureClass the kind of failure
 * @param disposition what becomes of it
 * @param remedy what a person can do about it; {@code null} for the class's text
 * @param maxAttempts max charged attempts, the first included; {@code null} for the policy's limit
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

    /** @throws IllegalArgumentException if values contradict each other; the message has the correction */
    public Rule {
        boolean comesBack = disposition == Disposition.RETRY || disposition == Disposition.PARK;
        if (!id.matches("[a-z0-9][a-z0-9-]{0,63}")) {
            throw new IllegalArgumentException(
                    "id '" + id + "' must be 1 to 64 lower-case letters, digits and '-', e.g. my-rule");
        }
        if (maxAttempts != null && !comesBack) {
            throw new IllegalArgumentException(
                    "maxAttempts has no effect with " + disposition + "; leave it out, or write disposition: RETRY");
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
                    "backoff has no effect with " + disposition + "; leave it out, or write disposition: RETRY");
        }
        if (newKey && failureClass != FailureClass.PROVIDER_FAILED) {
            throw new IllegalArgumentException("newKey is for submissions known to have ended;"
                    + " write class: PROVIDER_FAILED, or leave newKey out");
        }
    }

    /**
     * How the max wait grows with each failure: {@code base * factor^(n-1)}, never above {@code cap}.
     *
     * @param base the ceiling after the first failure; 50 ms to {@code cap}
     * @param factor growth of the ceiling per failure; 1 to 10
     * @param cap max ceiling; at most 366 days
     */
    public record Backoff(Duration base, double factor, Duration cap) {

        private static final Duration MIN_BASE = Duration.ofMillis(50);
        private static final Duration MAX_CAP = Duration.ofDays(366);

        /** @throws IllegalArgumentException if a value is out of its range; the message begins with its name */
        public Backoff {
            if (base.compareTo(MIN_BASE) < 0) {
                throw new IllegalArgumentException("base must be at least 50ms");
            }
            if (!(factor >= 1 && factor <= 10)) {
                throw new IllegalArgumentException("factor must be from 1 to 10");
            }
            if (cap.compareTo(base) < 0) {
                throw new IllegalArgumentException("cap must not be shorter than base");
            }
            if (cap.compareTo(MAX_CAP) > 0) {
                throw new IllegalArgumentException("cap must be at most 366d");
            }
        }

        /**
         * Returns the max wait after the nth failure.
         *
         * @param n number of the failure, from 1; lower numbers count as 1
         */
        public Duration ceiling(int n) {
            double ceilingMs = base.toMillis() * Math.pow(factor, Math.max(0, n - 1));
            return ceilingMs >= cap.toMillis() ? cap : Duration.ofMillis((long) ceilingMs);
        }
    }
}
