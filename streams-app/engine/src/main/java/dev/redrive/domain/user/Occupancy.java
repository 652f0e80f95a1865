package dev.redrive.domain.user;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * How long a job of a user occupies its slot, for batch systems that do not say when jobs end. A quantile is tracked, not
 * a mean: the estimate shrinks by a little with each retry that found its slot free and grows by more with each that did
 * not, so that it settles where about one retry in thirteen comes too early (the step sizes are those of stochastic
 * approximation of a quantile, Robbins and Monro 1951). It grows only where the slot was free soon after: where it was not,
 * a job of somebody else had taken it, which tells nothing of how long jobs take.
 *
 * @param estimateMs after so long a slot is taken to be free, in milliseconds; {@link #MIN_MS} to {@link #MAX_MS}
 * @param settled whether it was ever found by a refusal and what came after; until then it is a guess that shrinks quickly
 * @param streak retries in a row that were refused, or, negative, that were not
 * @param refusedAt when the first of these was refused
 * @param patiencePercent how much longer than a job takes strangers are believed in, so that those who keep coming are not
 *     run into again and again; 100 to {@link #MOST_PATIENCE}
 */
public record Occupancy(
        long estimateMs,
        boolean settled,
        int streak,
        @Nullable Instant refusedAt,
        int patiencePercent) {

    /** Shortest estimate. */
    public static final long MIN_MS = 250;

    /** Longest estimate. */
    public static final long MAX_MS = Duration.ofHours(6).toMillis();

    /** Strangers are believed in for at least as long as a job takes, in percent of that. */
    public static final int LEAST_PATIENCE = 100;

    /** The most, in percent of the time that a job takes. */
    public static final int MOST_PATIENCE = 300;

    /** What is taken while nothing is known. */
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

    /** Puts the numbers into their ranges. */
    public Occupancy {
        estimateMs = Math.max(MIN_MS, Math.min(MAX_MS, estimateMs));
        patiencePercent = Math.max(LEAST_PATIENCE, Math.min(MOST_PATIENCE, patiencePercent));
    }

    /** What others have taught, for a user of whom nothing is known. */
    public static Occupancy of(long estimateMs) {
        return new Occupancy(estimateMs, true, 0, null, LEAST_PATIENCE);
    }

    /** After a retry whose slot was not free. */
    Occupancy refused(Instant now) {
        return new Occupancy(
                estimateMs,
                settled,
                Math.max(0, streak) + 1,
                refusedAt == null ? now : refusedAt,
                patiencePercent * 13 / 10);
    }

    /**
     * After a retry that was not refused. An estimate above what users of the service have taught comes back to it soon:
     * it grew because of strangers.
     *
     * @param releasedAt when it was released
     * @param prior what users of the service have taught
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

    /** More where no retry was refused for long, for then it is far too long. */
    private double shrink() {
        int lengths = Math.min(1, Math.max(0, -streak) / LONG_STREAK);
        return 1 - (1 - SHRINK) * (1 << lengths);
    }

    /** How long to wait after a refusal where the slot should be free soon; longer after each in a row. */
    Duration soon() {
        return Duration.ofMillis(estimateMs / STEPS << Math.min(MOST_DOUBLINGS, Math.max(0, streak - 1)));
    }

    /** How long a job is taken to be active. */
    public Duration estimate() {
        return Duration.ofMillis(estimateMs);
    }

    /** How long the job of a stranger is believed in. */
    Duration strangers() {
        return Duration.ofMillis(estimateMs * patiencePercent / 100);
    }

    private Occupancy with(long newEstimateMs, boolean newSettled) {
        return new Occupancy(newEstimateMs, newSettled, Math.min(0, streak) - 1, null, patiencePercent * 19 / 20);
    }
}
