package dev.redrive.domain.decide;

import static org.assertj.core.api.Assertions.assertThat;

import dev.redrive.domain.classify.Profile.HintHeaders;
import dev.redrive.domain.classify.Profile.HintHeaders.ResetUnit;
import dev.redrive.domain.classify.Profile.HintHeaders.RetryHeader;
import dev.redrive.domain.classify.Profile.HintHeaders.RetryHeader.Unit;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import org.jspecify.annotations.NullMarked;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@NullMarked
class RetryAfterTest {

    private static final Instant FAILED_AT = Instant.parse("2026-11-22T12:00:00.250Z");
    private static final DateTimeFormatter IMF = DateTimeFormatter.ofPattern(
                    "EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.US)
            .withZone(ZoneOffset.UTC);

    private static final HintHeaders HEADERS = new HintHeaders(
            List.of(new RetryHeader("Retry-After-Ms", Unit.MILLISECONDS), new RetryHeader("Retry-After", Unit.HTTP)),
            null,
            null,
            null,
            null,
            ResetUnit.AUTO);

    private static final HintHeaders HTTP =
            new HintHeaders(List.of(new RetryHeader("Retry-After", Unit.HTTP)), null, null, null, null, ResetUnit.AUTO);

    private static RetryHint read(String value, String date) {
        return RetryHint.from(HTTP, Map.of("retry-after", value, "date", date), FAILED_AT);
    }

    private static RetryHint read(String value) {
        return RetryHint.from(HTTP, Map.of("retry-after", value), FAILED_AT);
    }

    @ParameterizedTest
    @CsvSource({
        "3, PT3S",
        "0, PT0S",
        "' 3 ', PT3S",
        "000003, PT3S",
        "86400, P1D",
        "4294967299, P3650D",
        "9223372036854775807, P3650D",
        "9223372036854775808, P3650D",
        "99999999999999999999999999999999, P3650D",
        "11111111111111111111111111111111111111111111111111111111111111111, P3650D",
        "00000000000000000000000000000000000000000000000000000000000000000000000000003, PT3S",
        "99999999999999999999999999999999.5, P3650D",
    })
    void shouldReadDigitsWithoutOverflow(String value, Duration delay) {
        assertThat(read(value)).isEqualTo(new RetryHint.Wait(delay));
    }

    @ParameterizedTest
    @CsvSource({
        "299.997, PT4M59.997S",
        "2.0, PT2S",
        "8.5, PT8.5S",
        "8., PT8S",
        "0.0001, PT0.001S",
        "0.0000000000000000000001, PT0.001S",
        "1.0000000000000000000001, PT1.001S",
    })
    void shouldRoundDecimalsUpToTheMillisecond(String value, Duration delay) {
        assertThat(read(value)).isEqualTo(new RetryHint.Wait(delay));
    }

    @ParameterizedTest
    @CsvSource({
        "'30, 30', PT30S",
        "'0, 120', PT2M",
        "'120,0', PT2M",
        "'1, , 2.5,', PT2.5S",
        "'\"30\"', PT30S",
        "'1, 99999999999999999999', P3650D",
        "'Sun, 22 Nov 2026 12:01:00 GMT, 5', PT59.75S",
        "'5, Sun, 22 Nov 2026 12:01:00 GMT', PT59.75S",
        "'Sun, 22 Nov 2026 12:01:00 GMT, Sun, 22 Nov 2026 12:02:00 GMT', PT1M59.75S",
        "'Sunday, 22-Nov-26 12:01:00 GMT, 600', PT10M",
    })
    void shouldTakeTheLongestOfAList(String value, Duration delay) {
        assertThat(read(value)).isEqualTo(new RetryHint.Wait(delay));
    }

    @ParameterizedTest
    @CsvSource({
        "45s, PT45S",
        "6m0s, PT6M",
        "1h2m3.5s, PT1H2M3.5S",
        "500ms, PT0.5S",
        "1.5ms, PT0.002S",
        "250µs, PT0.001S",
        "1d, P1D",
        "30 seconds, PT30S",
        "2 Minutes, PT2M",
        "1 hour 5 min, PT1H5M",
        "99999999999999999999s, P3650D",
        "999999999999999d, P3650D",
    })
    void shouldReadDurationsWithUnits(String value, Duration delay) {
        assertThat(read(value)).isEqualTo(new RetryHint.Wait(delay));
    }

    @ParameterizedTest
    @CsvSource({
        "1795348842, PT41.75S",
        "1795348842.5, PT42.25S",
        "1795348842500, PT42.25S",
        "1795348800, PT0S",
        "999999999, P3650D",
    })
    void shouldTakeANumberOfTheEpochForADate(String value, Duration delay) {
        assertThat(read(value)).isEqualTo(new RetryHint.Wait(delay));
    }

    @ParameterizedTest
    @CsvSource({
        "+120, NOT_DIGITS_OR_DATE, PT0S",
        "-1, NOT_DIGITS_OR_DATE, PT0S",
        "١٢٠, NOT_DIGITS_OR_DATE, PT0S",
        "1e3, NOT_DIGITS_OR_DATE, PT0S",
        "'', NOT_DIGITS_OR_DATE, PT0S",
        "',', NOT_DIGITS_OR_DATE, PT0S",
        "soon, NOT_DIGITS_OR_DATE, PT0S",
        "0x10, NOT_DIGITS_OR_DATE, PT0S",
        "45x, NOT_DIGITS_OR_DATE, PT0S",
        "'s', NOT_DIGITS_OR_DATE, PT0S",
        "'30, soon', NOT_DIGITS_OR_DATE, PT30S",
        "'soon, 30, later', NOT_DIGITS_OR_DATE, PT30S",
        "'Sun, 30 Feb 2026 08:49:37 GMT', NO_SUCH_DATE, PT0S",
        "'Sun, 22 Nov 2026 12:01:00', NO_ZONE, PT59.75S",
        "2026-11-22T12:01:00, NO_ZONE, PT59.75S",
    })
    void shouldNotTakeWhatCannotBeReadForAWait(String value, RetryHint.Reason reason, Duration atLeast) {
        assertThat(read(value)).isEqualTo(new RetryHint.Unreadable(reason, atLeast));
    }

    @Test
    void shouldNotReadATextThatIsTooLong() {
        assertThat(read("1, ".repeat(400) + "2"))
                .isEqualTo(new RetryHint.Unreadable(RetryHint.Reason.TOO_LONG, Duration.ZERO));
        assertThat(read("9".repeat(100_000))).isEqualTo(new RetryHint.Wait(RetryHint.LONGEST));
    }

    @ParameterizedTest
    @CsvSource({
        // Without a Date it is relative to the failure, with one to that.
        "'Sun, 22 Nov 2026 12:01:00 GMT', , PT59.75S",
        "'Sun, 22 Nov 2026 12:01:00 GMT', garbage, PT59.75S",
        "'Sun, 22 Nov 2026 12:01:00 GMT', 'Sun, 22 Nov 2026 12:00:30 GMT', PT30S",
        // A server whose clock is hours ahead still asks for half a minute.
        "'Sun, 22 Nov 2026 17:01:00 GMT', 'Sun, 22 Nov 2026 17:00:30 GMT', PT30S",
        "'Sunday, 22-Nov-26 12:01:00 GMT', 'Sun Nov 22 12:00:30 2026', PT30S",
        // A date that has passed is no wait.
        "'Sun, 22 Nov 2026 11:59:00 GMT', , PT0S",
        "'Fri, 31 Dec 9999 23:59:59 GMT', , P3650D",
        "'Sun, 22 Nov 2026 12:01:00 UTC', , PT59.75S",
        "'Sun, 22 Nov 2026 12:01:00 +0000', , PT59.75S",
        "'Sun, 22 Nov 2026 14:01:00 +0200', , PT59.75S",
        "'Tue, 1 Dec 2026 12:00:00 GMT', , PT215H59M59.75S",
        "'2026-11-22T12:01:00Z', , PT59.75S",
        "'2026-11-22T12:01:00.0001Z', , PT59.751S",
        "'2026-11-22 13:01:00+01:00', , PT59.75S",
        "'1795348860', 'Sun, 22 Nov 2026 12:00:30 GMT', PT30S",
    })
    void shouldReadDatesRelativeToTheResponse(String value, @Nullable String date, Duration delay) {
        assertThat(date == null ? read(value) : read(value, date)).isEqualTo(new RetryHint.Wait(delay));
    }

    @Test
    void shouldTakeTheFirstHeaderThatCanBeRead() {
        assertThat(RetryHint.from(HEADERS, Map.of("retry-after-ms", "1500", "retry-after", "2"), FAILED_AT))
                .isEqualTo(new RetryHint.Wait(Duration.ofMillis(1500)));
        assertThat(RetryHint.from(HEADERS, Map.of("retry-after-ms", "1.5", "retry-after", "2"), FAILED_AT))
                .isEqualTo(new RetryHint.Wait(Duration.ofMillis(2)));
        assertThat(RetryHint.from(HEADERS, Map.of("retry-after-ms", "soon", "retry-after", "2"), FAILED_AT))
                .isEqualTo(new RetryHint.Wait(Duration.ofSeconds(2)));
        assertThat(RetryHint.from(HEADERS, Map.of("retry-after-ms", "soon"), FAILED_AT))
                .isEqualTo(new RetryHint.Unreadable(RetryHint.Reason.NOT_DIGITS_OR_DATE, Duration.ZERO));
        assertThat(RetryHint.from(HEADERS, Map.of(), FAILED_AT)).isEqualTo(new RetryHint.None());
    }

    @Property
    void shouldReadEveryDateAsTheInstantItNames(@ForAll @LongRange(min = 0, max = 300_000_000L) long aheadSeconds) {
        Instant until = Instant.ofEpochSecond(FAILED_AT.getEpochSecond() + aheadSeconds);

        RetryHint hint = read(IMF.format(until));

        Duration expected = Duration.between(FAILED_AT, until);
        assertThat(hint).isEqualTo(new RetryHint.Wait(expected.isNegative() ? Duration.ZERO : expected));
    }

    @Property
    void shouldNeverReadALengthAsShorterThanItIs(
            @ForAll @LongRange(min = 0, max = 99_999_999L) long whole,
            @ForAll @IntRange(min = 0, max = 9999) int part) {
        String value = String.format("%d.%04d", whole, part);

        Duration read = read(value).atLeast();

        assertThat(new BigDecimal(value)).isBetween(seconds(read.minusMillis(1)), seconds(read));
        assertThat(read(value + "s")).isEqualTo(new RetryHint.Wait(read));
        assertThat(read("0, " + value)).isEqualTo(new RetryHint.Wait(read));
    }

    private static BigDecimal seconds(Duration duration) {
        return BigDecimal.valueOf(duration.toMillis(), 3);
    }

    @Property
    void shouldNeverFailWhateverTheHeaderHolds(@ForAll String value, @ForAll String date) {
        RetryHint hint = read(value, date);

        assertThat(hint.atLeast()).isBetween(Duration.ZERO, RetryHint.LONGEST);
        if (hint instanceof RetryHint.Wait) {
            assertThat(value).containsPattern("[0-9]");
        }
    }
}
