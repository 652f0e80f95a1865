package dev.redrive.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** A wall clock that disagrees with the brokers'. */
class SteadyClockBrokersTest {

    private static final long START_MS = 1_800_000_000_000L;

    private long brokerMs = START_MS;
    private long wallMs = START_MS;
    private long nanos = 77;
    private final BrokerClock brokers = new BrokerClock(Duration.ofSeconds(2));
    private long pauseMs;
    private final SteadyClock clock = new SteadyClock(this::wall, () -> nanos);

    /** The wall clock, after whose reading the process pauses. */
    private long wall() {
        long read = wallMs;
        pass(pauseMs);
        return read;
    }

    private void pass(long ms) {
        brokerMs += ms;
        wallMs += ms;
        nanos += ms * 1_000_000;
    }

    private void measure() {
        long sentNanos = nanos;
        pass(1);
        long appendedMs = brokerMs;
        pass(1);
        brokers.sample(1, sentNanos, nanos, appendedMs);
        clock.measured(Objects.requireNonNull(brokers.bounds(nanos)));
    }

    @Test
    void shouldGiveTheWallClockWhereItAgreesWithTheBrokers() {
        measure();

        for (int i = 0; i < 100; i++) {
            pass(20);
            assertThat(clock.getAsLong()).isEqualTo(wallMs);
        }
        assertThat(clock.offsetMs()).isZero();
    }

    @Test
    void shouldTakeNoPauseOfTheProcessForAWrongClock() {
        measure();

        pauseMs = 5_000;

        assertThat(clock.offsetMs()).isZero();
    }

    @Test
    void shouldNeverBelieveAClockThatStaysAhead() {
        wallMs += 90_000;
        measure();

        for (int i = 0; i < 1_000; i++) {
            pass(20);
            assertThat(clock.getAsLong()).isBetween(brokerMs - 10, brokerMs);
        }
        assertThat(clock.offsetMs()).isBetween(89_980L, 90_000L);
    }

    @Test
    void shouldGoOnByTheBrokersTimeWhenTheClockStepsAheadAfterItWasMeasured() {
        measure();
        wallMs += 90_000;

        for (int i = 0; i < 300; i++) {
            pass(20);
            assertThat(clock.getAsLong()).isBetween(brokerMs - 10, brokerMs);
        }
        assertThat(clock.stepsForward()).isEqualTo(1);
        assertThat(clock.stepUnconfirmed()).isFalse();
    }

    @Test
    void shouldGoOnByTheBrokersTimeWhenTheClockStepsBack() {
        measure();
        wallMs -= 90_000;
        pass(20);

        assertThat(clock.getAsLong()).isBetween(brokerMs - 10, brokerMs);
        assertThat(clock.offsetMs()).isBetween(-90_000L, -89_980L);
        assertThat(clock.stepsBack()).isEqualTo(1);

        wallMs += 90_000;
        pass(20);
        assertThat(clock.getAsLong()).isBetween(brokerMs - 10, brokerMs);
        assertThat(clock.offsetMs()).isZero();
    }

    @Test
    void shouldBelieveOnlyWhatIsProvenOfATimeThatWasMeasuredRoughly() {
        long sentNanos = nanos;
        pass(400);
        long appendedMs = brokerMs - 400;
        pass(400);
        brokers.sample(1, sentNanos, nanos, appendedMs);
        clock.measured(Objects.requireNonNull(brokers.bounds(nanos)));

        assertThat(clock.getAsLong()).isEqualTo(appendedMs);
        assertThat(clock.offsetMs()).isZero();
    }

    @Test
    void shouldFollowTheBrokersAfterThisHostWasPaused() {
        measure();
        brokerMs += 600_000;
        wallMs += 600_000;
        long paused = clock.getAsLong();
        measure();

        assertThat(paused).isLessThan(brokerMs - 500_000);
        assertThat(clock.getAsLong()).isEqualTo(wallMs);
    }
}
