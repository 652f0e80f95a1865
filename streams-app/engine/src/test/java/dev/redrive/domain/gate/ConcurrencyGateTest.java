package dev.redrive.domain.gate;

import static dev.redrive.domain.gate.Asked.NOW;
import static org.assertj.core.api.Assertions.assertThat;

import dev.redrive.domain.user.Concurrency;
import dev.redrive.domain.user.Concurrency.Foreign;
import dev.redrive.domain.user.Concurrency.Reporting;
import dev.redrive.domain.user.UserState;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ConcurrencyGateTest {

    private static Verdict ask(int active, @Nullable Integer limit, @Nullable Foreign foreign) {
        Concurrency concurrency =
                new Concurrency(active, limit, NOW, null, null, foreign, null, null, Reporting.EXPECTED);
        UserState user = new UserState(concurrency, UserState.NEW.quota(), Map.of(), Map.of(), null, null, NOW);
        return Asked.gate(new ConcurrencyGate(), user);
    }

    @Test
    void shouldBeOpenWhileNoLimitIsKnown() {
        assertThat(ask(100, null, null)).isEqualTo(Verdict.open());
    }

    @Test
    void shouldBeOpenOnlyWhileASlotIsFree() {
        assertThat(ask(1, 2, null)).isEqualTo(Verdict.open());
        assertThat(ask(2, 2, null))
                .isEqualTo(new Verdict.Closed(GateName.CONCURRENCY, NOW.plusMillis(Gate.ASK_AGAIN_MS), Opening.SLOT));
        assertThat(ask(0, 0, null)).isInstanceOf(Verdict.Closed.class);
    }

    @Test
    void shouldCountJobsOfStrangersUntilBeliefInThemFades() {
        Foreign two = new Foreign(2, NOW, Duration.ofSeconds(4));

        assertThat(ask(1, 4, two)).isEqualTo(Verdict.open());
        assertThat(ask(1, 3, two))
                .isEqualTo(new Verdict.Closed(GateName.CONCURRENCY, NOW.plusSeconds(4), Opening.SLOT));
        assertThat(ask(1, 3, new Foreign(2, NOW.minusSeconds(4), Duration.ofSeconds(4))))
                .isEqualTo(Verdict.open());
    }
}
