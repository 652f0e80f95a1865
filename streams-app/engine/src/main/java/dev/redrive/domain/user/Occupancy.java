package dev.redrive.domain.user;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Estimates how long a job of a user occupies its slot, for batch systems that do not report ends. It tracks a
 * quantile, not a mean: the estimate shrinks a little with each retry that found its slot free and grows more with each
 * that did not, so that it settles where about one retry in thirteen comes too early (stochastic approximation of a
 * quantile, Robbins and Monro 1951). It grows only if the slot was free soon after: otherwise another client's job
 * occupied it, which is no evidence of how long jobs take.
 *
 * @param estimateMs a slot counts as free after this time, in milliseconds; {@link #MIN_MS} to {@link #MAX_MS}
 * @param settled whether a refusal and the following retries ever confirmed it; until then it shrinks quickly
 * @param streak number of consecutive refused retries, or, negative, of those not refused
 * @param refusedAt when the first of these was refused
 * @param patiencePercent how long foreign jobs count, in percent of the estimate, so that a steady stream of them does
 *     not cause repeated refusals; 100 to {@link #MOST_PATIENCE}
 */
public record Occupancy(
        long estimateMs,
        boolean settled,
        int streak,
        @Nullable Instant refusedAt,
        int patiencePercent) {

    /** Min estimate. */
    public static final long MIN_MS = 250;

    /** Max estimate. */
    public static final long MAX_MS = Duration.ofHours(6).toMillis();

    /** Min time that foreign jobs count, in percent of the estimate. */
    public static final int LEAST_PATIENCE = 100;

    /** Max time that foreign jobs count, in percent of the estimate. */
    public static final int MOST_PATIENCE = 300;

    /** The default while nothing is known. */
    public static final Occupancy FIRST = new Occupancy(5_000, false, 0, null, LEAST_PATIENCE);

    private static final double SHRINK = 0.985;
    private static final double SHRINK_AT_FIRST = 0.75;
    private static final double GROW = 1.2;
    private static final double GROW_IN_DOUBT = 1.06;
    private static final int PULL = 4;
    private static final int LONG_STREAK = 8;
    private static final int AT_FIRST_WITHIN = 3;
    private static final int STEPS = 6;
    private static final int MOST_DOUBLINGS = 4;

    /** Clamps the numbers to their ranges. */
    public Occupancy {
        estimateMs = Math.max(MIN_MS, Math.min(MAX_MS, estimateMs));
        patiencePercent = Math.max(LEAST_PATIENCE, Math.min(MOST_PATIENCE, patiencePercent));
    }

    /** Returns the estimate from other users, for a user without any. */
    public static Occupancy of(long estimateMs) {
        return new Occupancy(estimateMs, true, 0, null, LEAST_PATIENCE);
    }

    /** Returns the estimate after a retry whose slot was not free. */
    Occupancy refused(Instant now) {
        return new Occupancy(
                estimateMs,
                settled,
                Math.max(0, streak) + 1,
                refusedAt == null ? now : refusedAt,
                patiencePercent * 13 / 10);
    }

    /**
     * Returns the estimate after a retry that was not refused. An estimate above that of the service's users soon
     * returns to it: it grew because of foreign jobs.
     *
     * @param releasedAt when it was released
     * @param prior the estimate of the service's users
     */
    Occupancy passed(Instant releasedAt, Occupancy prior) {
        if (refusedAt == null) {
            long shrunk = (long) (estimateMs * (settled ? shrink() : SHRINK_AT_FIRST));
            long pulled = estimateMs - Math.max(0, estimateMs - prior.estimateMs()) / PULL;
            return with(Math.min(shrunk, pulled), settled);
        }
        long lateMs = Duration.between(refusedAt, releasedAt).toMillis();
        if (lateMs <= estimateMs / 2) {
            return with((long) (estimateMs * GROW), true);
        }
        return settled || lateMs > estimateMs * AT_FIRST_WITHIN
                ? with((long) (estimateMs * GROW_IN_DOUBT), settled)
                : with(estimateMs + lateMs, true);
    }

    /** Shrinks faster if no retry was refused for long: then the estimate is far too long. */
    private double shrink() {
        int lengths = Math.min(1, Math.max(0, -streak) / LONG_STREAK);
        return 1 - (1 - SHRINK) * (1 << lengths);
    }

    /** Returns the wait after a refusal if the slot should be free soon; grows with each consecutive refusal. */
    Duration soon() {
        return Duration.ofMillis(estimateMs / STEPS << Math.min(MOST_DOUBLINGS, Math.max(0, streak - 1)));
    }

    /** Returns how long a job counts as active. */
    public Duration estimate() {
        return Duration.ofMillis(estimateMs);
    }

    /** Returns how long a foreign job counts. */
    Duration strangers() {
        return Duration.ofMillis(estimateMs * patiencePercent / 100);
    }

    private Occupancy with(long newEstimateMs, boolean newSettled) {
        return new Occupancy(newEstimateMs, newSettled, Math.min(0, streak) - 1, null, patiencePercent * 19 / 20);
    }
}
