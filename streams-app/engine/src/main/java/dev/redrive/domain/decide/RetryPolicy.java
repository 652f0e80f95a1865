package dev.redrive.domain.decide;

import dev.redrive.domain.classify.FailureClass;
import dev.redrive.domain.classify.Rule;
import dev.redrive.domain.classify.Rule.Backoff;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The limits that every decision keeps to.
 *
 * @param maxAttempts most charged attempts, the first included; 1 to 1000
 * @param maxAttemptsByClass the same for single classes
 * @param backoff how waits grow
 * @param backoffByClass the same for single classes
 * @param maxDelay a wait that an API asks for and that is longer is dealt with as {@code beyondMaxDelay} says; never shortened
 * @param beyondMaxDelay what becomes of a job whose wait is too long
 * @param maxPark a longer park ends in the dead letters
 * @param maxAge a failure later than this after the job's first one is not retried
 * @param maxThrottles most throttled attempts of a job
 * @param maxOutageAttempts most attempts of a job that are not charged because its service is known to be out
 * @param retryAfterJitter most that is added to a wait that was asked for, as a part of it; 0 to 1
 * @param maxRetryAfterJitter most that is added to it in any case
 * @param unreadableHintDelay how long to wait at least where an API says when to come back and that cannot be read;
 *     {@code null} for the cap of the backoff
 * @param quotaGate whether a gate holds jobs whose user has nothing left to spend, so that a park needs no due of its own
 * @param concurrencyGate whether a gate holds jobs whose user has no slot free, so that they need no backoff
 * @param retryUnsafe whether to retry what may have been executed and carried no idempotency key
 */
public record RetryPolicy(
        int maxAttempts,
        Map<FailureClass, Integer> maxAttemptsByClass,
        Backoff backoff,
        Map<FailureClass, Backoff> backoffByClass,
        Duration maxDelay,
        BeyondMaxDelay beyondMaxDelay,
        Duration maxPark,
        Duration maxAge,
        int maxThrottles,
        int maxOutageAttempts,
        double retryAfterJitter,
        Duration maxRetryAfterJitter,
        @Nullable Duration unreadableHintDelay,
        boolean quotaGate,
        boolean concurrencyGate,
        boolean retryUnsafe) {

    /** What becomes of a job whose API asks for a longer wait than is allowed. */
    public enum BeyondMaxDelay {
        /** It is parked until then. */
        PARK,
        /** It is dead-lettered as {@link DeadLetterReason#DELAY_TOO_LONG}. */
        DEAD_LETTER
    }

    /** Takes copies of the maps. */
    public RetryPolicy {
        maxAttemptsByClass = Map.copyOf(maxAttemptsByClass);
        backoffByClass = Map.copyOf(backoffByClass);
    }

    /** Most charged attempts under a rule: the rule's own limit, else the class's, else everybody's. */
    int maxAttempts(Rule rule) {
        Integer own = rule.maxAttempts();
        return own != null ? own : maxAttemptsByClass.getOrDefault(rule.failureClass(), maxAttempts);
    }

    /** The shortest wait where an API's own cannot be read. */
    Duration unreadableHintDelay(Rule rule) {
        return unreadableHintDelay == null ? backoff(rule).cap() : unreadableHintDelay;
    }

    /** How waits grow under a rule: the rule's own backoff, else the class's, else everybody's. */
    Backoff backoff(Rule rule) {
        Backoff own = rule.backoff();
        return own != null ? own : backoffByClass.getOrDefault(rule.failureClass(), backoff);
    }

    /**
     * A delayed retry topic.
     *
     * @param name as it ends the topic's name, e.g. {@code 10s}
     * @param length the longest delay that it covers
     */
    public record Tier(String name, Duration length) {

        /**
         * The smallest tier that covers a delay; the last where none does.
         *
         * @param ascending at least one tier, in order of length
         */
        public static Tier covering(Duration delay, List<Tier> ascending) {
            for (Tier tier : ascending) {
                if (delay.compareTo(tier.length()) <= 0) {
                    return tier;
                }
            }
            return ascending.get(ascending.size() - 1);
        }
    }
}
