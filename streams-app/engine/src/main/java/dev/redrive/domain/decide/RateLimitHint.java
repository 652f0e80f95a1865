package dev.redrive.domain.decide;

import dev.redrive.domain.classify.Profile.HintHeaders;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A user's rate window for a service, read from a response. Unreadable values are {@code null}.
 *
 * @param service the service that the window belongs to: the header's, else the failure's
 * @param limit calls per window, not negative
 * @param remaining calls left, not negative
 * @param resetAt when the window opens again
 * @param closedUntil no call succeeds before this instant: the wait of a rate-limited response, else {@code resetAt} if
 *     none remain
 */
public record RateLimitHint(
        String service,
        @Nullable Integer limit,
        @Nullable Integer remaining,
        @Nullable Instant resetAt,
        @Nullable Instant closedUntil) {

    private static final Pattern COUNT = Pattern.compile("([0-9]{1,15})(?:[.][0-9]*)?(?:;.*)?");
    private static final Pattern SERVICE = Pattern.compile("[A-Za-z0-9._-]{1,64}");
    private static final int MAX_LENGTH = 1024;

    /** Returns whether the response has any value of the window. */
    public boolean known() {
        return limit != null || remaining != null || resetAt != null || closedUntil != null;
    }

    /**
     * Parses the window of a response; {@link #reset} parses when it resets.
     *
     * @param names the profile's headers
     * @param headers the response's headers, names in lower case
     * @param service the failure's service
     * @param failedAt when the attempt ended
     * @param maxWait later instants after the failure are ignored, else one response could block the user for years
     * @param reset when the window resets
     */
    static RateLimitHint from(
            HintHeaders names,
            Map<String, String> headers,
            String service,
            Instant failedAt,
            Duration maxWait,
            RetryHint reset) {
        Integer remaining = count(headers, names.remaining());
        Instant resetAt = reset instanceof RetryHint.Wait wait ? believed(wait.delay(), failedAt, maxWait) : null;
        return new RateLimitHint(
                service(headers, names.service(), service),
                count(headers, names.limit()),
                remaining,
                resetAt,
                remaining != null && remaining == 0 ? resetAt : null);
    }

    /**
     * Returns the window of a rate-limited response.
     *
     * @param refusedFor how long the response closes the window; {@code null} if unknown
     */
    RateLimitHint refused(@Nullable Duration refusedFor, Instant failedAt, Duration maxWait) {
        Instant refusedUntil = refusedFor == null ? null : believed(refusedFor, failedAt, maxWait);
        return refusedUntil == null ? this : new RateLimitHint(service, limit, remaining, resetAt, refusedUntil);
    }

    /** Returns whether a rate-limited response may be one of this window, because it does not report calls left. */
    boolean mayRefuse() {
        return remaining == null || remaining == 0;
    }

    /** Returns when the window resets, whether it is closed or not. */
    static RetryHint reset(HintHeaders names, Map<String, String> headers, Instant failedAt) {
        String value = names.reset() == null ? null : headers.get(names.reset());
        if (value == null) {
            return new RetryHint.None();
        }
        DelayText.Number number = switch (names.resetUnit()) {
            case AUTO -> DelayText.Number.ANY;
            case DELTA_SECONDS -> DelayText.Number.DELTA_SECONDS;
            case EPOCH_SECONDS -> DelayText.Number.EPOCH_SECONDS;
            case EPOCH_MILLIS -> DelayText.Number.EPOCH_MILLIS;
        };
        return DelayText.read(value, number, HttpDate.ofResponse(headers, failedAt));
    }

    private static @Nullable Instant believed(Duration delay, Instant failedAt, Duration maxWait) {
        return delay.compareTo(maxWait) > 0 ? null : failedAt.plus(delay);
    }

    private static String service(Map<String, String> headers, @Nullable String name, String fallback) {
        String value = name == null ? null : headers.get(name);
        return value != null && SERVICE.matcher(value.strip()).matches() ? value.strip() : fallback;
    }

    /** Returns the smallest number of a list, without parameters and decimals; {@code null} if there is none. */
    private static @Nullable Integer count(Map<String, String> headers, @Nullable String name) {
        String value = name == null ? null : headers.get(name);
        if (value == null || value.length() > MAX_LENGTH) {
            return null;
        }
        Integer smallest = null;
        for (String element : value.split(",", -1)) {
            Matcher matcher = COUNT.matcher(element.strip());
            long number = matcher.matches() ? Long.parseLong(matcher.group(1)) : Long.MAX_VALUE;
            if (number <= Integer.MAX_VALUE && (smallest == null || number < smallest)) {
                smallest = (int) number;
            }
        }
        return smallest;
    }
}
