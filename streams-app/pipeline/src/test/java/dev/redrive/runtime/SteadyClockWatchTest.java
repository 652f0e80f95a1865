package dev.redrive.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SteadyClockWatchTest {

    private long wallMs = 1_000_000;
    private long nanos = 5;
    private final SteadyClock clock = new SteadyClock(() -> wallMs, () -> nanos);

    @Test
    void shouldDoubtAStepForwardUntilItHasLasted() {
        pass(20);
        wallMs += 60_000;
        clock.getAsLong();
        boolean stepUnconfirmed = clock.stepUnconfirmed();
        long skewMs = clock.skewMs();
        pass(5_000);
        clock.getAsLong();

        assertThat(stepUnconfirmed).isTrue();
        assertThat(skewMs).isEqualTo(60_000);
        assertThat(clock.stepUnconfirmed()).isFalse();
        assertThat(clock.skewMs()).isZero();
        assertThat(clock.stepsForward()).isEqualTo(1);
        assertThat(clock.stepsBack()).isZero();
    }

    @Test
    void shouldCountAStepBackOnceAndNoDrift() {
        pass(1_000);
        clock.getAsLong();
        wallMs -= 60_000;
        clock.getAsLong();
        pass(1_000);
        wallMs -= 400;
        clock.getAsLong();

        assertThat(clock.stepsBack()).isEqualTo(1);
        assertThat(clock.stepsForward()).isZero();
        assertThat(clock.stepUnconfirmed()).isFalse();
    }

    private void pass(long ms) {
        wallMs += ms;
        nanos += ms * 1_000_000;
    }
}
