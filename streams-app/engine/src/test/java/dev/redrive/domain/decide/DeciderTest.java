package dev.redrive.domain.decide;

import static dev.redrive.domain.decide.Decisions.DECIDER;
import static dev.redrive.domain.decide.Decisions.after;
import static dev.redrive.domain.decide.Decisions.decide;
import static dev.redrive.domain.decide.Decisions.delay;
import static dev.redrive.domain.decide.Decisions.reason;
import static dev.redrive.domain.decide.Decisions.retry;
import static dev.redrive.domain.decide.Failures.FAILED_AT;
import static dev.redrive.domain.decide.Failures.NOW;
import static dev.redrive.domain.decide.Failures.POLICY;
import static dev.redrive.domain.decide.Failures.POST;
import static org.assertj.core.api.Assertions.assertThat;

import dev.redrive.domain.classify.Classification.Disposition;
import dev.redrive.domain.classify.Envelope;
import dev.redrive.domain.classify.FailureFacts.Cause;
import dev.redrive.domain.classify.Profile.KeyPolicy;
import dev.redrive.domain.classify.RuleSet.RuleTrace;
import dev.redrive.domain.decide.Decider.Explanation;
import dev.redrive.domain.decide.Decider.Progress;
import dev.redrive.domain.decide.RetryPolicy.BeyondMaxDelay;
import dev.redrive.domain.event.Input.JobFailed;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.NullMarked;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@NullMarked
class DeciderTest {

    @Nested
    class Attempts {

        @Test
        void shouldRetryUntilTheLastChargedAttemptHasFailed() {
            assertThat(retry(decide(POST, after(3, 0))).charged()).isTrue();
            assertThat(reason(decide(POST, after(4, 0)))).isEqualTo(DeadLetterReason.ATTEMPTS_EXHAUSTED);
        }

        @Test
        void shouldPreferTheRulesLimitToTheClasssAndThatToEverybodys() {
            assertThat(reason(decide(POST.status(502), after(1, 0)))).isEqualTo(DeadLetterReason.ATTEMPTS_EXHAUSTED);
            assertThat(reason(decide(POST.cause(Cause.ASYNC, null), after(2, 0))))
                    .isEqualTo(DeadLetterReason.ATTEMPTS_EXHAUSTED);
        }

        @ParameterizedTest
        @CsvSource({"2, 1, true", "2, 0, false", "9, 4, true", "9, 3, false", "0, 0, true", "-3, 0, true"})
        void shouldLetAJobLowerItsLimitButNeverRaiseIt(int maxAttempts, int charged, boolean exhausted) {
            Decision decision = decide(POST.maxAttempts(maxAttempts), after(charged, 0));

            assertThat(decision instanceof Decision.DeadLetter).isEqualTo(exhausted);
        }

        @Test
        void shouldNotChargeThrottledAttemptsButBoundThem() {
            Failures throttled = POST.status(429);

            assertThat(retry(decide(throttled, after(4, 50))).charged()).isFalse();
            assertThat(retry(decide(throttled.maxAttempts(1), after(0, 99))).charged())
                    .isFalse();
            assertThat(reason(decide(throttled, after(0, 100)))).isEqualTo(DeadLetterReason.THROTTLES_EXHAUSTED);
        }

        @Test
        void shouldNotChargeAttemptsOfAnOutageButBoundThemAndCountThemApart() {
            Progress last = new Progress(1, 99, 9, FAILED_AT, "key-0", 0, true, true, false, false);
            Progress beyond = new Progress(1, 0, 10, FAILED_AT, "key-0", 0, true, true, false, false);

            assertThat(retry(decide(POST, last)).charged()).isFalse();
            assertThat(reason(decide(POST, beyond))).isEqualTo(DeadLetterReason.ATTEMPTS_EXHAUSTED);
            assertThat(retry(decide(POST.status(429), beyond)).charged()).isFalse();
        }

        @Test
        void shouldGiveUpOnAJobThatFailedFirstTooLongAgo() {
            Progress atLimit =
                    new Progress(1, 0, 0, FAILED_AT.minus(POLICY.maxAge()), "key-0", 0, false, true, false, false);
            Progress beyond = new Progress(
                    1, 0, 0, FAILED_AT.minus(POLICY.maxAge()).minusMillis(1), "key-0", 0, false, true, false, false);

            assertThat(decide(POST, atLimit)).isInstanceOf(Decision.Retry.class);
            assertThat(reason(decide(POST, beyond))).isEqualTo(DeadLetterReason.AGE_EXCEEDED);
        }

        @Test
        void shouldGiveUpWhenTheRetryComesAfterTheDeadline() {
            Failures waiting = POST.status(429).retryAfter("60");

            assertThat(reason(decide(waiting.deadline(FAILED_AT.plusSeconds(59)))))
                    .isEqualTo(DeadLetterReason.DEADLINE_EXCEEDED);
            assertThat(decide(waiting.deadline(FAILED_AT.plusSeconds(70)))).isInstanceOf(Decision.Retry.class);
            Instant lateReading = FAILED_AT.plusSeconds(600);
            assertThat(reason(DECIDER.judge(
                                    POST.deadline(FAILED_AT.plusSeconds(500)).attempt(1),
                                    Progress.NONE,
                                    null,
                                    lateReading)
                            .decision()))
                    .isEqualTo(DeadLetterReason.DEADLINE_EXCEEDED);
        }

        @Test
        void shouldDropOrDeadLetterWhereTheRuleSaysSo() {
            assertThat(decide(POST.status(410))).isInstanceOf(Decision.Drop.class);
            assertThat(reason(decide(POST.status(400)))).isEqualTo(DeadLetterReason.INVALID_REQUEST);
        }
    }

    @Nested
    class Delays {

        @Test
        void shouldHonourRetryAfterWithLittleJitterOnTop() {
            for (int attempt = 1; attempt <= 200; attempt++) {
                Decision decision = DECIDER.judge(
                                POST.status(429).retryAfter("3").attempt(attempt), Progress.NONE, null, NOW)
                        .decision();

                assertThat(delay(decision)).isBetween(Duration.ofMillis(3000), Duration.ofMillis(3150));
            }
        }

        @Test
        void shouldAddAtMostThreeSecondsToALongWait() {
            Decision decision = decide(POST.status(429).retryAfter("3600"));

            assertThat(delay(decision))
                    .isBetween(Duration.ofHours(1), Duration.ofHours(1).plusSeconds(3));
        }

        @Test
        void shouldTakeTheBackoffWhereItIsLongerThanTheWaitAskedFor() {
            Decision asked = decide(POST.status(429).retryAfter("0"), after(0, 30));
            Decision free = decide(POST.status(429), after(0, 30));

            assertThat(delay(asked)).isEqualTo(delay(free)).isGreaterThan(Duration.ofSeconds(1));
        }

        @ParameterizedTest
        @ValueSource(strings = {"+120", "soon", "", "1e3", "Sun, 30 Feb 2026 08:49:37 GMT", "0, soon"})
        void shouldWaitForTheCapOfTheBackoffWhereTheHintCannotBeRead(String value) {
            for (int status : new int[] {429, 503}) {
                Decision decision = decide(POST.status(status).retryAfter(value));

                assertThat(delay(decision))
                        .isBetween(Duration.ofMinutes(5), Duration.ofMinutes(5).plusSeconds(3));
            }
        }

        @Test
        void shouldWaitForTheFloorOfThePolicyWhereTheHintCannotBeRead() {
            Decider patient =
                    Failures.decider(Failures.policy(Duration.ofMinutes(20)), KeyPolicy.SAME, Disposition.DEAD_LETTER);

            Decision unreadable = patient.judge(
                            POST.status(503).retryAfter("soon").attempt(1), Progress.NONE, null, NOW)
                    .decision();
            Decision partly = patient.judge(
                            POST.status(503).retryAfter("soon, 3600").attempt(1), Progress.NONE, null, NOW)
                    .decision();

            assertThat(delay(unreadable))
                    .isBetween(Duration.ofMinutes(20), Duration.ofMinutes(20).plusSeconds(3));
            assertThat(delay(partly))
                    .isBetween(Duration.ofHours(1), Duration.ofHours(1).plusSeconds(3));
        }

        @ParameterizedTest
        @CsvSource({
            "503, soon, 30, NOT_DIGITS_OR_DATE", "503, 30, 2026-11-22T12:00:00, NO_ZONE",
            "429, 30, soon, NOT_DIGITS_OR_DATE", "429, 30, 30,"
        })
        void shouldReturnWhyAHintCannotBeReadWhetherItIsNeededOrNot(
                int status, String retryAfter, String reset, RetryHint.Reason reason) {
            JobFailed failure = POST.status(status)
                    .headers(Map.of("retry-after", retryAfter, "x-ratelimit-reset", reset))
                    .attempt(1);

            assertThat(DECIDER.judge(failure, Progress.NONE, null, NOW).unreadableHint())
                    .isEqualTo(reason);
        }

        @Test
        void shouldExplainWhyItWaitsForAHintThatCannotBeRead() {
            JobFailed failure = POST.status(429).retryAfter("soon").attempt(1);

            Explanation explanation = DECIDER.explain(failure, Progress.NONE, null, NOW);

            assertThat(explanation.hint())
                    .isEqualTo(new RetryHint.Unreadable(RetryHint.Reason.NOT_DIGITS_OR_DATE, Duration.ZERO));
            assertThat(explanation.why())
                    .contains("when to come back cannot be read from the response, NOT_DIGITS_OR_DATE: at least PT5M");
            assertThat(explanation.rateLimit().closedUntil()).isEqualTo(FAILED_AT.plus(Duration.ofMinutes(5)));
        }

        @Test
        void shouldParkALongerWaitThanIsAllowedInsteadOfShorteningIt() {
            Decision.Retry parked = retry(decide(POST.status(429).retryAfter("172800")));

            assertThat(parked.parked()).isTrue();
            assertThat(parked.dueAt()).isAfterOrEqualTo(FAILED_AT.plus(Duration.ofDays(2)));
            assertThat(retry(decide(POST.status(429).retryAfter("86400"))).parked())
                    .isFalse();
        }

        @ParameterizedTest
        @ValueSource(strings = {"604801", "99999999999999999999"})
        void shouldDeadLetterAWaitTooLongToPark(String seconds) {
            assertThat(reason(decide(POST.status(429).retryAfter(seconds)))).isEqualTo(DeadLetterReason.DELAY_TOO_LONG);
        }

        @Test
        void shouldDeadLetterALongerWaitThanIsAllowedWhereThePolicySaysSo() {
            Decider strict = Failures.decider(
                    Failures.policy(BeyondMaxDelay.DEAD_LETTER, false), KeyPolicy.SAME, Disposition.DEAD_LETTER);

            Decision decision = strict.judge(
                            POST.status(429).retryAfter("86401").attempt(1), Progress.NONE, null, NOW)
                    .decision();

            assertThat(reason(decision)).isEqualTo(DeadLetterReason.DELAY_TOO_LONG);
        }
    }

    @Nested
    class Parking {

        private final Decider parking = Failures.decider(POLICY, KeyPolicy.SAME, Disposition.PARK);
        private final Instant reset = FAILED_AT.plus(Duration.ofDays(3));

        private Decision park(Failures failure, @Nullable Instant knownResetAt) {
            return parking.judge(failure.status(402).attempt(1), Progress.NONE, knownResetAt, NOW)
                    .decision();
        }

        @Test
        void shouldParkUntilTheResetThatTheResponseTells() {
            Decision.Retry retry = retry(park(POST.resetAt(reset), reset.plusSeconds(99)));

            assertThat(retry.parked()).isTrue();
            assertThat(retry.dueAt()).isBetween(reset, reset.plusSeconds(3));
        }

        @Test
        void shouldParkUntilTheResetThatTheAccountTold() {
            assertThat(retry(park(POST, reset)).dueAt()).isBetween(reset, reset.plusSeconds(3));
        }

        @Test
        void shouldDeadLetterWhenNothingTellsTheReset() {
            assertThat(reason(park(POST, null))).isEqualTo(DeadLetterReason.QUOTA_EXHAUSTED);
        }

        @Test
        void shouldDeadLetterWhenTheResetIsTooFarAway() {
            assertThat(reason(park(POST.resetAt(FAILED_AT.plus(Duration.ofDays(8))), null)))
                    .isEqualTo(DeadLetterReason.DELAY_TOO_LONG);
        }

        @Test
        void shouldBackOffWhenTheResetHasPassed() {
            assertThat(delay(park(POST.resetAt(FAILED_AT.minusSeconds(5)), null)))
                    .isBetween(Duration.ofMillis(50), Duration.ofSeconds(1));
        }
    }

    @Nested
    class Gated {

        private final Decider gated = Failures.decider(Failures.gated(), KeyPolicy.SAME, Disposition.DEAD_LETTER);

        private Decision judge(Failures failure, Progress progress) {
            return gated.judge(failure.attempt(2), progress, null, NOW).decision();
        }

        @Test
        void shouldLetARefusedProbeOfTheAllowanceWaitOnUncharged() {
            Progress probe = new Progress(4, 0, 0, FAILED_AT.minusSeconds(60), "key-0", 0, false, true, false, true);

            Decision.Retry retry = retry(judge(POST.status(402), probe));

            assertThat(retry.parked()).isTrue();
            assertThat(retry.charged()).isFalse();
            assertThat(reason(judge(POST.status(402), after(0, 0)))).isEqualTo(DeadLetterReason.QUOTA_EXHAUSTED);
            assertThat(reason(judge(POST.status(400), probe))).isEqualTo(DeadLetterReason.INVALID_REQUEST);
        }

        @Test
        void shouldParkBehindTheQuotaGateHoweverFarAwayTheResetIs() {
            Decider parking = Failures.decider(Failures.gated(), KeyPolicy.SAME, Disposition.PARK);
            Failures refused = POST.status(402).resetAt(FAILED_AT.plus(Duration.ofDays(30)));

            Decision.Retry retry = retry(
                    parking.judge(refused.attempt(1), Progress.NONE, null, NOW).decision());

            assertThat(retry.parked()).isTrue();
            assertThat(retry.dueAt()).isBefore(FAILED_AT.plusSeconds(10));
        }
    }

    @Test
    void shouldNameTheWrongFieldInTheRemedy() {
        Envelope envelope = new Envelope("invalid_request", "no", "prompt", "missing_required_field", null, null, null);

        Decision decision = decide(POST.status(400).envelope(envelope));

        assertThat(((Decision.DeadLetter) decision).remedy())
                .isEqualTo("change the input: prompt (missing_required_field)");
    }

    @Test
    void shouldExplainTheVeryDecisionItMakes() {
        JobFailed failure = POST.status(429).retryAfter("3").attempt(1);

        Explanation explanation = DECIDER.explain(failure, Progress.NONE, null, NOW);

        assertThat(explanation.decision())
                .isEqualTo(DECIDER.judge(failure, Progress.NONE, null, NOW).decision());
        assertThat(explanation.hint()).isEqualTo(new RetryHint.Wait(Duration.ofSeconds(3)));
        assertThat(explanation.trace())
                .filteredOn(trace -> trace.outcome() == RuleTrace.Outcome.MATCHED)
                .extracting(RuleTrace::ruleId)
                .containsExactly("rate");
        assertThat(explanation.why())
                .contains("rule rate: RATE_LIMITED, RETRY", "not charged; throttled attempt 1 of 100");
    }
}
