package dev.redrive.domain.decide;

import dev.redrive.domain.classify.FailureClass;
import dev.redrive.domain.classify.HintHeaders;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a response told of the user's rate window for a service. What cannot be read is {@code null}.
 *
 * @param service the service that the window belongs to: the header's, else the failure's
 * @param limit calls per window, not negative
 * @param remaining calls left, not negative
 * @param resetAt when the window opens again
 * @param closedUntil no call succeeds before: from Retry-After of a rate-limited response, else {@code resetAt} where
 *     none remain
 */
public record RateLimitHint(
        String service,
        @Nullable Integer limit,
        @Nullable Integer remaining,
        @Nullable Instant resetAt,
        @Nullable Instant closedUntil) {

    private static final Pattern DIGITS = Pattern.compile("[0-9]{1,15}");
    private static final Pattern SERVICE = Pattern.compile("[A-Za-z0-9._-]{1,64}");
    private static final long DELTA_BELOW = 100_000_000L;
    private static final long SECONDS_BELOW = 100_000_000_000L;

    /** Whether the response told anything of the window. */
    public boolean known() {
        return limit != null || remaining != null || resetAt != null || closedUntil != null;
    }

    /**
     * Reads the hint.
     *
     * @param names the profile's headers
     * @param headers the response's headers, names in lower case
     * @param service the failure's service
     * @param failureClass the failure's class; Retry-After closes the window of a rate-limited one only
     * @param failedAt when the attempt ended
     * @param longest an instant later than this after the failure is not believed, else one response could shut the
     *     user out for years
     */
    static RateLimitHint from(
            HintHeaders names,
            Map<String, String> headers,
            String service,
            FailureClass failureClass,
            Instant failedAt,
            Duration longest) {
        Integer limit = count(headers, names.limit());
        Integer remaining = count(headers, names.remaining());
        Instant resetAt = reset(number(headers, names.reset()), names.resetUnit(), failedAt, longest);
        Instant closedUntil = remaining != null && remaining == 0 ? resetAt : null;
        if (failureClass == FailureClass.RATE_LIMITED
                && RetryAfter.from(names, headers, failedAt) instanceof RetryHint.Wait wait
                && wait.delay().compareTo(longest) <= 0) {
            closedUntil = failedAt.plus(wait.delay());
        }
        return new RateLimitHint(service(headers, names.service(), service), limit, remaining, resetAt, closedUntil);
    }

    private static String service(Map<String, String> headers, @Nullable String name, String fallback) {
        String value = name == null ? null : headers.get(name);
        return value != null && SERVICE.matcher(value.strip()).matches() ? value.strip() : fallback;
    }

    private static @Nullable Integer count(Map<String, String> headers, @Nullable String name) {
        Long number = number(headers, name);
        return number == null || number > Integer.MAX_VALUE ? null : Integer.valueOf(number.intValue());
    }

    private static @Nullable Long number(Map<String, String> headers, @Nullable String name) {
        String value = name == null ? null : headers.get(name);
        return value != null && DIGITS.matcher(value.strip()).matches() ? Long.valueOf(value.strip()) : null;
    }

    private static @Nullable Instant reset(
            @Nullable Long value, HintHeaders.ResetUnit unit, Instant failedAt, Duration longest) {
        if (value == null) {
            return null;
        }
        Instant told = switch (unit) {
            case DELTA_SECONDS -> failedAt.plusSeconds(value);
            case EPOCH_SECONDS -> Instant.ofEpochSecond(value);
            case EPOCH_MILLIS -> Instant.ofEpochMilli(value);
            case AUTO -> bySize(value, failedAt);
        };
        Duration ahead = Duration.between(failedAt, told);
        return ahead.compareTo(longest) > 0 ? null : told;
    }

    private static Instant bySize(long value, Instant failedAt) {
        if (value < DELTA_BELOW) {
            return failedAt.plusSeconds(value);
        }
        return value < SECONDS_BELOW ? Instant.ofEpochSecond(value) : Instant.ofEpochMilli(value);
    }
}
