package dev.redrive.domain.user;

import static org.assertj.core.api.Assertions.assertThat;

import dev.redrive.domain.user.RateWindow.CallLog;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class RateWindowTest {

    private static final Instant NOW = Instant.parse("2026-11-22T12:00:00Z");
    private static final Duration WINDOW = Duration.ofMinutes(1);

    private static RateWindow window(int limit) {
        return RateWindow.reported(limit, null, null, null, NOW);
    }

    @Test
    void shouldBeOpenUntilAsManyCallsAsItAllowsAreInIt() {
        RateWindow window = window(3);
        for (int i = 0; i < 3; i++) {
            Instant now = NOW.plusSeconds(i);
            assertThat(window.opensAt(now)).isEqualTo(now);
            window = window.released("j", now, WINDOW);
        }

        assertThat(window.opensAt(NOW.plusSeconds(3))).isEqualTo(NOW.plusMillis(60_600));
        assertThat(window.opensAt(NOW.plusMillis(60_600))).isEqualTo(NOW.plusMillis(60_600));
    }

    @Test
    void shouldCountCallsThatRedriveDidNotReleaseAndNoneThatHaveLeft() {
        RateWindow window = window(1).called(NOW.minusSeconds(61), WINDOW, NOW);
        assertThat(window.opensAt(NOW)).isEqualTo(NOW);
        window = window.called(NOW.minusSeconds(10), WINDOW, NOW);
        assertThat(window.opensAt(NOW)).isEqualTo(NOW.plusSeconds(50));
    }

    @Test
    void shouldBeFullAfterARefusalAndOpenOneCallAfterTheOther() {
        Instant opensAt = NOW.plusSeconds(20);
        RateWindow window = RateWindow.reported(4, 0, null, opensAt, NOW).refused(false, WINDOW, NOW);

        assertThat(window.calls().inWindow(NOW)).isEqualTo(4);
        assertThat(window.opensAt(NOW)).isEqualTo(opensAt);
        assertThat(window.opensAt(opensAt)).isEqualTo(opensAt);
        RateWindow once = window.released("j", opensAt, WINDOW);
        assertThat(once.opensAt(opensAt)).isEqualTo(opensAt.plusSeconds(15));
    }

    @Test
    void shouldNotCountTheRefusedAttemptItself() {
        RateWindow released = window(4).released("j", NOW, WINDOW);
        Instant opensAt = NOW.plusSeconds(5);
        RateWindow told =
                RateWindow.reported(4, null, null, opensAt, NOW.plusSeconds(1)).after(released);

        RateWindow counted = told.refused(true, WINDOW, NOW.plusSeconds(1));

        assertThat(counted.calls().inWindow(NOW)).isEqualTo(4);
        assertThat(counted.calls().leavesAtMs())
                .doesNotContain(NOW.plusMillis(60_600).toEpochMilli());
        RateWindow uncounted = told.refused(false, WINDOW, NOW.plusSeconds(1));
        assertThat(uncounted.calls().leavesAtMs())
                .contains(NOW.plusMillis(60_600).toEpochMilli());
    }

    @Test
    void shouldSpreadRetriesForOneWindowAfterItOpened() {
        Instant opensAt = NOW.plusSeconds(20);
        RateWindow window = RateWindow.reported(10, null, null, opensAt, NOW);

        RateWindow once = window.released("j", opensAt, WINDOW);
        assertThat(once.opensAt(opensAt)).isEqualTo(opensAt.plusMillis(1_500));
        Instant later = opensAt.plus(WINDOW);
        assertThat(window.released("j", later, WINDOW).opensAt(later)).isEqualTo(later);
    }

    @Test
    void shouldCountFromWhatTheApiSaysRemains() {
        RateWindow window =
                RateWindow.reported(10, 9, NOW.plusSeconds(30), null, NOW).counted(WINDOW, NOW);
        assertThat(window.calls().inWindow(NOW)).isEqualTo(1);
        assertThat(window.calls().leavesAtMs())
                .containsExactly(NOW.plusSeconds(30).toEpochMilli());
        assertThat(RateWindow.reported(10, 10, null, null, NOW)
                        .counted(WINDOW, NOW)
                        .calls())
                .isEqualTo(CallLog.EMPTY);
    }

    @Test
    void shouldKeepWhatASilentResponseDoesNotTell() {
        RateWindow known =
                RateWindow.reported(10, 0, null, NOW.plusSeconds(9), NOW).released("j", NOW, WINDOW);
        RateWindow silent =
                RateWindow.reported(null, null, null, null, NOW.plusSeconds(1)).after(known);
        assertThat(Objects.requireNonNull(silent.limit()).value()).isEqualTo(10);
        assertThat(silent.closedUntil()).isEqualTo(NOW.plusSeconds(9));
        assertThat(silent.calls()).isEqualTo(known.calls());
        RateWindow open =
                RateWindow.reported(null, 5, null, null, NOW.plusSeconds(1)).after(known);
        assertThat(open.closedUntil()).isNull();
    }

    @Test
    void shouldNotTrackAWindowThatAllowsMoreThanIsRemembered() {
        RateWindow wide = window(CallLog.MAX_CALLS + 1).released("j", NOW, WINDOW);
        assertThat(wide.calls()).isEqualTo(CallLog.EMPTY);
        assertThat(wide.opensAt(NOW)).isEqualTo(NOW);
    }

    @Test
    void shouldRememberTheLatestCallsInOrder() {
        CallLog log = CallLog.EMPTY;
        for (int i = 0; i < 300; i++) {
            log = log.plus(NOW.plusMillis(1 + i * 7 % 300), NOW);
        }
        assertThat(log.leavesAtMs()).hasSize(CallLog.MAX_CALLS).isSorted();
        assertThat(log.leavesAtMs().get(255)).isEqualTo(NOW.plusMillis(300).toEpochMilli());
        assertThat(log.plus(NOW.plusSeconds(9), NOW.plusMillis(300)).leavesAtMs())
                .isEqualTo(List.of(NOW.plusSeconds(9).toEpochMilli()));
        assertThat(CallLog.EMPTY.minusLatest()).isEqualTo(CallLog.EMPTY);
    }

    @Test
    void shouldNotTrackALimitOfZeroFromTheStateOfAFormerVersion() {
        LimitEstimate zero = LimitEstimate.of(0, NOW, LimitEstimate.Source.REPORTED);
        RateWindow window = new RateWindow(zero, null, null, null, NOW, null, CallLog.EMPTY, null, 0);

        assertThat(window.opensAt(NOW)).isEqualTo(NOW);
        assertThat(window.released("j", NOW, WINDOW)).isEqualTo(window);
    }

    @Test
    void shouldNotTestALimitBeyondTheCallsThatAreKept() {
        LimitEstimate most =
                new LimitEstimate(CallLog.MAX_CALLS, NOW, LimitEstimate.Source.OBSERVED, 1_000, 0, 0, null, 0, null);
        CallLog full = CallLog.EMPTY.filled(CallLog.MAX_CALLS, NOW.plusSeconds(30), WINDOW, NOW);

        RateWindow window = new RateWindow(most, null, null, null, NOW, null, full, NOW.minusSeconds(90), 0);

        assertThat(window.opensAt(NOW)).isEqualTo(NOW.plusSeconds(30));
    }
}
