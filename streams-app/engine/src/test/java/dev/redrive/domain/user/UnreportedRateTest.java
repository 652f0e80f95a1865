package dev.redrive.domain.user;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** Rate windows of an API that reports no limit with its refusals. */
class UnreportedRateTest {

    private static final Instant NOW = Instant.parse("2026-11-22T12:00:00Z");
    private static final Duration WINDOW = Duration.ofMinutes(1);

    private static RateWindow refused(RateWindow window, String jobId, Instant at) {
        return window.refusedSilently(new RateWindow.Refusal(jobId, true, true, null, at), WINDOW, at);
    }

    private static RateWindow first() {
        RateWindow.Refusal refusal = new RateWindow.Refusal("first", false, false, null, NOW);
        return RateWindow.unknown(NOW).refusedSilently(refusal, WINDOW, NOW);
    }

    @Test
    void shouldReleaseNothingForAWindowAfterTheFirstRefusalAndThenSingleCallsAtHalvesOfIt() {
        RateWindow window = first();
        Instant now = NOW;
        List<Duration> waits = new ArrayList<>();
        for (int call = 0; call < 4; call++) {
            Instant opensAt = window.opensAt(now);
            waits.add(Duration.between(now, opensAt));
            now = opensAt;
            window = refused(window.released("j" + call, now, WINDOW), "j" + call, now);
        }

        assertThat(window.limit()).isNull();
        assertThat(waits).containsExactly(WINDOW, WINDOW.dividedBy(2), WINDOW.dividedBy(2), WINDOW.dividedBy(2));
    }

    @Test
    void shouldWaitAsTheResponseDemandsWhereItDoes() {
        RateWindow.Refusal refusal = new RateWindow.Refusal("first", false, false, NOW.plusSeconds(33), NOW);

        RateWindow window = RateWindow.unknown(NOW).refusedSilently(refusal, WINDOW, NOW);

        assertThat(window.opensAt(NOW)).isEqualTo(NOW.plusSeconds(33));
    }

    @Test
    void shouldTakeTheNumberOfKnownCallsOfAWholeWindowForTheLimit() {
        // Given five calls, one of the batch system
        RateWindow window = first();
        Instant now = NOW.plusSeconds(10);
        window = window.called(now, WINDOW, now);
        for (int call = 0; call < 4; call++) {
            now = now.plusSeconds(10);
            window = window.released("j" + call, now, WINDOW);
        }

        // When one is refused before, and one after all calls of a window are known
        Instant early = NOW.plusSeconds(59);
        RateWindow incomplete = refused(window.released("refused", early, WINDOW), "refused", early);
        Instant late = NOW.plusSeconds(61);
        RateWindow complete = refused(window.released("refused", late, WINDOW), "refused", late);

        // Then
        assertThat(incomplete.limit()).isNull();
        assertThat(Objects.requireNonNull(complete.limit()))
                .isEqualTo(LimitEstimate.of(5, late, LimitEstimate.Source.OBSERVED));
        assertThat(complete.opensAt(late)).isEqualTo(NOW.plusSeconds(70));
    }

    @Test
    void shouldKeepADistanceBetweenCallsForTwoWindowsAfterARefusalAndNoLongerWhereNoneFollows() {
        RateWindow window = first();
        Instant second = NOW.plus(WINDOW);

        RateWindow careful = window.released("j", second, WINDOW);
        RateWindow free = careful.released("k", second.plus(WINDOW), WINDOW);

        assertThat(careful.opensAt(second)).isEqualTo(second.plusSeconds(1));
        assertThat(free.opensAt(second.plus(WINDOW))).isEqualTo(second.plus(WINDOW));
    }

    @Test
    void shouldLearnNoLimitFromMoreCallsThanAreRemembered() {
        RateWindow window = first();
        Instant now = NOW.plus(WINDOW);
        for (int call = 0; call < 300; call++) {
            now = now.plusMillis(10);
            window = window.released("j" + call, now, WINDOW);
        }

        RateWindow refused = refused(window.released("refused", now, WINDOW), "refused", now);

        assertThat(refused.limit()).isNull();
        assertThat(refused.opensAt(now))
                .as("calls leave the window all the time")
                .isEqualTo(now.plusSeconds(1));
    }

    @Property(tries = 60)
    void shouldReleaseNoMoreThanTheLearnedLimitInAnyWindowButForTests(@ForAll @IntRange(min = 2, max = 20) int limit) {
        // Given
        RateWindow window = first();
        Instant now = NOW;
        List<Instant> released = new ArrayList<>();
        List<Instant> accepted = new ArrayList<>();
        int counted = 0;
        int refused = 0;
        boolean learned = false;

        // When
        for (int call = 0; call < 1_500; call++) {
            Instant opensAt = window.opensAt(now);
            now = opensAt.isAfter(now) ? opensAt : now;
            boolean known = learned;
            boolean due = tests(window, now);
            int value = window.limit() == null ? 0 : window.limit().value();
            released.add(now);
            if (learned) {
                assertThat(within(released, now)).isLessThanOrEqualTo(due ? value + 1 : value);
                counted++;
            }
            window = window.released("j" + call, now, WINDOW);
            now = now.plusMillis(200);
            if (within(accepted, now) < limit) {
                accepted.add(now);
            } else {
                refused += known ? 1 : 0;
                released.remove(released.size() - 1);
                window = refused(window, "j" + call, now);
            }
            learned = window.limit() != null;
        }

        // Then
        assertThat(learned).isTrue();
        assertThat(Objects.requireNonNull(window.limit()).value()).isBetween(limit - 1, limit);
        assertThat(refused).isLessThanOrEqualTo(counted * 4 / 100);
    }

    @Test
    void shouldLearnNoLimitFromRefusalsThatShowNotHowManyCallsWereMade() {
        // Given a user with one known call in a window that is tracked for long
        Instant now = NOW.plus(WINDOW.multipliedBy(2));
        RateWindow window = first().released("known", now, WINDOW);
        Instant later = now.plusSeconds(5);

        // When an attempt of the batch system is refused, or a retry with the instant of the next call
        RateWindow others = window.refusedSilently(
                new RateWindow.Refusal("first", false, false, later.plusSeconds(3), later), WINDOW, later);
        RateWindow unhinted =
                window.refusedSilently(new RateWindow.Refusal("first", false, false, null, later), WINDOW, later);
        RateWindow hinted = window.released("j", later, WINDOW)
                .refusedSilently(new RateWindow.Refusal("j", true, true, later.plusSeconds(3), later), WINDOW, later);

        // Then
        assertThat(others.limit()).isNull();
        assertThat(unhinted.limit()).isNull();
        assertThat(hinted.limit()).isNull();
        assertThat(hinted.opensAt(later)).isEqualTo(later.plusSeconds(3));
    }

    private static boolean tests(RateWindow window, Instant now) {
        return window.limit() != null && window.limit().testDue(now);
    }

    private static int within(List<Instant> calls, Instant now) {
        int count = 0;
        for (int i = calls.size() - 1; i >= 0 && calls.get(i).plus(WINDOW).isAfter(now); i--) {
            count++;
        }
        return count;
    }

    @Test
    void shouldRaiseTheLimitWhenATestIsNotRefusedForThreeSeconds() {
        LimitEstimate due = new LimitEstimate(1, NOW, LimitEstimate.Source.GUESSED, 1, 0, 0, null, 0, null);
        long leavesMs = NOW.plusSeconds(30).toEpochMilli();
        RateWindow full = new RateWindow(
                due, null, null, null, NOW, null, new RateWindow.CallLog(List.of(leavesMs)), NOW.minusSeconds(90), 0);

        RateWindow tested = full.released("test", NOW, WINDOW);

        assertThat(full.opensAt(NOW)).isEqualTo(NOW);
        assertThat(tested.opensAt(NOW)).isAfter(NOW);
        RateWindow later = tested.released("next", NOW.plusSeconds(31), WINDOW);
        assertThat(Objects.requireNonNull(later.limit()).value()).isEqualTo(2);
        RateWindow refused = refused(tested, "test", NOW.plusSeconds(1));
        assertThat(Objects.requireNonNull(refused.released("next", NOW.plusSeconds(31), WINDOW)
                                .limit())
                        .value())
                .isEqualTo(1);
    }
}
