package dev.redrive.domain.decide;

import static dev.redrive.domain.decide.Failures.FAILED_AT;
import static dev.redrive.domain.decide.Failures.POST;
import static org.assertj.core.api.Assertions.assertThat;

import dev.redrive.domain.classify.Profile.HintHeaders;
import dev.redrive.domain.classify.Profile.HintHeaders.ResetUnit;
import dev.redrive.domain.decide.Decider.Progress;
import dev.redrive.domain.decide.RetryHint.RateLimitHint;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@NullMarked
class RateLimitHintTest {

    /** The cap of the backoff. */
    private static final Duration FLOOR = Duration.ofMinutes(5);

    private static RateLimitHint hint(int status, Map<String, String> headers) {
        return judge(status, headers).rateLimit();
    }

    private static Decider.Judgement judge(int status, Map<String, String> headers) {
        return Failures.decider()
                .judge(POST.status(status).headers(headers).attempt(1), Progress.NONE, null, FAILED_AT);
    }

    @Test
    void shouldReadTheWholeWindow() {
        RateLimitHint hint = hint(
                429,
                Map.of(
                        "x-ratelimit-service", "speech",
                        "x-ratelimit-limit", "60",
                        "x-ratelimit-remaining", "0",
                        "x-ratelimit-reset", "42",
                        "retry-after", "7"));

        assertThat(hint)
                .isEqualTo(new RateLimitHint("speech", 60, 0, FAILED_AT.plusSeconds(42), FAILED_AT.plusSeconds(7)));
    }

    @ParameterizedTest
    @CsvSource({
        "42, 2026-11-22T12:00:42Z",
        "1795348842, 2026-11-22T12:00:42Z",
        "1795348842500, 2026-11-22T12:00:42.500Z",
    })
    void shouldTellUnitsOfTheResetBySize(String reset, Instant expected) {
        assertThat(hint(500, Map.of("x-ratelimit-reset", reset)).resetAt()).isEqualTo(expected);
    }

    @Test
    void shouldCloseTheWindowUntilTheResetWhenNoneRemain() {
        assertThat(hint(500, Map.of("x-ratelimit-reset", "42", "x-ratelimit-remaining", "0"))
                        .closedUntil())
                .isEqualTo(FAILED_AT.plusSeconds(42));
        assertThat(hint(500, Map.of("x-ratelimit-reset", "42", "x-ratelimit-remaining", "1"))
                        .closedUntil())
                .isNull();
    }

    @Test
    void shouldNotCloseTheUsersWindowForTheRetryAfterOfABusyServer() {
        assertThat(hint(503, Map.of("retry-after", "7")).closedUntil()).isNull();
    }

    @Test
    void shouldNotBelieveAWindowThatStaysClosedLongerThanAPark() {
        RateLimitHint hint =
                hint(429, Map.of("x-ratelimit-remaining", "0", "x-ratelimit-reset", "604801", "retry-after", "604801"));

        assertThat(hint.resetAt()).isNull();
        assertThat(hint.closedUntil()).isNull();
    }

    @ParameterizedTest
    @CsvSource({
        "45, PT45S",
        "45.25, PT45.25S",
        "45s, PT45S",
        "6m0s, PT6M",
        "1795348842, PT42S",
        "1795348842.25, PT42.25S",
        "1795348842500, PT42.5S",
        "2026-11-22T12:00:42Z, PT42S",
        "'Sun, 22 Nov 2026 12:00:42 GMT', PT42S",
        "'1, 42', PT42S",
    })
    void shouldCloseARefusedWindowUntilItsResetHoweverThatIsWritten(String reset, Duration wait) {
        for (Map<String, String> headers : List.of(
                Map.of("x-ratelimit-reset", reset),
                Map.of("x-ratelimit-reset", reset, "x-ratelimit-remaining", "0"),
                Map.of("x-ratelimit-reset", reset, "x-ratelimit-remaining", "9, 0"))) {
            Decider.Judgement judgement = judge(429, headers);

            assertThat(judgement.rateLimit().closedUntil()).isEqualTo(FAILED_AT.plus(wait));
            assertThat(((Decision.Retry) judgement.decision()).dueAt()).isAfterOrEqualTo(FAILED_AT.plus(wait));
        }
    }

    @ParameterizedTest
    @CsvSource({"soon", "''", "-1", "1e3", "٤٥"})
    void shouldCloseARefusedWindowForTheFloorWhereItsResetCannotBeRead(String reset) {
        Decider.Judgement judgement = judge(429, Map.of("x-ratelimit-reset", reset, "x-ratelimit-remaining", "0"));

        assertThat(judgement.rateLimit().closedUntil()).isEqualTo(FAILED_AT.plus(FLOOR));
        assertThat(((Decision.Retry) judgement.decision()).dueAt()).isAfterOrEqualTo(FAILED_AT.plus(FLOOR));
    }

    @Test
    void shouldLeaveAWindowOpenThatHasCallsLeft() {
        RateLimitHint hint = hint(429, Map.of("x-ratelimit-reset", "45", "x-ratelimit-remaining", "3"));

        assertThat(hint.closedUntil()).isNull();
        assertThat(hint.resetAt()).isEqualTo(FAILED_AT.plusSeconds(45));
    }

    @Test
    void shouldDeadLetterAJobWhoseWindowStaysClosedLongerThanAPark() {
        Decision decision = judge(429, Map.of("x-ratelimit-remaining", "0", "x-ratelimit-reset", "604801"))
                .decision();

        assertThat(Decisions.reason(decision)).isEqualTo(DeadLetterReason.DELAY_TOO_LONG);
    }

    @ParameterizedTest
    @CsvSource({"DELTA_SECONDS, 1795348842", "EPOCH_SECONDS, 42", "EPOCH_SECONDS, 1795348842000", "EPOCH_MILLIS, 42"})
    void shouldNotTakeANumberInAnotherUnitForNow(ResetUnit unit, String reset) {
        HintHeaders names = new HintHeaders(List.of(), null, null, null, "reset", unit);

        assertThat(RateLimitHint.reset(names, Map.of("reset", reset), FAILED_AT))
                .isEqualTo(new RetryHint.Unreadable(RetryHint.Reason.OTHER_UNIT, Duration.ofSeconds(42)));
    }

    @ParameterizedTest
    @CsvSource({"-1", "+5", "٥", "4294967725", "9999999999999999999999", "many", "''"})
    void shouldTakeWhatCannotBeReadForUnknown(String value) {
        RateLimitHint hint = hint(
                429,
                Map.of(
                        "x-ratelimit-limit", value,
                        "x-ratelimit-remaining", value,
                        "x-ratelimit-service", value.isEmpty() ? "" : "../" + value));

        assertThat(hint).isEqualTo(new RateLimitHint("music", null, null, null, null));
        assertThat(hint.known()).isFalse();
    }
}
