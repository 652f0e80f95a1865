package dev.redrive.domain.gate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import dev.redrive.domain.event.JobRef;
import dev.redrive.domain.event.RetryDue;
import dev.redrive.domain.user.UserState;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class GatesTest {

    private static final Instant NOW = Instant.parse("2026-11-22T12:00:00Z");
    private static final RetryDue RETRY = new RetryDue(new JobRef("u", "j"), 2, NOW, "music", "song", null);
    private static final Gate OPEN = (retry, user, now) -> new Verdict.Open();

    private static Gate closed(String name) {
        return (retry, user, now) -> new Verdict.ClosedUntil(name, now.plusSeconds(5));
    }

    @Test
    void shouldLetGoWhenThereIsNoGate() {
        assertThat(Gates.none().mayGo(RETRY, UserState.NEW, NOW)).isEqualTo(new Verdict.Open());
    }

    @Test
    void shouldLetTheFirstClosedGateDecide() {
        Gate unasked = (retry, user, now) -> fail("a gate behind a closed one was asked");
        Gates gates = new Gates(List.of(OPEN, closed("first"), unasked));

        assertThat(gates.mayGo(RETRY, UserState.NEW, NOW))
                .isEqualTo(new Verdict.ClosedUntil("first", NOW.plusSeconds(5)));
    }

    @Test
    void shouldLetGoWhenAllGatesAreOpen() {
        assertThat(new Gates(List.of(OPEN, OPEN)).mayGo(RETRY, UserState.NEW, NOW))
                .isEqualTo(new Verdict.Open());
    }
}
