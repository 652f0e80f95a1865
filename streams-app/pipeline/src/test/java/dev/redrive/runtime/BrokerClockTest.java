package dev.redrive.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;

class BrokerClockTest {

    private static final long MS = 1_000_000;
    private static final long TIME = 1_800_000_000_000L;

    private final BrokerClock clock = new BrokerClock(Duration.ofSeconds(2));

    /** A probe that was on its way for so long, appended halfway. */
    private void probe(int broker, long nowMs, long roundTripMs, long brokerAheadMs) {
        clock.sample(broker, (nowMs - roundTripMs) * MS, nowMs * MS, TIME + nowMs - roundTripMs / 2 + brokerAheadMs);
    }

    private BrokerClock.Bounds bounds(long nowMs) {
        return Objects.requireNonNull(clock.bounds(nowMs * MS));
    }

    @Test
    void shouldKnowNothingWithoutASample() {
        assertThat(clock.bounds(0)).isNull();
    }

    @Test
    void shouldBoundTheBrokersTimeByTheRoundTrip() {
        probe(1, 1_000, 10, 0);

        assertThat(bounds(1_000).earliestMs()).isEqualTo(TIME + 1_000 - 5);
        assertThat(bounds(1_000).latestMs()).isBetween(TIME + 1_000 + 5, TIME + 1_000 + 7);
        assertThat(bounds(3_000).earliestMs()).isEqualTo(TIME + 3_000 - 5);
    }

    @Test
    void shouldKeepTheNarrowestOfSeveralSamples() {
        probe(1, 1_000, 2, 0);
        probe(1, 2_000, 800, 0);

        assertThat(bounds(2_000).earliestMs()).isEqualTo(TIME + 2_000 - 1);
        assertThat(bounds(2_000).latestMs()).isBetween(TIME + 2_000 + 1, TIME + 2_000 + 4);
    }

    @Test
    void shouldWidenTheBoundsByTheDriftOfTheClocks() {
        probe(1, 0, 2, 0);

        assertThat(bounds(3_600_000).earliestMs()).isEqualTo(TIME + 3_600_000 - 1 - 720);
        assertThat(bounds(3_600_000).latestMs()).isGreaterThanOrEqualTo(TIME + 3_600_000 + 1 + 720);
    }

    @Test
    void shouldForgetWhatContradictsANewerSample() {
        probe(1, 1_000, 2, 0);
        probe(1, 2_000, 2, -90_000);

        assertThat(bounds(2_000).earliestMs()).isEqualTo(TIME + 2_000 - 1 - 90_000);
        assertThat(bounds(2_000).latestMs()).isLessThan(TIME + 2_000 - 89_900);
    }

    @Test
    void shouldGoByTheSlowestBrokerThatAgreesWithTheMedian() {
        probe(1, 1_000, 2, 0);
        probe(2, 1_000, 2, -500);
        probe(3, 1_000, 2, 300);

        assertThat(bounds(1_000).earliestMs()).isEqualTo(TIME + 1_000 - 1 - 500);
        assertThat(bounds(1_000).spreadMs()).isBetween(790L, 800L);
    }

    @Test
    void shouldLeaveOutOneBrokerWithAWrongClock() {
        probe(1, 1_000, 2, 0);
        probe(2, 1_000, 2, -86_400_000);
        probe(3, 1_000, 2, 10);

        assertThat(bounds(1_000).earliestMs()).isEqualTo(TIME + 1_000 - 1);
        assertThat(bounds(1_000).spreadMs()).isGreaterThan(86_000_000);
    }

    @Test
    void shouldForgetABrokerThatIsGone() {
        probe(1, 1_000, 2, 0);
        probe(2, 1_000, 2, -500);

        clock.retain(Set.of(1));

        assertThat(bounds(1_000).earliestMs()).isEqualTo(TIME + 1_000 - 1);
    }
}
