package dev.redrive.config;

import dev.redrive.config.ConfigException.Require;
import dev.redrive.domain.classify.FailureClass;
import dev.redrive.domain.classify.RuleSet.Rule.Backoff;
import dev.redrive.domain.decide.RetryPolicy;
import dev.redrive.domain.decide.RetryPolicy.BeyondMaxDelay;
import dev.redrive.domain.decide.RetryPolicy.Tier;
import dev.redrive.domain.gate.GateName;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * {@code retry}: when jobs are retried, and when no longer. {@link RetryPolicy} has further details.
 *
 * @param tiers delays of the delayed retry topics, ascending; 1 to 20
 * @param maxDelay maximum delay; at most the last tier
 * @param beyondMaxDelay what happens to a job whose API requests a longer delay
 * @param maxPark maximum park time
 * @param maxAge a failure later than this after the job's first one is not retried; delayed and parked time counts
 * @param maxThrottles maximum number of throttled attempts of a job
 * @param maxOutageAttempts maximum number of attempts of a job that are not charged because its service has an outage
 * @param maxAttempts maximum number of charged attempts of a job, including the first
 * @param maxAttemptsByClass the same for single classes
 * @param backoff growth of the delay
 * @param backoffByClass the same for single classes
 * @param retryAfterJitter maximum jitter added to a requested delay, as a fraction of it; 0 to 1
 * @param maxRetryAfterJitter absolute maximum of that jitter
 * @param unreadableHintDelay minimum delay if an API's retry hint cannot be read; at most {@code maxDelay}; {@code
 *     null} for the cap of the backoff
 * @param retryUnsafe whether to retry requests that may have been executed and had no idempotency key
 */
public record RetrySettings(
        List<Duration> tiers,
        Duration maxDelay,
        BeyondMaxDelay beyondMaxDelay,
        Duration maxPark,
        Duration maxAge,
        int maxThrottles,
        int maxOutageAttempts,
        int maxAttempts,
        Map<FailureClass, Integer> maxAttemptsByClass,
        Backoff backoff,
        Map<FailureClass, Backoff> backoffByClass,
        double retryAfterJitter,
        Duration maxRetryAfterJitter,
        @Nullable Duration unreadableHintDelay,
        boolean retryUnsafe) {

    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final Duration YEAR = Duration.ofDays(366);

    public RetrySettings {
        tiers = List.copyOf(tiers);
        checkTiers(tiers);
        Duration last = tiers.get(tiers.size() - 1);
        Require.between("maxDelay", maxDelay, SECOND, YEAR);
        Require.that(
                maxDelay.compareTo(last) <= 0,
                "maxDelay",
                DurationText.format(maxDelay) + " is longer than the last tier; write at most "
                        + DurationText.format(last) + ", or add a tier to retry.tiers");
        Require.between("maxPark", maxPark, SECOND, YEAR);
        Require.that(
                beyondMaxDelay != BeyondMaxDelay.PARK || maxPark.compareTo(maxDelay) >= 0,
                "maxPark",
                "must be at least retry.maxDelay (" + DurationText.format(maxDelay)
                        + "), for a longer wait is parked; or write beyondMaxDelay: DEAD_LETTER");
        Require.between("maxAge", maxAge, SECOND, YEAR);
        Require.between("maxThrottles", maxThrottles, 1, 100_000);
        Require.between("maxOutageAttempts", maxOutageAttempts, 0, 100_000);
        Require.between("maxAttempts", maxAttempts, 1, 1000);
        for (Map.Entry<FailureClass, Integer> limit : maxAttemptsByClass.entrySet()) {
            String key = "maxAttemptsByClass." + limit.getKey();
            Require.between(key, limit.getValue(), 1, 1000);
            Require.that(
                    !limit.getKey().throttled(),
                    key,
                    "attempts of this class are not charged; leave it out, retry.maxThrottles bounds it");
        }
        checkCap("backoff.cap", backoff, maxDelay);
        backoffByClass.forEach((key, value) -> checkCap("backoffByClass." + key + ".cap", value, maxDelay));
        Require.that(
                retryAfterJitter >= 0 && retryAfterJitter <= 1,
                "retryAfterJitter",
                retryAfterJitter + " is out of range; write 0 to 1, e.g. 0.05");
        Require.between("maxRetryAfterJitter", maxRetryAfterJitter, Duration.ZERO, Duration.ofMinutes(10));
        if (unreadableHintDelay != null) {
            Require.between("unreadableHintDelay", unreadableHintDelay, SECOND, maxDelay);
        }
        maxAttemptsByClass = Map.copyOf(maxAttemptsByClass);
        backoffByClass = Map.copyOf(backoffByClass);
    }

    /** Returns the tiers with the suffixes of their topics' names. */
    public List<Tier> tierList() {
        return tiers.stream()
                .map(length -> new Tier(DurationText.format(length), length))
                .toList();
    }

    /**
     * Returns the limits for the domain.
     *
     * @param gates the gates in force
     */
    public RetryPolicy policy(Set<GateName> gates) {
        return new RetryPolicy(
                maxAttempts,
                maxAttemptsByClass,
                backoff,
                backoffByClass,
                maxDelay,
                beyondMaxDelay,
                maxPark,
                maxAge,
                maxThrottles,
                maxOutageAttempts,
                retryAfterJitter,
                maxRetryAfterJitter,
                unreadableHintDelay,
                gates.contains(GateName.QUOTA),
                gates.contains(GateName.CONCURRENCY),
                retryUnsafe);
    }

    private static void checkTiers(List<Duration> tiers) {
        Require.between("tiers", tiers.size(), 1, 20);
        Duration before = Duration.ZERO;
        for (Duration tier : tiers) {
            Require.between("tiers", tier, Duration.ofMillis(100), YEAR);
            Require.that(
                    tier.compareTo(before) > 0,
                    "tiers",
                    DurationText.format(tier) + " does not come after " + DurationText.format(before)
                            + "; write tiers in ascending order, each once");
            before = tier;
        }
    }

    private static void checkCap(String key, Backoff backoff, Duration maxDelay) {
        Require.that(
                backoff.cap().compareTo(maxDelay) <= 0,
                key,
                DurationText.format(backoff.cap()) + " is longer than retry.maxDelay; write at most "
                        + DurationText.format(maxDelay));
    }
}
