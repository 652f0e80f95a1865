package dev.redrive.domain.decide;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads the three forms of an HTTP-date (RFC 9110 section 5.6.7), each exactly as its grammar says, case included. */
final class HttpDate {

    private static final String TIME = "(?<hour>[0-9]{2}):(?<minute>[0-9]{2}):(?<second>[0-9]{2})";
    private static final String MONTH = "(?<month>Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)";
    private static final String SHORT_DAY = "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)";
    private static final String LONG_DAY = "(?:Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday)";

    private static final Pattern IMF_FIXDATE =
            Pattern.compile(SHORT_DAY + ", (?<day>[0-9]{2}) " + MONTH + " (?<year>[0-9]{4}) " + TIME + " GMT");
    private static final Pattern RFC_850 =
            Pattern.compile(LONG_DAY + ", (?<day>[0-9]{2})-" + MONTH + "-(?<year>[0-9]{2}) " + TIME + " GMT");
    private static final Pattern ASCTIME =
            Pattern.compile(SHORT_DAY + " " + MONTH + " (?<day>[0-9]{2}| [0-9]) " + TIME + " (?<year>[0-9]{4})");

    private static final List<String> MONTHS =
            List.of("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec");

    private static final int PIVOT_YEARS = 50;

    private HttpDate() {}

    /** Whether the text has the form of a date, be there such a day or not. */
    static boolean looksLikeDate(String text) {
        return matcher(text) != null;
    }

    /**
     * The instant, or {@code null} if the text is no date.
     *
     * @param text the whole header value
     * @param reference the time of reading, which two-digit years are placed near: one that would be more than 50 years
     *     later is the most recent year in the past with the same last two digits
     */
    static @Nullable Instant parse(String text, Instant reference) {
        Matcher matcher = matcher(text);
        if (matcher == null) {
            return null;
        }
        int year = number(matcher, "year");
        if (matcher.group("year").length() > 2) {
            return at(matcher, year);
        }
        Instant latest =
                reference.atOffset(ZoneOffset.UTC).plusYears(PIVOT_YEARS).toInstant();
        int century = reference.atOffset(ZoneOffset.UTC).getYear() / 100 * 100;
        for (int candidate = century + 100 + year; candidate >= century - 100 + year; candidate -= 100) {
            Instant instant = at(matcher, candidate);
            if (instant != null && !instant.isAfter(latest)) {
                return instant;
            }
        }
        return null;
    }

    private static @Nullable Matcher matcher(String text) {
        for (Pattern form : List.of(IMF_FIXDATE, RFC_850, ASCTIME)) {
            Matcher matcher = form.matcher(text);
            if (matcher.matches()) {
                return matcher;
            }
        }
        return null;
    }

    /** The instant in that year, or {@code null}; a leap second (60) is taken as the first of the next minute. */
    private static @Nullable Instant at(Matcher matcher, int year) {
        int second = number(matcher, "second");
        boolean leap = second == 60;
        try {
            return LocalDateTime.of(
                            year,
                            MONTHS.indexOf(matcher.group("month")) + 1,
                            number(matcher, "day"),
                            number(matcher, "hour"),
                            number(matcher, "minute"),
                            leap ? 59 : second)
                    .plusSeconds(leap ? 1 : 0)
                    .toInstant(ZoneOffset.UTC);
        } catch (DateTimeException noSuchDay) {
            return null;
        }
    }

    private static int number(Matcher matcher, String group) {
        return Integer.parseInt(matcher.group(group).strip());
    }
}
