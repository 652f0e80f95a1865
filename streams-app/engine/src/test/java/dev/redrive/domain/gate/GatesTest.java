package dev.redrive.domain.gate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import dev.redrive.domain.service.ServiceState;
import dev.redrive.domain.user.UserState;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class GatesTest {

    private static final Instant NOW = Instant.parse("2026-11-22T12:00:00Z");
    private static final Gate OPEN = (service, user, health, now) -> Verdict.open();
    private static final Verdict.Closed CLOSED = new Verdict.Closed(GateName.QUOTA, NOW.plusSeconds(5));

    private static Verdict ask(Gate... gates) {
        return new Gates(List.of(gates)).evaluate("music", UserState.NEW, ServiceState.NEW, NOW);
    }

    @Test
    void shouldLetGoWhenThereIsNoGate() {
        assertThat(ask()).isEqualTo(Verdict.open());
    }

    @Test
    void shouldLetTheFirstClosedGateDecide() {
        Gate unasked = (service, user, health, now) -> fail("a gate behind a closed one was asked");

        assertThat(ask(OPEN, (service, user, health, now) -> CLOSED, unasked)).isEqualTo(CLOSED);
    }

    @Test
    void shouldLetGoWhenAllGatesAreOpen() {
        assertThat(ask(OPEN, OPEN)).isEqualTo(Verdict.open());
    }
}
