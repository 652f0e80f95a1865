package dev.redrive.domain.decide;

import dev.redrive.domain.classify.FailureClass;
import dev.redrive.domain.classify.RuleSet.Rule;
import dev.redrive.domain.classify.RuleSet.Rule.Backoff;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The limits of every decision.
 *
 * @param maxAttempts max charged attempts, the first included; 1 to 1000
 * @param maxAttemptsByClass the same for single classes
 * @param backoff how waits grow
 * @param backoffByClass the same for single classes
 * @param maxDelay longer waits that an API asks for are handled by {@code beyondMaxDelay}; never shortened
 * @param beyondMaxDelay what becomes of a job whose wait is too long
 * @param maxPark a job that would park longer is dead-lettered
 * @param maxAge a failure later than this after the job's first one is not retried
 * @param maxThrottles max throttled attempts of a job
 * @param maxOutageAttempts max attempts of a job that are not charged because of a known outage of its service
 * @param retryAfterJitter max jitter added to a requested wait, as a fraction of it; 0 to 1
 * @param maxRetryAfterJitter absolute max of that jitter
 * @param unreadableHintDelay min wait after an unreadable hint of an API; {@code null} for the cap of the backoff
 * @param quotaGate whether a gate blocks jobs of users without allowance, so that a park needs no due of its own
 * @param concurrencyGate whether a gate blocks jobs of users without a free slot, so that they need no backoff
 * @param retryUnsafe whether to retry attempts that may have been executed without an idempotency key
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

    /** What becomes of a job whose API asks for a longer wait than allowed. */
    public enum BeyondMaxDelay {
        /** It is parked until then. */
        PARK,
        /** It is dead-lettered as {@link DeadLetterReason#DELAY_TOO_LONG}. */
        DEAD_LETTER
    }

    /** Copies the maps. */
    public RetryPolicy {
        maxAttemptsByClass = Map.copyOf(maxAttemptsByClass);
        backoffByClass = Map.copyOf(backoffByClass);
    }

    /** Returns the max charged attempts under a rule: the rule's limit, else the class's, else the general one. */
    int maxAttempts(Rule rule) {
        Integer own = rule.maxAttempts();
        return own != null ? own : maxAttemptsByClass.getOrDefault(rule.failureClass(), maxAttempts);
    }

    /** Returns the min wait after an unreadable hint of an API. */
    Duration unreadableHintDelay(Rule rule) {
        return unreadableHintDelay == null ? backoff(rule).cap() : unreadableHintDelay;
    }

    /** Returns the backoff under a rule: the rule's own, else the class's, else the general one. */
    Backoff backoff(Rule rule) {
        Backoff own = rule.backoff();
        return own != null ? own : backoffByClass.getOrDefault(rule.failureClass(), backoff);
    }

    /**
     * A delayed retry topic.
     *
     * @param name suffix of the topic's name, e.g. {@code 10s}
     * @param length the longest delay that it covers
     */
    public record Tier(String name, Duration length) {

        /**
         * Returns the shortest tier that covers a delay; the last if none does.
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
