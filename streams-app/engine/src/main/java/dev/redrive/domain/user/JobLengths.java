package dev.redrive.domain.user;

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

    /** The default while nothing is known: a median of 5 s. */
    public static final JobLengths FIRST = new JobLengths(Math.log(5_000), 0.5, 0);

    /** Clamps the numbers to their ranges. */
    public JobLengths {
        logMean = clamp(logMean, Math.log(MIN_MS), Math.log(MAX_MS), FIRST_LOG_MEAN);
        logVariance = clamp(logVariance, MIN_VARIANCE, MAX_VARIANCE, 0.5);
        seen = Math.max(0, Math.min(MAX_SEEN, seen));
    }

    private static final double FIRST_LOG_MEAN = Math.log(5_000);

    private static double clamp(double value, double min, double max, double otherwise) {
        return Double.isNaN(value) ? otherwise : Math.max(min, Math.min(max, value));
    }

    /** Returns an estimate with a known median, without observations. */
    public static JobLengths ofMedian(Duration median) {
        return new JobLengths(Math.log(Math.max(1, median.toMillis())), FIRST.logVariance, 0);
    }

    /** Returns the median. */
    public Duration median() {
        return Duration.ofMillis(Math.round(Math.exp(logMean)));
    }

    /** Returns the mean. */
    public Duration mean() {
        return Duration.ofMillis(Math.round(Math.min(MAX_MS, Math.exp(logMean + logVariance / 2))));
    }

    /** Returns the length that a share of jobs does not exceed; the share is between 0 and 1. */
    public Duration quantile(double share) {
        double length = Math.exp(logMean + Math.sqrt(logVariance) * normalQuantile(share));
        return Duration.ofMillis(Math.round(Math.min(MAX_MS, length)));
    }

    /** Returns the share of jobs that take longer than this, in milliseconds. */
    double longerThan(double ms) {
        return ms <= 0 ? 1 : upper((Math.log(ms) - logMean) / Math.sqrt(logVariance));
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
        double share = upper(low) - upper(high);
        double mean;
        double square;
        if (share < 1e-9) {
            // Far out in a tail: the bound next to the median is the best guess.
            mean = logMean + deviation * (low > 0 ? low : high);
            square = (mean - logMean) * (mean - logMean);
        } else {
            double below = density(low);
            double above = density(high);
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

    private static double density(double x) {
        return Math.exp(-x * x / 2) / Math.sqrt(2 * Math.PI);
    }

    /**
     * Returns the upper tail of the standard normal distribution, with an absolute error below 1e-7 (Abramowitz and
     * Stegun: Handbook of mathematical functions, 26.2.17).
     */
    static double upper(double x) {
        double t = 1 / (1 + 0.2316419 * Math.abs(x));
        double tail = density(x)
                * t
                * (0.319381530 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
        return x >= 0 ? tail : 1 - tail;
    }

    /** Returns the inverse of the standard normal distribution, by bisection, between -8 and 8. */
    private static double normalQuantile(double share) {
        double low = -8;
        double high = 8;
        for (int i = 0; i < 50; i++) {
            double middle = (low + high) / 2;
            if (1 - upper(middle) < share) {
                low = middle;
            } else {
                high = middle;
            }
        }
        return (low + high) / 2;
    }
}
