package dev.redrive.domain.user;

import java.time.Duration;

/**
 * How long a job of a user occupies its slot, for batch systems that do not say when jobs end. A quantile is tracked, not
 * a mean: the estimate shrinks by a little with each retry that found its slot free and grows by much with each that did
 * not, so that it settles where about one retry in twelve comes too early (the step sizes are those of stochastic
 * approximation of a quantile, Robbins and Monro 1951). Refusals in a row make it grow faster, until the first estimate
 * is found.
 *
 * @param estimateMs after so long a slot is taken to be free, in milliseconds; {@link #MIN_MS} to {@link #MAX_MS}
 * @param refusals retries in a row that came too early
 */
public record Occupancy(long estimateMs, int refusals) {

    /** Shortest estimate. */
    public static final long MIN_MS = 250;

    /** Longest estimate. */
    public static final long MAX_MS = Duration.ofHours(6).toMillis();

    /** What is taken while nothing is known. */
    public static final Occupancy FIRST = new Occupancy(2_000, 0);

    private static final double SHRINK = 0.98;
    private static final double GROW = 1.25;
    private static final double GROW_IN_A_ROW = 1.6;

    /** Puts the estimate into its range. */
    public Occupancy {
        estimateMs = Math.max(MIN_MS, Math.min(MAX_MS, estimateMs));
    }

    /** After a retry whose slot was not free. */
    Occupancy refused() {
        return new Occupancy((long) (estimateMs * (refusals == 0 ? GROW : GROW_IN_A_ROW)), refusals + 1);
    }

    /** After a retry that was not refused. */
    Occupancy passed() {
        return new Occupancy((long) (estimateMs * SHRINK), 0);
    }

    /** How long a job is taken to be active. */
    public Duration estimate() {
        return Duration.ofMillis(estimateMs);
    }
}
