package dev.redrive.domain.user;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class ConcurrencyTest {

    private static final Instant NOW = Instant.parse("2026-11-22T12:00:00Z");
    private static final Occupancy TEN_SECONDS = Occupancy.of(10_000);

    @Test
    void shouldBelieveInStrangersLessWithEachStep() {
        Concurrency told = Concurrency.UNKNOWN.learnLimit(2, NOW).refused(2, false, TEN_SECONDS, NOW);
        Duration step = Objects.requireNonNull(told.foreign()).step();

        assertThat(told.busy(NOW)).isEqualTo(2);
        assertThat(told.nextLess(NOW)).isEqualTo(NOW.plus(step));
        assertThat(told.busy(NOW.plus(step).minusMillis(1))).isEqualTo(2);
        assertThat(told.busy(NOW.plus(step))).isEqualTo(1);
        assertThat(told.busy(NOW.plus(step.multipliedBy(2)))).isZero();
        assertThat(told.nextLess(NOW.plus(step.multipliedBy(2)))).isNull();
        assertThat(told.busy(NOW.plusSeconds(100_000))).isZero();
    }

    @Test
    void shouldTakeOnlyForStrangersWhatIsNotItsOwn() {
        Concurrency two = Concurrency.UNKNOWN.learnLimit(3, NOW).plusActive(2);

        assertThat(two.refused(3, false, TEN_SECONDS, NOW).busy(NOW)).isEqualTo(3);
        assertThat(two.refused(2, false, TEN_SECONDS, NOW).foreign()).isNull();
        assertThat(two.refused(null, false, TEN_SECONDS, NOW).busy(NOW)).isEqualTo(3);
    }

    @Test
    void shouldTakeARefusalWithoutALimitForOneThatIsFull() {
        assertThat(Concurrency.UNKNOWN.refused(null, false, TEN_SECONDS, NOW).limit())
                .isEqualTo(1);
        assertThat(Concurrency.UNKNOWN.refused(4, false, TEN_SECONDS, NOW).limit())
                .isEqualTo(4);
    }

    @Test
    void shouldCountAStrangerThatMadeItselfKnownOnce() {
        Concurrency told = Concurrency.UNKNOWN.learnLimit(2, NOW).refused(2, false, TEN_SECONDS, NOW);

        Concurrency known = told.explained(NOW).plusActive(1);

        assertThat(known.busy(NOW)).isEqualTo(2);
        assertThat(Objects.requireNonNull(known.foreign()).count()).isEqualTo(1);
        assertThat(Concurrency.UNKNOWN.explained(NOW)).isSameAs(Concurrency.UNKNOWN);
    }

    @Test
    void shouldLearnFromItsOwnRefusedRetryWhereEndsAreNotReported() {
        Concurrency limited = Concurrency.UNKNOWN.learnLimit(1, NOW);

        assertThat(Objects.requireNonNull(
                                limited.refused(1, true, TEN_SECONDS, NOW).occupancy())
                        .streak())
                .isEqualTo(1);
        assertThat(limited.refused(1, false, TEN_SECONDS, NOW).occupancy()).isNull();
        assertThat(limited.reported(true).refused(1, true, TEN_SECONDS, NOW).occupancy())
                .isNull();
    }

    @Test
    void shouldShrinkTheEstimateWhenARetryPassedAndAllSlotsWereInUse() {
        Concurrency full = Concurrency.UNKNOWN.learnLimit(1, NOW).plusActive(1);

        assertThat(Objects.requireNonNull(
                                full.leaseEnded(true, TEN_SECONDS, NOW).occupancy())
                        .estimateMs())
                .isEqualTo(9_850);
        assertThat(full.leaseEnded(false, TEN_SECONDS, NOW)).isSameAs(full);
        Concurrency roomy = Concurrency.UNKNOWN.learnLimit(5, NOW).plusActive(1);
        assertThat(Objects.requireNonNull(
                                roomy.leaseEnded(true, TEN_SECONDS, NOW).occupancy())
                        .estimateMs())
                .isEqualTo(10_000);
    }

    @Test
    void shouldNoLongerExpectEndsOnceOneWasMissedUntilOneIsTold() {
        Concurrency expecting = Concurrency.UNKNOWN.reported(false);
        assertThat(expecting.endsExpected()).isTrue();
        Concurrency missed = expecting.leaseEnded(true, TEN_SECONDS, NOW);
        assertThat(missed.endsExpected()).isFalse();
        assertThat(missed.reported(false).endsExpected()).isFalse();
        assertThat(missed.reported(true).endsExpected()).isTrue();
    }
}
