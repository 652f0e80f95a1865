package dev.redrive.domain.decide;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.DateTimeException;
import java.time.Duration;
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
 * Parses the delay that an API asks for: a number, a duration such as {@code 6m0s}, a date, or a list of them, of which
 * the longest counts. Rounds up to the millisecond; a result is never shorter than the text.
 */
public final class DelayText {

    /** Max length of a parsed value unless it is only digits, in UTF-16 units; a publisher sends no longer header. */
    private static final int MAX_LENGTH = 1024;

    /** Max digits before the point: more exceed {@link #RetryHint.LONGEST} in any unit, and are no date. */
    private static final int MAX_DIGITS = 15;

    /** Digits after the point; further digits round up. */
    private static final int MAX_DECIMALS = 9;

    /** Seconds of this size or above are an instant: 2001-09-09, or 31 years. */
    private static final BigDecimal EPOCH_SECONDS_FROM = BigDecimal.valueOf(1_000_000_000L);

    /** An instant of this size or above is in milliseconds: in seconds it would be after the year 5138. */
    private static final BigDecimal EPOCH_MILLIS_FROM = BigDecimal.valueOf(100_000_000_000L);

    /** Milliseconds of this size or above are an instant, not a wait: 2001-09-09, or 31 years. */
    private static final BigDecimal WAIT_MILLIS_BELOW = BigDecimal.valueOf(1_000_000_000_000L);

    private static final BigDecimal MILLIS_PER_SECOND = BigDecimal.valueOf(1_000);

    private static final Pattern NUMBER = Pattern.compile("(?<whole>[0-9]+)(?:[.](?<decimals>[0-9]*))?");
    private static final Pattern PART = Pattern.compile(
            "(?<whole>[0-9]+)(?:[.](?<decimals>[0-9]*))? *(?<unit>days?|d|hours?|hrs?|h|minutes?|mins?|m"
                    + "|seconds?|secs?|s|milliseconds?|millis|ms|[u\u00b5\u03bc]s|ns)(?![a-z]) *",
            Pattern.CASE_INSENSITIVE);
    private static final Pattern WEEKDAY = Pattern.compile("(?:mon|tue|wed|thu|fri|sat|sun)[a-z]{0,6}");

    /** The meaning of a number without a unit, by its size; one out of range is counted and waits for the floor. */
    enum Number {
        /** A wait in seconds, or an instant. */
        ANY,
        /** A wait in milliseconds, or an instant. */
        MILLISECONDS,
        /** A wait in seconds. */
        DELTA_SECONDS,
        /** Seconds of the epoch. */
        EPOCH_SECONDS,
        /** Milliseconds of the epoch. */
        EPOCH_MILLIS
    }

    private DelayText() {}

    /**
     * Parses one header value.
     *
     * @param value the raw value
     * @param number meaning of a number without a unit
     * @param saidAt time of the response, the reference of instants
     */
    static RetryHint read(String value, Number number, Instant saidAt) {
        String text = value.strip();
        if (text.length() > MAX_LENGTH && !NUMBER.matcher(text).matches()) {
            return new RetryHint.Unreadable(RetryHint.Reason.TOO_LONG, Duration.ZERO);
        }
        Duration longest = null;
        RetryHint.Reason fault = null;
        for (int from = 0; from <= text.length(); ) {
            int to = end(text, from);
            String element = unquoted(text.substring(from, to).strip());
            from = to + 1;
            if (element.isEmpty()) {
                continue;
            }
            RetryHint hint = element(element, number, saidAt);
            if (hint instanceof RetryHint.Unreadable unreadable) {
                fault = fault == null ? unreadable.reason() : fault;
            }
            Duration read = hint.atLeast();
            longest = longest == null || read.compareTo(longest) > 0 ? read : longest;
        }
        if (longest == null) {
            return new RetryHint.Unreadable(RetryHint.Reason.NOT_DIGITS_OR_DATE, Duration.ZERO);
        }
        return fault == null ? new RetryHint.Wait(longest) : new RetryHint.Unreadable(fault, longest);
    }

    /** Returns the end of a list element: the next comma, except the one after the name of a day. */
    private static int end(String text, int from) {
        int comma = text.indexOf(',', from);
        if (comma >= 0) {
            String before = text.substring(from, comma).strip().toLowerCase(Locale.ROOT);
            comma = WEEKDAY.matcher(before).matches() ? text.indexOf(',', comma + 1) : comma;
        }
        return comma < 0 ? text.length() : comma;
    }

    private static String unquoted(String element) {
        boolean quoted = element.length() > 1 && element.startsWith("\"") && element.endsWith("\"");
        return quoted ? element.substring(1, element.length() - 1).strip() : element;
    }

    private static RetryHint element(String element, Number number, Instant saidAt) {
        Matcher plain = NUMBER.matcher(element);
        if (plain.matches()) {
            return number(value(plain), number, saidAt);
        }
        Instant until = HttpDate.parse(element, saidAt);
        Duration delay = until == null ? duration(element) : until(until, saidAt);
        if (delay != null) {
            return new RetryHint.Wait(delay);
        }
        if (HttpDate.hasForm(element)) {
            return new RetryHint.Unreadable(RetryHint.Reason.NO_SUCH_DATE, Duration.ZERO);
        }
        // Most servers mean UTC without a zone: the wait is at least about that.
        Instant assumed = HttpDate.parse(element + " UTC", saidAt);
        return assumed == null
                ? new RetryHint.Unreadable(RetryHint.Reason.NOT_DIGITS_OR_DATE, Duration.ZERO)
                : new RetryHint.Unreadable(RetryHint.Reason.NO_ZONE, until(assumed, saidAt));
    }

    /** Returns the number, rounded up; {@code null} if it has too many digits. */
    private static @Nullable BigDecimal value(Matcher matcher) {
        String whole = matcher.group("whole").replaceFirst("^0+", "");
        String decimals = matcher.group("decimals");
        if (whole.length() > MAX_DIGITS) {
            return null;
        }
        if (decimals == null || decimals.isEmpty()) {
            return new BigDecimal("0" + whole);
        }
        String kept = decimals.length() > MAX_DECIMALS ? decimals.substring(0, MAX_DECIMALS) + "1" : decimals;
        return new BigDecimal("0" + whole + "." + kept);
    }

    private static RetryHint number(@Nullable BigDecimal value, Number number, Instant saidAt) {
        if (value == null) {
            return new RetryHint.Wait(RetryHint.LONGEST);
        }
        boolean milliseconds = number == Number.MILLISECONDS;
        boolean wait = value.compareTo(milliseconds ? WAIT_MILLIS_BELOW : EPOCH_SECONDS_FROM) < 0;
        boolean inMillis = milliseconds || value.compareTo(EPOCH_MILLIS_FROM) >= 0;
        BigDecimal millis = inMillis ? value : value.multiply(MILLIS_PER_SECOND);
        Duration delay = wait ? bounded(millis) : until(instant(millis), saidAt);
        boolean fits = switch (number) {
            case ANY, MILLISECONDS -> true;
            case DELTA_SECONDS -> wait;
            case EPOCH_SECONDS -> !wait && !inMillis;
            case EPOCH_MILLIS -> inMillis;
        };
        return fits ? new RetryHint.Wait(delay) : new RetryHint.Unreadable(RetryHint.Reason.OTHER_UNIT, delay);
    }

    private static Instant instant(BigDecimal millis) {
        return Instant.ofEpochMilli(millis.setScale(0, RoundingMode.CEILING).longValueExact());
    }

    /** Parses consecutive numbers with units; {@code null} if the text has another form. */
    private static @Nullable Duration duration(String text) {
        Matcher part = PART.matcher(text);
        BigDecimal millis = BigDecimal.ZERO;
        int at = 0;
        while (at < text.length()) {
            if (!part.region(at, text.length()).lookingAt()) {
                return null;
            }
            BigDecimal value = value(part);
            if (value == null) {
                return RetryHint.LONGEST;
            }
            millis = millis.add(value.multiply(unitMillis(part.group("unit").toLowerCase(Locale.ROOT))));
            at = part.end();
        }
        return bounded(millis);
    }

    private static BigDecimal unitMillis(String unit) {
        return switch (unit.charAt(0)) {
            case 'd' -> BigDecimal.valueOf(86_400_000);
            case 'h' -> BigDecimal.valueOf(3_600_000);
            case 's' -> MILLIS_PER_SECOND;
            case 'm' -> unit.equals("ms") || unit.startsWith("milli") ? BigDecimal.ONE : BigDecimal.valueOf(60_000);
            case 'n' -> BigDecimal.valueOf(1, 6);
            default -> BigDecimal.valueOf(1, 3);
        };
    }

    private static Duration until(Instant until, Instant saidAt) {
        Duration delay = Duration.between(saidAt, until);
        if (delay.isNegative()) {
            return Duration.ZERO;
        }
        return delay.compareTo(RetryHint.LONGEST) > 0 ? RetryHint.LONGEST : delay;
    }

    private static Duration bounded(BigDecimal millis) {
        BigDecimal whole = millis.setScale(0, RoundingMode.CEILING);
        return whole.compareTo(BigDecimal.valueOf(RetryHint.LONGEST.toMillis())) > 0
                ? RetryHint.LONGEST
                : Duration.ofMillis(whole.longValueExact());
    }

    /**
     * Parses an HTTP-date (RFC 9110 section 5.6.7) in its three forms, and ISO 8601. Lenient where the instant is certain:
     * letters in any case, days of one digit, UTC or an offset for GMT. Does not compare the name of the day with the date.
     */
    public static final class HttpDate {

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
            Instant sent = date == null ? null : parse(date.strip(), failedAt);
            return sent == null ? failedAt : sent;
        }
    }
}
