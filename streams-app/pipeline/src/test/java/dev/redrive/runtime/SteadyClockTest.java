package dev.redrive.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SteadyClockTest {

    private static final long START_MS = 1_800_000_000_000L;

    private long wallMs = START_MS;
    private long nanos = 77;
    private final SteadyClock clock = new SteadyClock(() -> wallMs, () -> nanos);

    private void pass(long ms) {
        wallMs += ms;
        nanos += ms * 1_000_000;
    }

    @Test
    void shouldFollowTheWallClockWhileBothAgree() {
        for (int i = 0; i < 100; i++) {
            pass(20);
            assertThat(clock.getAsLong()).isEqualTo(wallMs);
        }
        assertThat(clock.stepsForward()).isZero();
    }

    @Test
    void shouldFollowAClockThatIsSlewed() {
        for (int i = 0; i < 100; i++) {
            pass(1_000);
            wallMs += 400;
            assertThat(clock.getAsLong()).isEqualTo(wallMs);
        }
    }

    @Test
    void shouldFollowAStepBackAtOnce() {
        pass(20);
        wallMs -= 3_600_000;

        assertThat(clock.getAsLong()).isEqualTo(wallMs);
        pass(20);
        assertThat(clock.getAsLong()).isEqualTo(wallMs);
        assertThat(clock.stepsForward()).isZero();
    }

    @Test
    void shouldNotBelieveAStepAheadUntilItHasLasted() {
        long before = clock.getAsLong();
        wallMs += 3_600_000;

        assertThat(clock.getAsLong()).isEqualTo(before);
        pass(4_999);
        assertThat(clock.getAsLong()).isEqualTo(before + 4_999);
        pass(1);
        assertThat(clock.getAsLong()).isEqualTo(wallMs);
        assertThat(clock.stepsForward()).isEqualTo(1);
    }

    @Test
    void shouldReleaseNothingEarlyWhenTheClockJumpsAheadAndBack() {
        for (int glitch = 0; glitch < 3; glitch++) {
            long before = clock.getAsLong();
            wallMs += 86_400_000;
            for (int i = 1; i <= 200; i++) {
                pass(20);
                assertThat(clock.getAsLong()).isEqualTo(before + i * 20L);
            }
            wallMs -= 86_400_000;
            assertThat(clock.getAsLong()).isEqualTo(wallMs);
            pass(20);
        }
        assertThat(clock.stepsForward()).isEqualTo(3);
    }

    @Test
    void shouldBeginTheConfirmationAnewAfterTheClockWasBack() {
        wallMs += 60_000;
        clock.getAsLong();
        pass(4_000);
        wallMs -= 60_000;
        clock.getAsLong();
        pass(20);
        long before = clock.getAsLong();

        wallMs += 60_000;
        clock.getAsLong();
        pass(4_000);
        assertThat(clock.getAsLong()).isEqualTo(before + 4_000);
    }
}
