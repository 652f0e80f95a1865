package dev.redrive.domain.user;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class OccupancyTest {

    /** Above every estimate, so that it pulls none. */
    private static final Occupancy PRIOR = Occupancy.of(Occupancy.MAX_MS);

    private static final Instant NOW = Instant.parse("2026-11-22T12:00:00Z");

    @Test
    void shouldShrinkQuicklyAtFirstAndSlowlyOnceSettled() {
        assertThat(Occupancy.FIRST.passed(NOW, PRIOR).estimateMs()).isEqualTo(3_750);
        assertThat(Occupancy.of(10_000).passed(NOW, PRIOR).estimateMs()).isEqualTo(9_850);
    }

    @Test
    void shouldShrinkFasterWhereNothingWasRefusedForLong() {
        Occupancy occupancy = Occupancy.of(1_000_000);
        for (int i = 0; i < 8; i++) {
            occupancy = occupancy.passed(NOW, PRIOR);
        }
        long before = occupancy.estimateMs();

        assertThat(occupancy.passed(NOW, PRIOR).estimateMs()).isCloseTo(before * 97 / 100, Offset.offset(1L));
    }

    @Test
    void shouldComeBackSoonToWhatUsersOfTheServiceHaveTaught() {
        assertThat(Occupancy.of(50_000).passed(NOW, Occupancy.of(10_000)).estimateMs())
                .isEqualTo(40_000);
        assertThat(Occupancy.of(10_000).passed(NOW, Occupancy.of(50_000)).estimateMs())
                .isEqualTo(9_850);
    }

    @Test
    void shouldGrowWhereTheSlotWasFreeSoonAfterTheRefusal() {
        Occupancy refused = Occupancy.of(10_000).refused(NOW);
        assertThat(refused.estimateMs()).isEqualTo(10_000);
        assertThat(refused.passed(NOW.plusSeconds(5), PRIOR).estimateMs()).isEqualTo(12_000);
        assertThat(refused.passed(NOW.plusSeconds(6), PRIOR).estimateMs()).isEqualTo(10_600);
    }

    @Test
    void shouldFindTheFirstEstimateByTheTimeUntilARetryPassed() {
        Occupancy found = Occupancy.FIRST.refused(NOW).passed(NOW.plusSeconds(10), PRIOR);

        assertThat(found.estimateMs()).isEqualTo(15_000);
        assertThat(found.settled()).isTrue();
        assertThat(Occupancy.FIRST
                        .refused(NOW)
                        .passed(NOW.plusSeconds(16), PRIOR)
                        .settled())
                .isFalse();
    }

    @Test
    void shouldWaitLongerAfterEachRefusalInARowButNotForEver() {
        Occupancy occupancy = Occupancy.of(6_000);
        long[] waits = new long[7];
        for (int i = 0; i < waits.length; i++) {
            occupancy = occupancy.refused(NOW.plusSeconds(i));
            waits[i] = occupancy.soon().toMillis();
        }

        assertThat(waits).containsExactly(1_000, 2_000, 4_000, 8_000, 16_000, 16_000, 16_000);
        assertThat(occupancy.refusedAt()).isEqualTo(NOW);
        assertThat(occupancy.strangers()).isEqualTo(Duration.ofSeconds(18));
    }

    @Property(tries = 300)
    void shouldStayInItsRange(@ForAll @Size(max = 60) List<@LongRange(min = -1, max = 100_000_000) Long> lates) {
        Occupancy occupancy = Occupancy.FIRST;
        for (long lateMs : lates) {
            occupancy = lateMs < 0 ? occupancy.refused(NOW) : occupancy.passed(NOW.plusMillis(lateMs), PRIOR);
            assertThat(occupancy.estimateMs()).isBetween(Occupancy.MIN_MS, Occupancy.MAX_MS);
            assertThat(occupancy.patiencePercent()).isBetween(Occupancy.LEAST_PATIENCE, Occupancy.MOST_PATIENCE);
            assertThat(occupancy.soon()).isPositive();
        }
    }
}
