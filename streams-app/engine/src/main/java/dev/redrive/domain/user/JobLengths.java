package dev.redrive.domain.user;

import dev.redrive.domain.stats.Normal;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The distribution of how long jobs occupy their slots, for batch systems that do not report ends: log-normal, learned
 * from intervals, since an end is only known to lie between two calls of which the first was refused and the second was
 * not. Each observation moves the moments by a part towards their expectation under it (online expectation maximization;
 * Cappé and Moulines: On-line expectation-maximization algorithm for latent data models, 2009).
 *
 * @param logMean mean of the natural logarithm of the length in milliseconds
 * @param logVariance variance of the same
 * @param seen number of observations, at most {@link #MAX_SEEN}
 */
public record JobLengths(double logMean, double logVariance, int seen) {

    /** Min median, in milliseconds. */
    private static final double MIN_MS = 100;

    /** Max median: six hours. */
    private static final double MAX_MS = Duration.ofHours(6).toMillis();

    private static final double MIN_VARIANCE = 0.02 * 0.02;
    private static final double MAX_VARIANCE = 4;

    /** Observations that count; older ones fade out. */
    private static final int MAX_SEEN = 32;

    private static final double NOTICEABLE = 0.05;

    /** Observations that the estimate of the service's users is worth to a user. */
    private static final int PRIOR = 4;

    private static final double FIRST_LOG_MEAN = Math.log(5_000);
    private static final double FIRST_VARIANCE = 0.5;

    /** The default while nothing is known: a median of 5 s. */
    public static final JobLengths FIRST = new JobLengths(FIRST_LOG_MEAN, FIRST_VARIANCE, 0);

    /** Clamps the numbers to their ranges. */
    public JobLengths {
        logMean = clamp(logMean, Math.log(MIN_MS), Math.log(MAX_MS), FIRST_LOG_MEAN);
        logVariance = clamp(logVariance, MIN_VARIANCE, MAX_VARIANCE, FIRST_VARIANCE);
        seen = Math.max(0, Math.min(MAX_SEEN, seen));
    }

    private static double clamp(double value, double min, double max, double otherwise) {
        return Double.isNaN(value) ? otherwise : Math.max(min, Math.min(max, value));
    }

    /** Returns an estimate with a known median, without observations. */
    public static JobLengths ofMedian(Duration median) {
        return new JobLengths(Math.log(Math.max(1, median.toMillis())), FIRST_VARIANCE, 0);
    }

    /** Returns the median. */
    public Duration median() {
        return Duration.ofMillis(Math.round(Math.exp(logMean)));
    }

    /** Returns the length that a share of jobs does not exceed; the share is between 0 and 1. */
    public Duration quantile(double share) {
        double length = Math.exp(logMean + Math.sqrt(logVariance) * Normal.quantile(share));
        return Duration.ofMillis(Math.round(Math.min(MAX_MS, length)));
    }

    /** Returns the share of jobs that take longer than this, in milliseconds. */
    double longerThan(double ms) {
        return ms <= 0 ? 1 : Normal.upper((Math.log(ms) - logMean) / Math.sqrt(logVariance));
    }

    /**
     * Returns the estimate after a job ended within an interval.
     *
     * @param afterMs it took longer than this; 0 if that is not known
     * @param withinMs it took no longer than this; more than {@code afterMs}
     */
    JobLengths ended(double afterMs, double withinMs) {
        double deviation = Math.sqrt(logVariance);
        double low = afterMs <= 0 ? -12 : Math.max(-12, (Math.log(afterMs) - logMean) / deviation);
        double high = Math.max(low + 1e-6, (Math.log(Math.max(1, withinMs)) - logMean) / deviation);
        double share = Normal.upper(low) - Normal.upper(high);
        double mean;
        double square;
        if (share < 1e-9) {
            // Far out in a tail: the bound next to the median is the best guess.
            mean = logMean + deviation * (low > 0 ? low : high);
            square = (mean - logMean) * (mean - logMean);
        } else {
            double below = Normal.density(low);
            double above = Normal.density(high);
            double shift = (below - above) / share;
            mean = logMean + deviation * shift;
            square = logVariance * (1 + (low * below - high * above) / share);
        }
        double gain = 1.0 / (PRIOR + Math.min(seen, MAX_SEEN - PRIOR) + 1);
        double newMean = logMean + gain * (mean - logMean);
        double second = logVariance + gain * (square - logVariance);
        double moved = newMean - logMean;
        return new JobLengths(newMean, second - moved * moved, seen + 1);
    }

    /** Moves the estimate by a part towards another. */
    public JobLengths towards(JobLengths other, double part) {
        return new JobLengths(
                logMean + part * (other.logMean - logMean),
                logVariance + part * (other.logVariance - logVariance),
                seen + 1);
    }

    /** Returns whether the estimate differs from another by more than a twentieth. */
    public boolean differsFrom(@Nullable JobLengths other) {
        return other == null
                || Math.abs(logMean - other.logMean) > NOTICEABLE
                || Math.abs(logVariance - other.logVariance) > NOTICEABLE;
    }
}
