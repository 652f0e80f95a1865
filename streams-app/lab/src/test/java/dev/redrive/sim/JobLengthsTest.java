package dev.redrive.sim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.time.Duration;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class JobLengthsTest {

    private static final int COUNT = 20_000;
    private static final JobLengths LOG_NORMAL =
            JobLengths.logNormal(Duration.ofSeconds(4), 0.8, Duration.ofSeconds(60));

    private static long[] drawn(JobLengths lengths) {
        Dice dice = new Dice(9).about("length");
        long[] drawn = IntStream.range(0, COUNT)
                .mapToLong(i -> lengths.ms(dice.roll(i, 0)))
                .toArray();
        Arrays.sort(drawn);
        return drawn;
    }

    @Test
    void shouldDrawLogNormalLengthsWithTheirMeanAndQuantiles() {
        long[] drawn = drawn(LOG_NORMAL);

        // The logarithm has the mean ln 4000 - 0.32; z of 90 % is 1.2816
        assertThat(Arrays.stream(drawn).average().orElseThrow()).isCloseTo(4_000, within(120.0));
        assertThat((double) drawn[COUNT / 2]).isCloseTo(4_000 * Math.exp(-0.32), within(80.0));
        assertThat((double) drawn[COUNT * 9 / 10]).isCloseTo(4_000 * Math.exp(-0.32 + 0.8 * 1.2816), within(250.0));
        assertThat(drawn[COUNT - 1]).isLessThanOrEqualTo(60_000);
    }

    @Test
    void shouldCutLengthsToTheBound() {
        long[] drawn = drawn(JobLengths.logNormal(Duration.ofSeconds(4), 0.8, Duration.ofSeconds(5)));

        assertThat(drawn[COUNT - 1]).isEqualTo(5_000);
        assertThat(drawn[0]).isPositive();
    }

    @Test
    void shouldReturnTheShareThatTakesLonger() {
        long[] drawn = drawn(LOG_NORMAL);
        for (double share : new double[] {0.01, 0.25, 0.5, 0.9, 0.99}) {
            long ms = drawn[(int) (COUNT * share)];

            assertThat(LOG_NORMAL.survival(ms, 0)).isCloseTo(1 - share, within(0.015));
        }
        assertThat(LOG_NORMAL.survival(0, 0)).isEqualTo(1);
        assertThat(LOG_NORMAL.survival(60_000, 0)).isZero();
        JobLengths uniform = JobLengths.uniform(Duration.ofSeconds(1), Duration.ofSeconds(3));
        assertThat(uniform.survival(500, 0)).isEqualTo(1);
        assertThat(uniform.survival(2_500, 0)).isEqualTo(0.25);
    }

    @Test
    void shouldMultiplyTheLengthOfLateJobsOnly() {
        JobLengths doubled = LOG_NORMAL.times(2, Duration.ofSeconds(30));

        assertThat(doubled.msAt(4_000, 29_999)).isEqualTo(4_000);
        assertThat(doubled.msAt(4_000, 30_000)).isEqualTo(8_000);
        assertThat(doubled.survival(8_000, 30_000)).isEqualTo(LOG_NORMAL.survival(4_000, 0));
    }

    @Test
    void shouldRejectLengthsWithoutABound() {
        assertThatThrownBy(() -> JobLengths.uniform(Duration.ofSeconds(2), Duration.ofSeconds(1)))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> JobLengths.logNormal(Duration.ZERO, 0.8, Duration.ofSeconds(1)))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> LOG_NORMAL.times(0, Duration.ZERO)).isInstanceOf(IllegalArgumentException.class);
    }
}
