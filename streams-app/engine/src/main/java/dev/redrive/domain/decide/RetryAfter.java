package dev.redrive.domain.decide;

import dev.redrive.domain.classify.Profile.HintHeaders;
import dev.redrive.domain.classify.Profile.HintHeaders.RetryHeader;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;

/** Reads {@code Retry-After} (RFC 9110 section 10.2.3) and headers like it. */
public final class RetryAfter {

    /** Longer requests count as this long, which is longer than any policy allows: ten years. */
    public static final Duration LONGEST = Duration.ofDays(3650);

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
            DelayText.Number number = header.unit() == RetryHeader.Unit.MILLISECONDS
                    ? DelayText.Number.MILLISECONDS
                    : DelayText.Number.ANY;
            RetryHint read = DelayText.read(value, number, saidAt(headers, failedAt));
            if (read instanceof RetryHint.Wait) {
                return read;
            }
            hint = hint instanceof RetryHint.None ? read : hint;
        }
        return hint;
    }

    /** The response's {@code Date}, which instants in it are relative to, else when the attempt ended. */
    static Instant saidAt(Map<String, String> headers, Instant failedAt) {
        String date = headers.get("date");
        Instant said = date == null ? null : HttpDate.parse(date.strip(), failedAt);
        return said == null ? failedAt : said;
    }
}
