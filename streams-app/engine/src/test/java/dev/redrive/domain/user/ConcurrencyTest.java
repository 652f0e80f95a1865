package dev.redrive.domain.user;

import static org.assertj.core.api.Assertions.assertThat;

import dev.redrive.domain.user.Concurrency.Refusal;
import dev.redrive.domain.user.Concurrency.Reporting;
import dev.redrive.domain.user.LimitEstimate.Source;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ConcurrencyTest {

    private static final Instant NOW = Instant.parse("2026-11-22T12:00:00Z");
    private static final JobLengths TEN_SECONDS = JobLengths.ofMedian(Duration.ofSeconds(10));

    /** Of a user whose ends of jobs are reported. */
    private static final Concurrency KNOWN = Concurrency.UNKNOWN.reported(false);

    private static Concurrency known(int active, LimitEstimate limit) {
        return new Concurrency(active, limit, null, null, null, 0, null, Slots.NONE, Reporting.EXPECTED);
    }

    private static Concurrency refused(Concurrency before, @Nullable Integer told, @Nullable Instant releasedAt) {
        return before.refused(new Refusal("refused", told, releasedAt, NOW), TEN_SECONDS, NOW);
    }

    private static LimitEstimate limit(Concurrency concurrency) {
        return Objects.requireNonNull(concurrency.limit());
    }

    private static boolean open(Concurrency concurrency) {
        Instant at = concurrency.opensAt(0.85, true, TEN_SECONDS, NOW);
        return at != null && !at.isAfter(NOW);
    }

    @Test
    void shouldBelieveInStrangersLessWithEachStep() {
        Concurrency told = refused(KNOWN.learnLimit(2, NOW), 2, null);
        Duration step = Objects.requireNonNull(told.foreign()).step();

        assertThat(told.busy(NOW)).isEqualTo(2);
        assertThat(told.opensAt(0.85, true, TEN_SECONDS, NOW)).isEqualTo(NOW.plus(step));
        assertThat(told.busy(NOW.plus(step).minusMillis(1))).isEqualTo(2);
        assertThat(told.busy(NOW.plus(step))).isEqualTo(1);
        assertThat(told.busy(NOW.plus(step.multipliedBy(2)))).isZero();
        assertThat(told.busy(NOW.plusSeconds(100_000))).isZero();
    }

    @Test
    void shouldTakeOnlyForStrangersWhatIsNotItsOwn() {
        Concurrency two = KNOWN.learnLimit(3, NOW).plusActive(2);

        assertThat(refused(two, 3, null).busy(NOW)).isEqualTo(3);
        assertThat(refused(two, 2, null).busy(NOW))
                .as("all slots were occupied")
                .isEqualTo(3);
        assertThat(refused(two, null, null).busy(NOW)).isEqualTo(3);
    }

    @Test
    void shouldLowerALearnedLimitToTheReportedActiveJobsAndBoundThem() {
        Concurrency ten = known(5, LimitEstimate.of(10, NOW, Source.OBSERVED));

        Concurrency fell = refused(ten, 5, NOW);
        Concurrency many = refused(known(0, LimitEstimate.of(2, NOW, Source.REPORTED)), 5_000, NOW);

        assertThat(limit(fell).value()).isEqualTo(5);
        assertThat(open(fell)).isFalse();
        assertThat(many.busy(NOW)).isEqualTo(2);
    }

    @Test
    void shouldTestAgainWhenTheAcceptanceOfATestNeverCame() {
        LimitEstimate tested = new LimitEstimate(1, NOW, Source.REPORTED, 0, 0, 0, NOW, "j".hashCode(), null);
        Concurrency waiting = known(1, tested);
        for (int call = 0; call < 50; call++) {
            waiting = waiting.plusActive(-1)
                    .released("r" + call, TEN_SECONDS, NOW)
                    .plusActive(1);
        }
        assertThat(open(waiting)).isFalse();

        Instant later = NOW.plusSeconds(300);

        assertThat(waiting.opensAt(0.85, true, TEN_SECONDS, later)).isEqualTo(later);
    }

    @Test
    void shouldKeepActiveJobsInTheirSlotsOnceAnEndWasMissed() {
        Concurrency three = known(3, LimitEstimate.of(3, NOW, Source.REPORTED));

        Concurrency missed = three.leaseEnded(TEN_SECONDS, NOW).plusActive(-1);

        assertThat(missed.slots().strangers()).hasSize(2);
        assertThat(open(missed)).as("the slot whose job was lost").isTrue();
        assertThat(open(missed.released("j", TEN_SECONDS, NOW).plusActive(1))).isFalse();
    }

    @Test
    void shouldTakeARefusalWithoutALimitForOneThatIsFull() {
        assertThat(limit(refused(Concurrency.UNKNOWN, null, null))).isEqualTo(LimitEstimate.of(1, NOW, Source.GUESSED));
        assertThat(limit(refused(Concurrency.UNKNOWN, 4, null))).isEqualTo(LimitEstimate.of(4, NOW, Source.OBSERVED));
        assertThat(limit(refused(KNOWN, null, null))).isEqualTo(LimitEstimate.of(1, NOW, Source.GUESSED));
        assertThat(limit(refused(KNOWN, 4, null))).isEqualTo(LimitEstimate.of(4, NOW, Source.OBSERVED));
    }

    @Test
    void shouldTakeTheActiveJobsForTheLimitAtARefusalWithoutFiguresWhereEndsAreReported() {
        Concurrency three = KNOWN.plusActive(3);

        Concurrency refused = refused(three, null, null);

        assertThat(limit(refused)).isEqualTo(LimitEstimate.of(3, NOW, Source.OBSERVED));
        assertThat(open(refused)).isFalse();
        assertThat(open(refused.plusActive(-1))).isTrue();
    }

    @Test
    void shouldCountAStrangerThatMadeItselfKnownOnce() {
        Concurrency told = refused(KNOWN.learnLimit(2, NOW), 2, null);

        Concurrency known = told.explained(NOW).plusActive(1);

        assertThat(known.busy(NOW)).isEqualTo(2);
        assertThat(Objects.requireNonNull(known.foreign()).count()).isEqualTo(1);
        assertThat(Concurrency.UNKNOWN.explained(NOW)).isSameAs(Concurrency.UNKNOWN);
    }

    @Test
    void shouldLearnFromItsOwnRefusedRetryWhereEndsAreNotReported() {
        Concurrency limited = Concurrency.UNKNOWN.learnLimit(1, NOW.minusSeconds(2));
        Concurrency released = limited.released("refused", TEN_SECONDS, NOW.minusSeconds(1));

        Concurrency ours = refused(released, 1, NOW.minusSeconds(1));
        Concurrency others = refused(limited, 1, null);

        assertThat(ours.refusals()).isEqualTo(1);
        assertThat(ours.slots().ours()).as("it occupies no slot").isEmpty();
        assertThat(ours.slots().refusedAtMs()).isEqualTo(NOW.toEpochMilli());
        assertThat(ours.slots().disturbedAtMs()).isZero();
        assertThat(open(ours)).isFalse();
        assertThat(others.refusals()).isZero();
        assertThat(others.slots().disturbedAtMs()).isEqualTo(NOW.toEpochMilli());
        assertThat(refused(limited.reported(true), 1, null).slots()).isEqualTo(Slots.NONE);
    }

    @Test
    void shouldLearnLengthsFromARetryThatPassedWhileAllSlotsWereInUse() {
        // Given one slot, a retry in it, and another one ten seconds later that nothing refused
        Concurrency full = Concurrency.UNKNOWN
                .learnLimit(1, NOW)
                .released("a", TEN_SECONDS, NOW)
                .released("b", TEN_SECONDS, NOW.plusSeconds(10));
        Instant later = NOW.plusSeconds(15);

        // When
        Concurrency learned = full.leaseEnded(TEN_SECONDS, later);

        // Then the first took no longer than ten seconds
        assertThat(Objects.requireNonNull(learned.lengths()).seen()).isEqualTo(1);
        assertThat(learned.lengths().median()).isLessThan(TEN_SECONDS.median());
        Concurrency roomy = Concurrency.UNKNOWN
                .learnLimit(5, NOW)
                .released("a", TEN_SECONDS, NOW)
                .released("b", TEN_SECONDS, NOW.plusSeconds(10));
        assertThat(roomy.leaseEnded(TEN_SECONDS, later).lengths()).isNull();
    }

    @Test
    void shouldNoLongerExpectEndsOnceOneWasMissedUntilOneIsTold() {
        Concurrency expecting = Concurrency.UNKNOWN.reported(false);
        assertThat(expecting.endsExpected()).isTrue();
        Concurrency missed = expecting.leaseEnded(TEN_SECONDS, NOW);
        assertThat(missed.endsExpected()).isFalse();
        assertThat(missed.reported(false).endsExpected()).isFalse();
        assertThat(missed.reported(true).endsExpected()).isTrue();
    }

    @Test
    void shouldRaiseTheLimitWhenATestBeyondItIsAcceptedBeforeAnotherJobEnds() {
        // Given two active jobs and a guessed limit of two that has held for two calls
        Concurrency due = known(2, new LimitEstimate(2, NOW, Source.GUESSED, 2, 0, 0, null, 0, null));
        assertThat(open(due)).isTrue();

        // When one more is released
        Concurrency tested = due.released("test", TEN_SECONDS, NOW).plusActive(1);

        // Then no other is, and once a job ends after its acceptance the limit is raised by one
        assertThat(open(tested)).isFalse();
        assertThat(tested.accepted("other", NOW)).isEqualTo(tested);
        Concurrency accepted = tested.accepted("test", NOW.plusMillis(500));
        assertThat(limit(accepted).value()).isEqualTo(2);
        Concurrency ended = accepted.ended(NOW.plusMillis(501), NOW.plusSeconds(1));
        assertThat(limit(ended).value()).isEqualTo(3);
        assertThat(limit(ended).source()).isEqualTo(Source.GUESSED);
    }

    @Test
    void shouldNotRaiseTheLimitWhenAJobEndedBeforeTheTestWasAccepted() {
        Concurrency due = known(2, new LimitEstimate(2, NOW, Source.GUESSED, 2, 0, 0, null, 0, null));
        Concurrency accepted =
                due.released("test", TEN_SECONDS, NOW).plusActive(1).accepted("test", NOW.plusMillis(500));

        Concurrency ended = accepted.ended(NOW.plusMillis(499), NOW.plusSeconds(1));

        assertThat(limit(ended).value()).isEqualTo(2);
        assertThat(limit(ended).testing()).isFalse();
    }

    @Test
    void shouldNotTestTheLimitWhileTheUsersOfTheServiceHaveNoCreditForTests() {
        LimitEstimate due = new LimitEstimate(1, NOW, Source.GUESSED, 1, 0, 0, null, 0, null);

        assertThat(known(1, due).opensAt(0.85, true, TEN_SECONDS, NOW)).isEqualTo(NOW);
        assertThat(known(1, due).opensAt(0.85, false, TEN_SECONDS, NOW)).isNull();
        Slots full = Slots.NONE.started(NOW);
        Concurrency unseen = new Concurrency(1, due, null, null, null, 0, TEN_SECONDS, full, Reporting.UNSEEN);
        assertThat(unseen.opensAt(0.85, true, TEN_SECONDS, NOW)).isEqualTo(NOW);
        assertThat(unseen.opensAt(0.85, false, TEN_SECONDS, NOW)).isAfter(NOW);
    }

    @Test
    void shouldTestLessOftenAfterARefusedTestAndLeaveTheLimit() {
        Concurrency due = known(2, new LimitEstimate(2, NOW, Source.GUESSED, 2, 0, 0, null, 0, null));
        Concurrency tested = due.released("refused", TEN_SECONDS, NOW);

        Concurrency refused = refused(tested, null, NOW);

        assertThat(limit(refused).value()).isEqualTo(2);
        assertThat(limit(refused).vain()).isEqualTo(1);
        assertThat(refused.foreign()).isNull();
        assertThat(refused.refusals()).isZero();
        Concurrency again = refused;
        for (int i = 0; i < 7; i++) {
            again = again.plusActive(-1).released("j" + i, TEN_SECONDS, NOW).plusActive(1);
            assertThat(open(again)).as("after %s calls", i + 1).isFalse();
        }
        assertThat(open(again.plusActive(-1).released("j", TEN_SECONDS, NOW).plusActive(1)))
                .isTrue();
    }

    @Test
    void shouldLowerTheLimitAtOnceForAFirstAttemptAndForItsOwnOnlyAfterTwoInARow() {
        Concurrency observed = known(2, LimitEstimate.of(4, NOW, Source.OBSERVED));

        assertThat(limit(refused(observed, null, null)).value()).isEqualTo(2);
        Concurrency once = refused(observed, null, NOW);
        assertThat(limit(once).value()).as("two may be foreign").isEqualTo(4);
        assertThat(once.busy(NOW)).isEqualTo(4);
        assertThat(limit(refused(once, null, NOW)).value()).isEqualTo(2);
        assertThat(limit(refused(once.accepted("j", NOW), null, NOW)).value())
                .as("one was accepted in between")
                .isEqualTo(4);
    }

    @Test
    void shouldNotLowerAReportedLimitForARefusalWithoutFigures() {
        Concurrency reported = known(2, LimitEstimate.of(4, NOW, Source.REPORTED));

        assertThat(limit(refused(reported, null, null)).value()).isEqualTo(4);
        assertThat(limit(refused(refused(reported, null, NOW), null, NOW)).value())
                .isEqualTo(4);
    }

    @Test
    void shouldNeverBeOpenAtALimitOfZero() {
        assertThat(open(KNOWN.learnLimit(0, NOW))).isFalse();
        assertThat(open(Concurrency.UNKNOWN.learnLimit(0, NOW))).isFalse();
    }
}
