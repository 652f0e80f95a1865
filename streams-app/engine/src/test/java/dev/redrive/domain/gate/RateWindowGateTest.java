package dev.redrive.domain.gate;

import static dev.redrive.domain.gate.Asked.NOW;
import static org.assertj.core.api.Assertions.assertThat;

import dev.redrive.domain.user.RateWindow;
import dev.redrive.domain.user.RateWindow.CallLog;
import dev.redrive.domain.user.UserState;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RateWindowGateTest {

    private static Verdict ask(String service, RateWindow window) {
        UserState user = new UserState(
                UserState.NEW.concurrency(), UserState.NEW.quota(), Map.of(service, window), Map.of(), null, null, NOW);
        return Asked.gate(new RateWindowGate(), user);
    }

    @Test
    void shouldBeOpenWhileNothingIsKnownOfTheService() {
        RateWindow closed = RateWindow.told(null, null, null, NOW.plusSeconds(5), NOW);

        assertThat(Asked.gate(new RateWindowGate(), UserState.NEW)).isEqualTo(Verdict.open());
        assertThat(ask("video", closed)).isEqualTo(Verdict.open());
        assertThat(ask("music", closed)).isEqualTo(new Verdict.Closed(GateName.RATE_WINDOW, NOW.plusSeconds(5)));
    }

    @Test
    void shouldBeOpenFromTheEndOfTheWindowOn() {
        assertThat(ask("music", RateWindow.told(null, null, null, NOW, NOW.minusSeconds(5))))
                .isEqualTo(Verdict.open());
    }

    @Test
    void shouldBeClosedWhileAsManyCallsAsAreAllowedAreInTheWindow() {
        CallLog calls = new CallLog(
                List.of(NOW.plusSeconds(20).toEpochMilli(), NOW.plusSeconds(30).toEpochMilli()));

        assertThat(ask("music", new RateWindow(3, null, null, null, NOW, null, calls)))
                .isEqualTo(Verdict.open());
        assertThat(ask("music", new RateWindow(2, null, null, null, NOW, null, calls)))
                .isEqualTo(new Verdict.Closed(GateName.RATE_WINDOW, NOW.plusSeconds(20)));
    }

    @Test
    void shouldKeepTheDistanceBetweenRetriesAfterItOpened() {
        RateWindow paced = new RateWindow(10, null, null, null, NOW, NOW.plusMillis(150), CallLog.EMPTY);

        assertThat(ask("music", paced)).isEqualTo(new Verdict.Closed(GateName.RATE_WINDOW, NOW.plusMillis(150)));
    }
}
