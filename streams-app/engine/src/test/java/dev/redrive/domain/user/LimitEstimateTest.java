package dev.redrive.domain.user;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.redrive.domain.user.LimitEstimate.Source;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class LimitEstimateTest {

    /** Its milliseconds are a multiple of eight, so that tests are not spread. */
    private static final Instant NOW = Instant.parse("2026-11-22T12:00:00Z");

    private static final int MAX_SPREAD = 7;

    /** Calls within the limit until a test of it is due. */
    private static int callsUntilTest(LimitEstimate estimate) {
        LimitEstimate next = estimate;
        int calls = 0;
        while (!next.testDue(NOW)) {
            next = next.released(false, "j", NOW);
            calls++;
        }
        return calls;
    }

    private static LimitEstimate tested(LimitEstimate estimate) {
        LimitEstimate next = estimate;
        while (!next.testDue(NOW)) {
            next = next.released(false, "j", NOW);
        }
        return next.released(true, "test", NOW);
    }

    @Test
    void shouldTestOneCallInFourAndHalfAsOftenWithEachTestInVainDownToOneInSixtyFour() {
        LimitEstimate estimate = LimitEstimate.of(3, NOW, Source.OBSERVED);
        List<Integer> calls = new ArrayList<>();
        for (int test = 0; test < 7; test++) {
            calls.add(callsUntilTest(estimate));
            estimate = tested(estimate).refusedTest();
        }

        assertThat(calls).containsExactly(4, 8, 16, 32, 64, 64, 64);
        assertThat(estimate.value()).isEqualTo(3);
    }

    @Test
    void shouldSpreadTheTestsOfUsersWithTheSameHistory() {
        for (int ms = 0; ms < 1_000; ms++) {
            LimitEstimate estimate = LimitEstimate.of(3, NOW.plusMillis(ms), Source.REPORTED);

            assertThat(callsUntilTest(estimate)).isBetween(4, 4 + MAX_SPREAD);
        }
        assertThat(callsUntilTest(LimitEstimate.of(3, NOW.plusMillis(5), Source.REPORTED)))
                .isNotEqualTo(callsUntilTest(LimitEstimate.of(3, NOW, Source.REPORTED)));
    }

    @Test
    void shouldTestAGuessOnceForEachRoundOfCallsUntilTheFirstTestInVain() {
        LimitEstimate guess = LimitEstimate.of(3, NOW, Source.GUESSED);

        assertThat(callsUntilTest(guess)).isEqualTo(3);
        assertThat(callsUntilTest(tested(guess).refusedTest())).isEqualTo(8);
        assertThat(callsUntilTest(LimitEstimate.of(100, NOW, Source.GUESSED))).isEqualTo(4);
    }

    @Test
    void shouldGoHalfOfTheWayToTheLastGoodValueAndThenByOne() {
        LimitEstimate estimate = LimitEstimate.of(9, NOW, Source.OBSERVED).lowered(1, NOW);
        List<Integer> values = new ArrayList<>();
        for (int test = 0; test < 6; test++) {
            estimate = tested(estimate).raised(NOW);
            values.add(estimate.value());
        }

        assertThat(values).containsExactly(5, 7, 8, 9, 10, 11);
    }

    @Test
    void shouldForgetTheLastGoodValueWhenTwoTestsWereInVain() {
        LimitEstimate lowered = LimitEstimate.of(9, NOW, Source.OBSERVED).lowered(1, NOW);

        LimitEstimate once = tested(lowered).refusedTest();
        LimitEstimate twice = tested(once).refusedTest();

        assertThat(once.lastGood()).isEqualTo(9);
        assertThat(twice.lastGood()).isZero();
        assertThat(tested(twice).raised(NOW).value()).isEqualTo(2);
    }

    @Test
    void shouldRaiseALimitWithEvidenceOnlyAfterTwoUnrefusedTestsWhereAcceptanceIsNotReported() {
        LimitEstimate observed = LimitEstimate.of(4, NOW, Source.OBSERVED);

        LimitEstimate once = tested(observed).unrefused(NOW);
        LimitEstimate twice = tested(once).unrefused(NOW);

        assertThat(once.value()).isEqualTo(4);
        assertThat(callsUntilTest(once)).as("the second test follows soon").isEqualTo(4);
        assertThat(twice.value()).isEqualTo(5);
        assertThat(tested(once).refusedTest().vain()).isEqualTo(1);
        assertThat(tested(LimitEstimate.of(4, NOW, Source.GUESSED))
                        .unrefused(NOW)
                        .value())
                .isEqualTo(5);
    }

    @Test
    void shouldTestALimitLessOftenThatWasRaisedByMistake() {
        LimitEstimate raised = tested(LimitEstimate.of(4, NOW, Source.OBSERVED)).raised(NOW);

        LimitEstimate corrected = raised.reported(4, NOW);

        assertThat(callsUntilTest(corrected)).isEqualTo(16);
        assertThat(callsUntilTest(raised.reported(9, NOW))).isEqualTo(4);
    }

    @Test
    void shouldNotCountATestThatEndedWithoutAResult() {
        LimitEstimate tested = tested(LimitEstimate.of(3, NOW, Source.OBSERVED));

        LimitEstimate ended = tested.untested();

        assertThat(ended.testing()).isFalse();
        assertThat(ended.vain()).isZero();
        assertThat(ended.value()).isEqualTo(3);
    }

    @Test
    void shouldTakeAReportedNumberAndKeepTheHistoryOfTheSameOne() {
        LimitEstimate history =
                tested(tested(LimitEstimate.of(3, NOW, Source.OBSERVED)).refusedTest());

        LimitEstimate same = history.reported(3, NOW.plusSeconds(1));

        assertThat(same.source()).isEqualTo(Source.REPORTED);
        assertThat(same.vain()).isEqualTo(1);
        assertThat(same.tests("test")).isTrue();
        assertThat(history.reported(8, NOW)).isEqualTo(LimitEstimate.of(8, NOW, Source.REPORTED));
        assertThat(history.reported(0, NOW).value()).isZero();
    }

    @Test
    void shouldLowerToWhatIsActiveButNotBelowOneNorUpwards() {
        LimitEstimate estimate = LimitEstimate.of(5, NOW, Source.OBSERVED);

        assertThat(estimate.lowered(2, NOW).value()).isEqualTo(2);
        assertThat(estimate.lowered(0, NOW).value()).isEqualTo(1);
        assertThat(estimate.lowered(7, NOW)).isSameAs(estimate);
    }

    @Test
    void shouldBoundItsNumbers() {
        LimitEstimate extreme = new LimitEstimate(1, NOW, Source.GUESSED, Integer.MAX_VALUE, -9, 0, null, 0, null);

        assertThat(extreme.passed()).isEqualTo(1_000);
        assertThat(extreme.vain()).isEqualTo(-1);
        assertThat(LimitEstimate.of(-3, NOW, Source.OBSERVED).value()).isEqualTo(1);
        assertThat(LimitEstimate.of(-3, NOW, Source.REPORTED).value()).isZero();
        assertThatThrownBy(() -> new LimitEstimate(-1, NOW, Source.GUESSED, 0, 0, 0, null, 0, null))
                .isInstanceOf(IllegalArgumentException.class);
    }

    /** Calls against an API with a limit that is always used up, one after the other. */
    private static final class Api {
        private LimitEstimate estimate;
        private int limit;
        private int released;
        private int refused;

        Api(LimitEstimate estimate, int limit) {
            this.estimate = estimate;
            this.limit = limit;
        }

        /** Releases calls up to the estimate, and tests when due; a result is known before the next call. */
        void call(int calls, Random random) {
            for (int i = 0; i < calls; i++) {
                boolean beyond = estimate.testDue(NOW);
                int active = beyond ? estimate.value() + 1 : 1 + random.nextInt(estimate.value());
                assertThat(active).isLessThanOrEqualTo(estimate.value() + 1);
                estimate = estimate.released(beyond, "j" + i, NOW);
                assertThat(beyond && estimate.testDue(NOW))
                        .as("one test at a time")
                        .isFalse();
                released++;
                boolean accepted = active <= limit;
                refused += accepted ? 0 : 1;
                if (beyond) {
                    estimate = accepted ? estimate.raised(NOW) : estimate.refusedTest();
                } else if (!accepted) {
                    estimate = estimate.lowered(limit, NOW);
                }
            }
        }
    }

    @Property(tries = 200)
    void shouldWasteAtMostThreePercentOnTestsWhereTheLimitStays(
            @ForAll @IntRange(min = 1, max = 50) int limit,
            @ForAll Source source,
            @ForAll @IntRange(max = 999) int ms,
            @ForAll long seed) {
        Api api = new Api(LimitEstimate.of(limit, NOW.plusMillis(ms), source), limit);

        api.call(1_000, new Random(seed));

        assertThat(api.refused).isLessThanOrEqualTo(api.released * 3 / 100);
        assertThat(api.estimate.value()).isEqualTo(limit);
    }

    @Property(tries = 200)
    void shouldFindALimitThatHasRisenAndStayAtIt(
            @ForAll @IntRange(min = 1, max = 10) int limit,
            @ForAll @IntRange(min = 1, max = 10) int more,
            @ForAll Source source,
            @ForAll long seed) {
        Random random = new Random(seed);
        Api api = new Api(LimitEstimate.of(limit, NOW, source), limit);
        api.call(300, random);

        api.limit = limit + more;
        api.call(600, random);

        assertThat(api.estimate.value()).isEqualTo(limit + more);
    }

    @Property(tries = 200)
    void shouldRecoverFromALoweringThatDidNotLast(
            @ForAll @IntRange(min = 2, max = 20) int limit, @ForAll Source source, @ForAll long seed) {
        Random random = new Random(seed);
        Api api = new Api(LimitEstimate.of(limit, NOW, source), limit);
        api.call(100, random);
        int before = api.estimate.value();
        api.estimate = api.estimate.lowered(1, NOW);

        api.call(200, random);

        assertThat(api.estimate.value()).isEqualTo(before);
    }
}
