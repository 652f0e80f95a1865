package dev.redrive.domain.decide;

import static org.assertj.core.api.Assertions.assertThat;

import dev.redrive.domain.classify.HintHeaders;
import dev.redrive.domain.classify.HintHeaders.ResetUnit;
import dev.redrive.domain.classify.HintHeaders.RetryHeader;
import dev.redrive.domain.classify.HintHeaders.RetryHeader.Unit;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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

    private static RetryHint read(String value) {
        return RetryAfter.parse(value, Unit.HTTP, null, FAILED_AT);
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
    })
    void shouldReadDigitsWithoutOverflow(String value, Duration delay) {
        assertThat(read(value)).isEqualTo(new RetryHint.Wait(delay));
    }

    @ParameterizedTest
    @CsvSource({
        "+120, NOT_DIGITS_OR_DATE",
        "-1, NOT_DIGITS_OR_DATE",
        "١٢٠, NOT_DIGITS_OR_DATE",
        "1.5, NOT_DIGITS_OR_DATE",
        "1e3, NOT_DIGITS_OR_DATE",
        "'3, 5', NOT_DIGITS_OR_DATE",
        "'', NOT_DIGITS_OR_DATE",
        "soon, NOT_DIGITS_OR_DATE",
        "0x10, NOT_DIGITS_OR_DATE",
        "'Sun, 30 Feb 2026 08:49:37 GMT', NO_SUCH_DATE",
        "11111111111111111111111111111111111111111111111111111111111111111, TOO_LONG",
    })
    void shouldIgnoreWhatIsNeitherDigitsNorDate(String value, RetryHint.Reason reason) {
        assertThat(read(value)).isEqualTo(new RetryHint.Ignored(reason));
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
    })
    void shouldReadDatesRelativeToTheResponse(String value, String date, Duration delay) {
        assertThat(RetryAfter.parse(value, Unit.HTTP, date, FAILED_AT)).isEqualTo(new RetryHint.Wait(delay));
    }

    @Test
    void shouldTakeTheFirstHeaderThatCanBeRead() {
        assertThat(RetryAfter.from(HEADERS, Map.of("retry-after-ms", "1500", "retry-after", "2"), FAILED_AT))
                .isEqualTo(new RetryHint.Wait(Duration.ofMillis(1500)));
        assertThat(RetryAfter.from(HEADERS, Map.of("retry-after-ms", "1.5", "retry-after", "2"), FAILED_AT))
                .isEqualTo(new RetryHint.Wait(Duration.ofSeconds(2)));
        assertThat(RetryAfter.from(HEADERS, Map.of("retry-after-ms", "1.5"), FAILED_AT))
                .isEqualTo(new RetryHint.Ignored(RetryHint.Reason.NOT_DIGITS));
        assertThat(RetryAfter.from(HEADERS, Map.of(), FAILED_AT)).isEqualTo(new RetryHint.None());
    }

    @Property
    void shouldReadEveryDateAsTheInstantItNames(@ForAll @LongRange(min = 0, max = 300_000_000L) long aheadSeconds) {
        Instant until = Instant.ofEpochSecond(FAILED_AT.getEpochSecond() + aheadSeconds);

        RetryHint hint = read(IMF.format(until));

        Duration expected = Duration.between(FAILED_AT, until);
        assertThat(hint).isEqualTo(new RetryHint.Wait(expected.isNegative() ? Duration.ZERO : expected));
    }

    @Property
    void shouldNeverFailWhateverTheHeaderHolds(@ForAll String value, @ForAll String date) {
        RetryHint hint = RetryAfter.parse(value, Unit.HTTP, date, FAILED_AT);

        if (hint instanceof RetryHint.Wait wait) {
            assertThat(wait.delay()).isBetween(Duration.ZERO, RetryAfter.LONGEST);
            assertThat(value.strip()).matches("[0-9]+");
        }
    }
}
