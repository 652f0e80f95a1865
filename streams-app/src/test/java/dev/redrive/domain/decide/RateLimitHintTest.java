package dev.redrive.domain.decide;

import static dev.redrive.domain.decide.Failures.FAILED_AT;
import static dev.redrive.domain.decide.Failures.POST;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@NullMarked
class RateLimitHintTest {

    private static RateLimitHint hint(int status, Map<String, String> headers) {
        return Failures.decider()
                .judge(POST.status(status).headers(headers).attempt(1), Progress.NONE, null, FAILED_AT)
                .rateLimit();
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
