package dev.redrive.domain.gate;

import static dev.redrive.domain.gate.Asked.NOW;
import static org.assertj.core.api.Assertions.assertThat;

import dev.redrive.domain.service.Health;
import dev.redrive.domain.service.Health.Broken;
import dev.redrive.domain.service.Health.Probing;
import dev.redrive.domain.service.Health.Recovering;
import dev.redrive.domain.service.ServiceState;
import org.junit.jupiter.api.Test;

class ServiceHealthGateTest {

    private static Verdict ask(Health health) {
        return Asked.gate(new ServiceHealthGate(), new ServiceState(health, null, 0, 1, NOW));
    }

    @Test
    void shouldBeOpenWhileTheServiceIsSound() {
        assertThat(ask(Health.SOUND)).isEqualTo(Verdict.open());
        assertThat(ask(new Health.Sound(1))).isEqualTo(Verdict.open());
    }

    @Test
    void shouldBeClosedUntilAProbeMayGo() {
        assertThat(ask(new Broken(NOW, NOW.plusSeconds(4), 2)))
                .isEqualTo(new Verdict.Closed(GateName.SERVICE_HEALTH, NOW.plusSeconds(4), Opening.PROBE));
        assertThat(ask(new Broken(NOW.minusSeconds(4), NOW, 2))).isEqualTo(Verdict.open());
    }

    @Test
    void shouldLetNoOtherGoUntilTheProbeIsDecided() {
        assertThat(ask(new Probing(NOW.minusSeconds(9), NOW.minusSeconds(1), 1)))
                .isEqualTo(new Verdict.Closed(GateName.SERVICE_HEALTH, NOW.plusSeconds(2), Opening.PROBE));
        assertThat(ask(new Probing(NOW.minusSeconds(9), NOW.minusSeconds(3), 1)))
                .isEqualTo(Verdict.open());
    }

    @Test
    void shouldLetMoreGoInEverySecondOfARecovery() {
        assertThat(ask(new Recovering(NOW, NOW, 0, 7, 5_000, 1))).isEqualTo(Verdict.open());
        assertThat(ask(new Recovering(NOW, NOW, 0, 8, 5_000, 1)))
                .isEqualTo(new Verdict.Closed(GateName.SERVICE_HEALTH, NOW.plusSeconds(1), Opening.RECOVERY));
        assertThat(ask(new Recovering(NOW, NOW.minusSeconds(1), 0, 8, 5_000, 1)))
                .isEqualTo(Verdict.open());
        assertThat(ask(new Recovering(NOW, NOW.minusSeconds(1), 1, 15, 5_000, 1)))
                .isEqualTo(Verdict.open());
        assertThat(ask(new Recovering(NOW, NOW.minusSeconds(1), 1, 16, 5_000, 1)))
                .isInstanceOf(Verdict.Closed.class);
    }
}
