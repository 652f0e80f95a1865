package dev.redrive.sim;

import dev.redrive.domain.stats.Normal;
import java.time.Duration;

/**
 * The durations of accepted jobs: uniform, or log-normal, within bounds. Immutable.
 *
 * @param shortest min. duration
 * @param longest max. duration; longer ones are cut to it
 * @param mean mean of the log-normal distribution before it is cut; ignored if {@code sigma} is 0
 * @param sigma standard deviation of the logarithm; 0 for a uniform distribution from the shortest to the longest
 * @param factor multiplies the duration of jobs that are accepted late, bounds included
 * @param lateFrom jobs accepted from this time after the start on are late
 */
public record JobLengths(
        Duration shortest, Duration longest, Duration mean, double sigma, double factor, Duration lateFrom) {

    private static final double MAX_SIGMA = 3;
    private static final double MAX_FACTOR = 100;

    public JobLengths {
        if (shortest.isNegative() || longest.compareTo(shortest) < 0 || longest.toMillis() > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("the durations of jobs are out of order");
        }
        if (!(sigma >= 0 && sigma <= MAX_SIGMA) || sigma > 0 && mean.toMillis() < 1) {
            throw new IllegalArgumentException("a log-normal duration takes a mean and a sigma of at most 3");
        }
        if (!(factor > 0 && factor <= MAX_FACTOR) || lateFrom.isNegative()) {
            throw new IllegalArgumentException("late jobs take a factor of at most 100");
        }
    }

    static JobLengths uniform(Duration shortest, Duration longest) {
        return new JobLengths(shortest, longest, Duration.ZERO, 0, 1, Duration.ZERO);
    }

    static JobLengths logNormal(Duration mean, double sigma, Duration longest) {
        return new JobLengths(Duration.ZERO, longest, mean, sigma, 1, Duration.ZERO);
    }

    /** Returns a copy in which jobs that are accepted from an instant on take a multiple of the time. */
    JobLengths times(double multiple, Duration from) {
        return new JobLengths(shortest, longest, mean, sigma, multiple, from);
    }

    /** Returns a duration in ms, by a number from 0 to 1, without the factor. */
    long ms(double number) {
        long shortMs = shortest.toMillis();
        long longMs = longest.toMillis();
        if (sigma == 0) {
            return shortMs + (long) ((longMs - shortMs + 1) * number);
        }
        double drawn = Math.exp(logMean() + sigma * Normal.quantile(number));
        return Math.max(shortMs, Math.min(longMs, Math.round(drawn)));
    }

    /**
     * Returns the duration of a job in ms.
     *
     * @param ms its duration without the factor
     * @param acceptedMs its acceptance, in ms from the start
     */
    long msAt(long ms, long acceptedMs) {
        return late(acceptedMs) ? Math.round(ms * factor) : ms;
    }

    /** Returns the share of jobs that take more than {@code ms}, of those accepted {@code acceptedMs} from the start. */
    double survival(double ms, long acceptedMs) {
        double own = late(acceptedMs) ? ms / factor : ms;
        if (own < shortest.toMillis()) {
            return 1;
        }
        if (own >= longest.toMillis()) {
            return 0;
        }
        if (sigma == 0) {
            return 1 - (own - shortest.toMillis()) / (longest.toMillis() - shortest.toMillis());
        }
        return own <= 0 ? 1 : 1 - Normal.cumulative((Math.log(own) - logMean()) / sigma);
    }

    /** Returns the mean in ms, without the factor and, for a log-normal distribution, without the cut. */
    double meanMs() {
        return sigma == 0 ? (shortest.toMillis() + longest.toMillis()) / 2.0 : mean.toMillis();
    }

    private boolean late(long acceptedMs) {
        return factor != 1 && acceptedMs >= lateFrom.toMillis();
    }

    private double logMean() {
        return Math.log(mean.toMillis()) - sigma * sigma / 2;
    }
}
