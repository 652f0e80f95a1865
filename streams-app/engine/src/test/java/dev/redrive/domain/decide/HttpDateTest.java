package dev.redrive.domain.decide;

import static org.assertj.core.api.Assertions.assertThat;

import dev.redrive.domain.decide.DelayText.HttpDate;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HttpDateTest {

    private static final Instant NOW = Instant.parse("2026-11-22T12:00:00Z");

    @ParameterizedTest
    @CsvSource({
        "'Sun, 06 Nov 1994 08:49:37 GMT', 1994-11-06T08:49:37Z",
        "'Sunday, 06-Nov-94 08:49:37 GMT', 1994-11-06T08:49:37Z",
        "'Sun Nov  6 08:49:37 1994', 1994-11-06T08:49:37Z",
        "'Sun Nov 16 08:49:37 1994', 1994-11-16T08:49:37Z",
        "'Sat, 31 Dec 2016 23:59:60 GMT', 2017-01-01T00:00:00Z",
        // 50 years ahead still counts as the future, more does not.
        "'Sunday, 22-Nov-76 12:00:00 GMT', 2076-11-22T12:00:00Z",
        "'Sunday, 22-Nov-76 12:00:01 GMT', 1976-11-22T12:00:01Z",
        "'Sunday, 22-Nov-26 12:00:05 GMT', 2026-11-22T12:00:05Z",
    })
    void shouldReadAllThreeForms(String text, Instant expected) {
        assertThat(HttpDate.parse(text, NOW)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({
        "'Sun, 06 Nov 1994 08:49:37 UTC', 1994-11-06T08:49:37Z",
        "'Sun, 06 Nov 1994 08:49:37 UT', 1994-11-06T08:49:37Z",
        "'Sun, 06 Nov 1994 08:49:37 Z', 1994-11-06T08:49:37Z",
        "'Sun, 06 Nov 1994 08:49:37 +0000', 1994-11-06T08:49:37Z",
        "'Sun, 06 Nov 1994 08:49:37 -00:00', 1994-11-06T08:49:37Z",
        "'Sun, 06 Nov 1994 08:49:37 -0130', 1994-11-06T10:19:37Z",
        "'sun, 06 nov 1994 08:49:37 gmt', 1994-11-06T08:49:37Z",
        "'Sun, 6 Nov 1994 8:49:37 GMT', 1994-11-06T08:49:37Z",
        "'06 Nov 1994 08:49:37 GMT', 1994-11-06T08:49:37Z",
        "'Sun, 06-Nov-1994 08:49:37 GMT', 1994-11-06T08:49:37Z",
        "'Sunday, 6-Nov-94 08:49:37 UTC', 1994-11-06T08:49:37Z",
        "'Sun Nov 6 08:49:37 1994', 1994-11-06T08:49:37Z",
        "'Sun Nov  6 08:49:37 UTC 1994', 1994-11-06T08:49:37Z",
        "1994-11-06T08:49:37Z, 1994-11-06T08:49:37Z",
        "1994-11-06T08:49Z, 1994-11-06T08:49:00Z",
        "1994-11-06t08:49:37.25z, 1994-11-06T08:49:37.250Z",
        "1994-11-06T08:49:37.999000001Z, 1994-11-06T08:49:38Z",
        "1994-11-06T09:49:37+01:00, 1994-11-06T08:49:37Z",
        "1994-11-06 08:49:37 UTC, 1994-11-06T08:49:37Z",
        "1994-11-06 08:49:37+00, 1994-11-06T08:49:37Z",
    })
    void shouldReadWhatServersWriteInPlaceOfThem(String text, Instant expected) {
        assertThat(HttpDate.parse(text, NOW)).isEqualTo(expected);
    }

    @Test
    void shouldPlaceTwoDigitYearsInTheNextCenturyWhenThatIsNear() {
        Instant endOfCentury = Instant.parse("2099-12-31T23:59:00Z");

        assertThat(HttpDate.parse("Friday, 01-Jan-00 00:01:00 GMT", endOfCentury))
                .isEqualTo(Instant.parse("2100-01-01T00:01:00Z"));
    }

    @Test
    void shouldReadALeapDayThatTheOtherCenturyLacks() {
        assertThat(HttpDate.parse("Tuesday, 29-Feb-00 00:00:00 GMT", NOW))
                .isEqualTo(Instant.parse("2000-02-29T00:00:00Z"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Sun, 30 Feb 2026 08:49:37 GMT",
                "Sun, 06 Nov 2026 24:00:00 GMT",
                "Sun, 06 Nov 2026 08:49:37",
                "Sun, 06 Nov 2026 08:49:37 EST",
                "Sun, 06 Nov 2026 08:49:37 +9900",
                "Sun, 06 Nov 2026 08:49 GMT",
                "Sun, 06 Foo 2026 08:49:37 GMT",
                "Sun, 06 Nov 26 08:49:37 GMT",
                "Sun, ٠٦ Nov 2026 08:49:37 GMT",
                "2026-11-22T12:00:00",
                "2026-11-22",
                ""
            })
    void shouldRefuseEverythingElse(String text) {
        assertThat(HttpDate.parse(text, NOW)).isNull();
    }
}
