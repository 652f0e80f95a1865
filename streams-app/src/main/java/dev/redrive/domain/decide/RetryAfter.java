package dev.redrive.domain.decide;

import dev.redrive.domain.classify.HintHeaders;
import dev.redrive.domain.classify.HintHeaders.RetryHeader;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads {@code Retry-After} (RFC 9110 section 10.2.3) and headers like it. */
public final class RetryAfter {

    /** Longer requests count as this long, which is longer than any policy allows: ten years. */
    public static final Duration LONGEST = Duration.ofDays(3650);

    private static final int MAX_LENGTH = 64;

    /** More digits than this are more than {@link #LONGEST} in any unit. */
    private static final int MAX_DIGITS = 15;

    private static final Pattern DIGITS = Pattern.compile("[0-9]+");

    private RetryAfter() {}

    /**
     * Reads the first header of the profile's that is there and can be read.
     *
     * @param names the profile's headers
     * @param headers the response's headers, names in lower case
     * @param failedAt when the attempt ended; stands in for the response's {@code Date}
     */
    public static RetryHint from(HintHeaders names, Map<String, String> headers, Instant failedAt) {
        RetryHint hint = new RetryHint.None();
        for (RetryHeader header : names.retryAfter()) {
            String value = headers.get(header.name());
            if (value == null) {
                continue;
            }
            RetryHint read = parse(value, header.unit(), headers.get("date"), failedAt);
            if (read instanceof RetryHint.Wait) {
                return read;
            }
            hint = hint instanceof RetryHint.None ? read : hint;
        }
        return hint;
    }

    /**
     * Reads one value.
     *
     * @param value as it came; spaces and tabs around it are dropped
     * @param unit how it is written
     * @param date the response's {@code Date}, which a date in the value is relative to where it can be read
     * @param failedAt when the attempt ended
     */
    static RetryHint parse(String value, RetryHeader.Unit unit, @Nullable String date, Instant failedAt) {
        String text = value.strip();
        if (text.length() > MAX_LENGTH) {
            return new RetryHint.Ignored(RetryHint.Reason.TOO_LONG);
        }
        if (DIGITS.matcher(text).matches()) {
            return new RetryHint.Wait(digits(text, unit));
        }
        if (unit != RetryHeader.Unit.HTTP) {
            return new RetryHint.Ignored(RetryHint.Reason.NOT_DIGITS);
        }
        if (!HttpDate.looksLikeDate(text)) {
            return new RetryHint.Ignored(RetryHint.Reason.NOT_DIGITS_OR_DATE);
        }
        Instant until = HttpDate.parse(text, failedAt);
        if (until == null) {
            return new RetryHint.Ignored(RetryHint.Reason.NO_SUCH_DATE);
        }
        return new RetryHint.Wait(bounded(Duration.between(saidAt(date, failedAt), until)));
    }

    private static Instant saidAt(@Nullable String date, Instant failedAt) {
        Instant said = date == null ? null : HttpDate.parse(date.strip(), failedAt);
        return said == null ? failedAt : said;
    }

    /** Never overflows: what is too long to count is {@link #LONGEST}, for it must not become short. */
    private static Duration digits(String text, RetryHeader.Unit unit) {
        int first = 0;
        while (first < text.length() - 1 && text.charAt(first) == '0') {
            first++;
        }
        String significant = text.substring(first);
        if (significant.length() > MAX_DIGITS) {
            return LONGEST;
        }
        long number = Long.parseLong(significant);
        return bounded(unit == RetryHeader.Unit.MILLISECONDS ? Duration.ofMillis(number) : Duration.ofSeconds(number));
    }

    private static Duration bounded(Duration delay) {
        if (delay.isNegative()) {
            return Duration.ZERO;
        }
        return delay.compareTo(LONGEST) > 0 ? LONGEST : delay;
    }
}
