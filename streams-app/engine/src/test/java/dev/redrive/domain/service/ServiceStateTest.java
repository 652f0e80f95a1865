package dev.redrive.domain.service;

import static org.assertj.core.api.Assertions.assertThat;

import dev.redrive.domain.service.Health.Broken;
import dev.redrive.domain.service.Health.Probing;
import dev.redrive.domain.service.Health.Recovering;
import dev.redrive.domain.service.Health.Sound;
import dev.redrive.domain.user.Occupancy;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ServiceStateTest {

    private static final Instant NOW = Instant.parse("2026-11-22T12:00:00Z");

    private static ServiceState broken() {
        ServiceState state = ServiceState.NEW;
        for (int i = 0; i < 4; i++) {
            state = state.failed(true, NOW, NOW);
        }
        return state;
    }

    private static ServiceState recovering() {
        Instant probedAt = NOW.plusSeconds(1);
        return broken().released(probedAt).answered(probedAt.plusMillis(1), probedAt.plusMillis(1));
    }

    @Test
    void shouldBreakWhenHalfOfTheBudgetIsSpent() {
        ServiceState state = ServiceState.NEW;
        for (int i = 0; i < 2; i++) {
            state = state.failed(true, NOW, NOW);
            assertThat(state.health()).isInstanceOf(Sound.class);
            assertThat(state.opensAt(NOW)).isEqualTo(NOW);
            assertThat(state.unsoundSince()).isNull();
        }
        state = state.failed(true, NOW, NOW);

        assertThat(state.health()).isEqualTo(new Broken(NOW, NOW.plusSeconds(1), 1));
        assertThat(state.unsoundSince()).isEqualTo(NOW);
    }

    @Test
    void shouldNotBreakWhileTrafficEarnsWhatFailuresCost() {
        ServiceState state = ServiceState.NEW;
        for (int i = 0; i < 1_000; i++) {
            state = state.began(NOW).began(NOW).began(NOW).began(NOW).began(NOW).failed(true, NOW, NOW);
        }

        assertThat(state.health()).isInstanceOf(Sound.class);
    }

    @Test
    void shouldNotEarnBeyondAFullBudgetNorChargeWhatWasNotSeenToBegin() {
        assertThat(ServiceState.NEW.began(NOW)).isSameAs(ServiceState.NEW);
        assertThat(ServiceState.NEW.failed(false, NOW, NOW)).isSameAs(ServiceState.NEW);
        ServiceState once = ServiceState.NEW.failed(true, NOW, NOW);
        assertThat(once.began(NOW).began(NOW).began(NOW).began(NOW).began(NOW).health())
                .isEqualTo(Health.SOUND);
        assertThat(once.released(NOW).health()).isEqualTo(new Sound(Health.FULL - Health.COST + Health.EARNED));
    }

    @Test
    void shouldLetOneProbeGoAndNoOtherUntilItIsDecided() {
        Instant probedAt = NOW.plusSeconds(1);
        ServiceState state = broken().released(probedAt);

        assertThat(state.health()).isEqualTo(new Probing(NOW, probedAt, 1));
        assertThat(state.opensAt(probedAt)).isEqualTo(probedAt.plusSeconds(3));
        assertThat(state.answered(probedAt, probedAt))
                .as("news of before the probe")
                .isSameAs(state);
        assertThat(state.failed(true, probedAt, probedAt))
                .as("news of before the probe")
                .isSameAs(state);
    }

    @Test
    void shouldProbeLessOftenWithEachThatFailsButEveryThirtySecondsAtLeast() {
        ServiceState state = broken();
        Instant now = NOW;
        List<Long> rests = new ArrayList<>();
        for (int probe = 0; probe < 8; probe++) {
            rests.add(Duration.between(now, state.opensAt(now)).toSeconds());
            Instant probedAt = state.opensAt(now);
            now = probedAt.plusMillis(10);
            state = state.released(probedAt).failed(true, now, now);
        }

        assertThat(rests).containsExactly(1L, 2L, 4L, 8L, 16L, 30L, 30L, 30L);
        assertThat(state.unsoundSince()).isEqualTo(NOW);
    }

    @Test
    void shouldRecoverWhenTheProbeIsAnsweredOrNothingBadIsHeard() {
        Instant probedAt = NOW.plusSeconds(1);
        assertThat(recovering().health()).isInstanceOf(Recovering.class);
        assertThat(recovering().unsoundSince()).isEqualTo(NOW);
        ServiceState silent = broken().released(probedAt).released(probedAt.plusSeconds(3));
        assertThat(silent.health()).isInstanceOf(Recovering.class);
    }

    @Test
    void shouldLetTwiceAsManyGoWithEachSecondOfTheRecoveryUntilItIsSound() {
        ServiceState state = recovering();
        Instant from = ((Recovering) state.health()).from();
        List<Integer> released = new ArrayList<>();
        for (int second = 0; second < 4; second++) {
            Instant now = from.plusSeconds(second);
            int count = 0;
            while (!state.opensAt(now).isAfter(now)) {
                state = state.released(now);
                count++;
            }
            assertThat(state.opensAt(now)).isEqualTo(now.plusSeconds(1));
            released.add(count);
        }

        assertThat(released).containsExactly(8, 16, 32, 64);
        assertThat(state.released(from.plusSeconds(9)).health()).isInstanceOf(Recovering.class);
        assertThat(state.released(from.plusSeconds(10)).health()).isEqualTo(Health.SOUND);
    }

    @Test
    void shouldBreakAgainWhenTheRecoveryFails() {
        ServiceState state = recovering();
        Instant before = ((Recovering) state.health()).from();
        assertThat(state.failed(true, before, before))
                .as("an attempt of before")
                .isSameAs(state);
        assertThat(state.failed(false, before.plusMillis(1), before)).isSameAs(state);
        Instant now = before.plusSeconds(1);
        for (int i = 0; i < 3; i++) {
            state = state.failed(true, now, now);
        }

        assertThat(state.health()).isEqualTo(new Broken(NOW, now.plusSeconds(2), 2));
    }

    @Test
    void shouldNotHearOfTheOutageWhileNoProbeIsUnderWay() {
        assertThat(broken().failed(true, NOW.plusSeconds(1), NOW)).isEqualTo(broken());
        assertThat(broken().answered(NOW.plusSeconds(1), NOW)).isEqualTo(broken());
    }

    @Test
    void shouldFollowWhatUsersTeachByAPart() {
        ServiceState state = ServiceState.NEW.taught(Occupancy.of(8_000), NOW);
        assertThat(ServiceState.NEW.prior()).isEqualTo(Occupancy.FIRST);
        assertThat(state.prior()).isEqualTo(Occupancy.of(8_000));
        assertThat(state.taught(Occupancy.of(16_000), NOW).prior()).isEqualTo(Occupancy.of(9_000));
    }
}
