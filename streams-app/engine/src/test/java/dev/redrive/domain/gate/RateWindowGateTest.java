package dev.redrive.domain.gate;

import static dev.redrive.domain.gate.Asked.NOW;
import static org.assertj.core.api.Assertions.assertThat;

import dev.redrive.domain.user.LimitEstimate;
import dev.redrive.domain.user.RateWindow;
import dev.redrive.domain.user.RateWindow.CallLog;
import dev.redrive.domain.user.UserState;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class RateWindowGateTest {

    private static Verdict ask(String service, RateWindow window) {
        UserState user = new UserState(
                UserState.NEW.concurrency(), UserState.NEW.quota(), Map.of(service, window), Map.of(), null, null, NOW);
        return Asked.gate(new RateWindowGate(), user);
    }

    private static RateWindow window(int limit, @Nullable Instant pacedUntil, CallLog calls) {
        LimitEstimate reported = LimitEstimate.of(limit, NOW, LimitEstimate.Source.REPORTED);
        return new RateWindow(reported, null, null, null, NOW, pacedUntil, calls, null, 0);
    }

    @Test
    void shouldBeOpenWhileNothingIsKnownOfTheService() {
        RateWindow closed = RateWindow.reported(null, null, null, NOW.plusSeconds(5), NOW);

        assertThat(Asked.gate(new RateWindowGate(), UserState.NEW)).isEqualTo(Verdict.open());
        assertThat(ask("video", closed)).isEqualTo(Verdict.open());
        assertThat(ask("music", closed)).isEqualTo(new Verdict.Closed(GateName.RATE_WINDOW, NOW.plusSeconds(5)));
    }

    @Test
    void shouldBeOpenFromTheEndOfTheWindowOn() {
        assertThat(ask("music", RateWindow.reported(null, null, null, NOW, NOW.minusSeconds(5))))
                .isEqualTo(Verdict.open());
    }

    @Test
    void shouldBeClosedWhileAsManyCallsAsAreAllowedAreInTheWindow() {
        CallLog calls = new CallLog(
                List.of(NOW.plusSeconds(20).toEpochMilli(), NOW.plusSeconds(30).toEpochMilli()));

        assertThat(ask("music", window(3, null, calls))).isEqualTo(Verdict.open());
        assertThat(ask("music", window(2, null, calls)))
                .isEqualTo(new Verdict.Closed(GateName.RATE_WINDOW, NOW.plusSeconds(20)));
    }

    @Test
    void shouldKeepTheDistanceBetweenRetriesAfterItOpened() {
        RateWindow paced = window(10, NOW.plusMillis(150), CallLog.EMPTY);

        assertThat(ask("music", paced)).isEqualTo(new Verdict.Closed(GateName.RATE_WINDOW, NOW.plusMillis(150)));
    }
}
