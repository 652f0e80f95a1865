package dev.redrive.domain.decide;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.redrive.domain.classify.RuleSet.Rule.Backoff;
import dev.redrive.domain.event.JobRef;
import java.time.Duration;
import java.util.Arrays;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Test;

class RetryDelayTest {

    private static final Backoff BACKOFF = new Backoff(Duration.ofSeconds(1), 2, Duration.ofMinutes(5));

    @Property
    void shouldStayBetweenTheFloorAndTheCeiling(
            @ForAll @StringLength(min = 1) String user,
            @ForAll @IntRange(min = 1) int n,
            @ForAll @IntRange(min = 1) int attempt) {
        Duration delay =
                RetryDelay.backoff(BACKOFF, n, new JobRef(user, "job"), attempt).delay();

        assertThat(delay).isBetween(RetryDelay.FLOOR, BACKOFF.ceiling(n));
        assertThat(BACKOFF.ceiling(n)).isBetween(Duration.ofSeconds(1), Duration.ofMinutes(5));
        assertThat(delay)
                .isEqualTo(RetryDelay.backoff(BACKOFF, n, new JobRef(user, "job"), attempt)
                        .delay());
    }

    @Property
    void shouldOnlyEverAddToAWaitThatWasAskedFor(
            @ForAll @LongRange(min = 0, max = 315_360_000_000L) long askedMs, @ForAll @IntRange(min = 1) int attempt) {
        Duration asked = Duration.ofMillis(askedMs);

        Duration delay = RetryDelay.atLeast(asked, Failures.POLICY, Failures.JOB, attempt);

        long maxMs = Math.min(askedMs / 20, 3000);
        assertThat(delay).isBetween(asked, asked.plusMillis(maxMs));
    }

    @Test
    void shouldGrowByTheFactorUpToTheCap() {
        assertThat(BACKOFF.ceiling(1)).isEqualTo(Duration.ofSeconds(1));
        assertThat(BACKOFF.ceiling(4)).isEqualTo(Duration.ofSeconds(8));
        assertThat(BACKOFF.ceiling(9)).isEqualTo(Duration.ofSeconds(256));
        assertThat(BACKOFF.ceiling(10)).isEqualTo(Duration.ofMinutes(5));
        assertThat(BACKOFF.ceiling(Integer.MAX_VALUE)).isEqualTo(Duration.ofMinutes(5));
    }

    @Test
    void shouldDrawTheSameNumberOnEveryMachine() {
        assertThat(RetryDelay.fraction("backoff", new JobRef("user-1", "job-1"), 2))
                .isEqualTo(0.8917588565240362);
    }

    @Test
    void shouldSpreadJobsEvenly() {
        int jobs = 10_000;
        double sum = 0;
        int[] tenths = new int[10];
        for (int i = 0; i < jobs; i++) {
            double fraction = RetryDelay.fraction("backoff", new JobRef("user", "job-" + i), 1);
            sum += fraction;
            tenths[(int) (fraction * 10)]++;
        }

        assertThat(sum / jobs).isCloseTo(0.5, within(0.02));
        assertThat(Arrays.stream(tenths)).allMatch(tenth -> tenth > 850 && tenth < 1150);
    }
}
