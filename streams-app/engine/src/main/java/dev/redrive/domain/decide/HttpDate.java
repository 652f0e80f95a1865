package dev.redrive.domain.decide;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Parses an HTTP-date (RFC 9110 section 5.6.7) in its three forms, and ISO 8601. Lenient where the instant is certain:
 * letters in any case, days of one digit, UTC or an offset for GMT. Does not compare the name of the day with the date.
 */
public final class HttpDate {

    private static final int MAX_LENGTH = 64;

    private static final String TIME = "(?<hour>[0-9]{1,2}):(?<minute>[0-9]{2}):(?<second>[0-9]{2})";
    private static final String MONTH = "(?<month>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}";
    private static final String WEEKDAY = "(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]{0,6},? *)?";
    private static final String DAY = "(?<day>[0-9]{1,2})";
    private static final String ZONE = "(?<zone>gmt|utc|ut|z|[+-][0-9]{2}(?::?[0-9]{2})?)";

    private static final List<Pattern> FORMS = List.of(
            form(WEEKDAY + DAY + " +" + MONTH + ",? +(?<year>[0-9]{4}),? +" + TIME + " *" + ZONE),
            form(WEEKDAY + DAY + "-" + MONTH + "-(?<year>[0-9]{4}|[0-9]{2}) +" + TIME + " *" + ZONE),
            form(WEEKDAY + MONTH + " +" + DAY + ",? +" + TIME + "(?: +" + ZONE + ")? +(?<year>[0-9]{4})"),
            form("(?<year>[0-9]{4})-(?<month>[0-9]{2})-(?<day>[0-9]{2})[t ]"
                    + "(?<hour>[0-9]{2}):(?<minute>[0-9]{2})(?::(?<second>[0-9]{2})(?:[.](?<fraction>[0-9]{1,30}))?)? *"
                    + ZONE));

    private static final List<String> MONTHS =
            List.of("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec");

    private static final int PIVOT_YEARS = 50;

    private HttpDate() {}

    /** Returns whether the text has the form of a date, even if there is no such day. */
    static boolean hasForm(String text) {
        return matcher(text) != null;
    }

    /**
     * Returns the instant, or {@code null} if the text is no date; rounds a fraction of a millisecond up.
     *
     * @param text the whole header value
     * @param reference the time of reading, for two-digit years: one more than 50 years later becomes the most recent
     *     past year with the same last two digits
     */
    public static @Nullable Instant parse(String text, Instant reference) {
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

    private static Pattern form(String regex) {
        return Pattern.compile(regex, Pattern.CASE_INSENSITIVE);
    }

    private static @Nullable Matcher matcher(String text) {
        if (text.length() > MAX_LENGTH) {
            return null;
        }
        for (Pattern form : FORMS) {
            Matcher matcher = form.matcher(text);
            if (matcher.matches()) {
                return matcher;
            }
        }
        return null;
    }

    /** Returns the instant in that year, or {@code null}; a leap second (60) counts as the first of the next minute. */
    private static @Nullable Instant at(Matcher matcher, int year) {
        String seconds = matcher.group("second");
        int second = seconds == null ? 0 : Integer.parseInt(seconds);
        boolean leap = second == 60;
        try {
            return LocalDateTime.of(
                            year,
                            month(matcher.group("month")),
                            number(matcher, "day"),
                            number(matcher, "hour"),
                            number(matcher, "minute"),
                            leap ? 59 : second)
                    .plusSeconds(leap ? 1 : 0)
                    .toInstant(offset(matcher.group("zone")))
                    .plusMillis(fractionMs(matcher));
        } catch (DateTimeException noSuchDay) {
            return null;
        }
    }

    private static int month(String text) {
        int named = MONTHS.indexOf(text.toLowerCase(Locale.ROOT));
        return named < 0 ? Integer.parseInt(text) : named + 1;
    }

    /** Only asctime's form has no zone; it is UTC. */
    private static ZoneOffset offset(@Nullable String zone) {
        boolean numeric = zone != null && (zone.startsWith("+") || zone.startsWith("-"));
        return numeric ? ZoneOffset.of(zone) : ZoneOffset.UTC;
    }

    private static long fractionMs(Matcher matcher) {
        String fraction = FORMS.get(FORMS.size() - 1).equals(matcher.pattern()) ? matcher.group("fraction") : null;
        if (fraction == null) {
            return 0;
        }
        int kept = Math.min(3, fraction.length());
        boolean more = fraction.chars().skip(3).anyMatch(digit -> digit != '0');
        return Long.parseLong((fraction + "000").substring(0, 3)) + (more && kept == 3 ? 1 : 0);
    }

    private static int number(Matcher matcher, String group) {
        return Integer.parseInt(matcher.group(group));
    }

    /** Returns the response's {@code Date}, the reference of instants in it, else when the attempt ended. */
    static Instant ofResponse(Map<String, String> headers, Instant failedAt) {
        String date = headers.get("date");
        Instant said = date == null ? null : parse(date.strip(), failedAt);
        return said == null ? failedAt : said;
    }
}
