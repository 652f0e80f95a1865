package dev.redrive.domain.user;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.time.Duration;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JobLengthsTest {

    private static JobLengths lengths(int medianMs, double deviation) {
        return new JobLengths(Math.log(medianMs), deviation * deviation, 0);
    }

    @Property
    void shouldHaveQuantilesThatInvertTheShareOfLongerJobs(
            @ForAll @IntRange(min = 10_000, max = 600_000) int medianMs,
            @ForAll @DoubleRange(min = 0.1, max = 1.2) double deviation,
            @ForAll @DoubleRange(min = 0.05, max = 0.95) double share) {
        JobLengths lengths = lengths(medianMs, deviation);

        double longer = lengths.longerThan(lengths.quantile(share).toMillis());

        assertThat(longer).isCloseTo(1 - share, within(0.005));
    }

    @Property
    void shouldBeMonotone(
            @ForAll @IntRange(min = 100, max = 600_000) int medianMs,
            @ForAll @DoubleRange(min = 0.02, max = 2) double deviation,
            @ForAll @DoubleRange(min = 0, max = 1) double one,
            @ForAll @DoubleRange(min = 0, max = 1) double other,
            @ForAll @IntRange(max = 10_000_000) int ms) {
        JobLengths lengths = lengths(medianMs, deviation);

        assertThat(lengths.quantile(Math.min(one, other))).isLessThanOrEqualTo(lengths.quantile(Math.max(one, other)));
        assertThat(lengths.longerThan(ms)).isBetween(0.0, 1.0);
        assertThat(lengths.longerThan(ms + 1.0)).isLessThanOrEqualTo(lengths.longerThan(ms) + 1e-7);
    }

    @Test
    void shouldBeSureThatAJobTakesLongerThanNothing() {
        assertThat(JobLengths.FIRST.longerThan(0)).isOne();
        assertThat(JobLengths.FIRST.longerThan(-5)).isOne();
    }

    /**
     * Jobs are released one after the other, each where the job before has ended with a probability of 85 %; a refused
     * one is released again where that holds given the refusal. Since nearly all intervals end at that quantile, it is
     * what is learned well, whatever the first estimate; the median follows slowly.
     */
    @ParameterizedTest
    @CsvSource({"1, 1", "1, 2", "2, 3", "2, 4", "5, 5", "5, 6", "10, 7", "10, 8", "30, 9", "30, 10", "60, 11", "60, 12"
    })
    void shouldLearnFromIntervalsWithinWhichTimeJobsEnd(int medianSeconds, int seed) {
        // Given
        Random random = new Random(seed);
        JobLengths estimate = JobLengths.FIRST;
        double logSum = 0;
        int released = 0;
        int refused = 0;

        // When
        for (int job = 0; job < 500; job++) {
            double length = medianSeconds * 1_000 * Math.exp(0.8 * random.nextGaussian());
            double after = 0;
            double within = releaseAt(estimate, after);
            for (released++; length > within; released++) {
                refused++;
                after = within;
                within = releaseAt(estimate, after);
            }
            estimate = estimate.ended(after, within);
            logSum += job < 200 ? 0 : Math.log(estimate.quantile(0.85).toMillis());
        }

        // Then
        double truth = medianSeconds * 1_000 * Math.exp(0.8 * 1.0364);
        assertThat(Math.exp(logSum / 300) / truth).isBetween(0.7, 1.4);
        assertThat((double) refused / released).isBetween(0.05, 0.21);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 5, 10, 30, 60})
    void shouldStayAtTheMedianOnceItIsRight(int medianSeconds) {
        // Given
        Random random = new Random(medianSeconds);
        JobLengths estimate = new JobLengths(Math.log(medianSeconds * 1_000), 0.64, 32);
        double logSum = 0;

        // When
        for (int job = 0; job < 3_000; job++) {
            double length = medianSeconds * 1_000 * Math.exp(0.8 * random.nextGaussian());
            double after = 0;
            double within = releaseAt(estimate, after);
            while (length > within) {
                after = within;
                within = releaseAt(estimate, after);
            }
            estimate = estimate.ended(after, within);
            logSum += estimate.logMean();
        }

        // Then
        assertThat(Math.exp(logSum / 3_000) / 1_000 / medianSeconds).isBetween(0.8, 1.25);
    }

    private static double releaseAt(JobLengths lengths, double afterMs) {
        double share = 1 - 0.15 * lengths.longerThan(afterMs);
        return Math.max(afterMs + 50, lengths.quantile(share).toMillis());
    }

    @Test
    void shouldStayWithinItsBoundsWhateverIsLearned() {
        double[] extremes = {
            Double.NaN,
            Double.NEGATIVE_INFINITY,
            Double.POSITIVE_INFINITY,
            -1,
            0,
            1e-300,
            1,
            1e9,
            1e300,
            Double.MAX_VALUE
        };
        JobLengths learned = JobLengths.FIRST;
        for (double after : extremes) {
            for (double within : extremes) {
                for (int i = 0; i < 50; i++) {
                    learned = learned.ended(after, within);
                    assertWithinBounds(learned);
                }
                assertWithinBounds(JobLengths.FIRST.ended(after, within));
                assertWithinBounds(new JobLengths(after, within, Integer.MAX_VALUE));
                assertWithinBounds(JobLengths.FIRST.towards(new JobLengths(after, within, -1), 0.5));
            }
        }
        assertWithinBounds(JobLengths.ofMedian(Duration.ZERO));
        assertWithinBounds(JobLengths.ofMedian(Duration.ofDays(999)));
    }

    private static void assertWithinBounds(JobLengths lengths) {
        assertThat(lengths.logMean()).isBetween(Math.log(100), Math.log(21_600_000));
        assertThat(lengths.logVariance()).isBetween(0.0004, 4.0);
        assertThat(lengths.seen()).isBetween(0, 32);
        assertThat(lengths.median()).isBetween(Duration.ofMillis(100), Duration.ofHours(6));
        assertThat(lengths.quantile(0.999)).isBetween(Duration.ofMillis(100), Duration.ofHours(6));
    }
}
