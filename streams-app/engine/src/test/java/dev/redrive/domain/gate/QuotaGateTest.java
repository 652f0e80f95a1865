package dev.redrive.domain.gate;

import static dev.redrive.domain.gate.Asked.NOW;
import static org.assertj.core.api.Assertions.assertThat;

import dev.redrive.domain.user.Quota;
import dev.redrive.domain.user.Quota.Status;
import dev.redrive.domain.user.UserState;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class QuotaGateTest {

    private static Verdict ask(Status status, @Nullable Instant resetAt, @Nullable Instant reopenedAt, int released) {
        Quota quota = new Quota(status, null, NOW, resetAt, null, NOW, reopenedAt, released, 0, null, 0);
        UserState user = new UserState(UserState.NEW.concurrency(), quota, Map.of(), Map.of(), null, null, NOW);
        return Asked.gate(new QuotaGate(), user);
    }

    @Test
    void shouldBeOpenWhileTheAllowanceLasts() {
        assertThat(Asked.gate(new QuotaGate(), UserState.NEW)).isEqualTo(Verdict.open());
    }

    @Test
    void shouldBeClosedUntilTheKnownReset() {
        Instant resetAt = NOW.plusSeconds(3_600);

        assertThat(ask(Status.EXHAUSTED, resetAt, null, 0))
                .isEqualTo(new Verdict.Closed(GateName.QUOTA, resetAt, Opening.RESET));
        assertThat(ask(Status.EXHAUSTED, NOW, null, 0)).isEqualTo(Verdict.open());
    }

    @Test
    void shouldOpenForAProbeAfterAMinuteWhereNothingShowsWhenItOpens() {
        assertThat(ask(Status.SPEND_CAPPED, null, null, 0))
                .isEqualTo(new Verdict.Closed(GateName.QUOTA, NOW.plusSeconds(60), Opening.ACCOUNT_CHANGE));
        assertThat(spent(NOW.minusSeconds(60), null, 0)).isEqualTo(Verdict.open());
    }

    @Test
    void shouldBlockAllOthersUntilTheResultOfTheProbe() {
        assertThat(spent(NOW.minusSeconds(60), NOW, 1))
                .isEqualTo(new Verdict.Closed(GateName.QUOTA, NOW.plusSeconds(10), Opening.PROBE));
        assertThat(spent(NOW.minusSeconds(70), NOW.minusSeconds(10), 1)).isEqualTo(Verdict.open());
    }

    private static Verdict spent(Instant since, @Nullable Instant probedAt, int probes) {
        Quota quota = new Quota(Status.EXHAUSTED, null, since, null, null, since, null, 0, probes, probedAt, 0);
        UserState user = new UserState(UserState.NEW.concurrency(), quota, Map.of(), Map.of(), null, null, NOW);
        return Asked.gate(new QuotaGate(), user);
    }

    @Test
    void shouldRampUpAfterItReopened() {
        assertThat(ask(Status.AVAILABLE, null, NOW, 1)).isEqualTo(Verdict.open());
        assertThat(ask(Status.AVAILABLE, null, NOW, 2))
                .isEqualTo(new Verdict.Closed(GateName.QUOTA, NOW.plusSeconds(1)));
        assertThat(ask(Status.AVAILABLE, null, NOW.minusSeconds(10), 1_000_000)).isEqualTo(Verdict.open());
    }
}
