package dev.redrive.domain.classify;

import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The response headers in which an API says when to come back. Names are in lower case.
 *
 * @param retryAfter tried in order until one is there and can be read
 * @param service the service that the rate window belongs to
 * @param limit calls per window
 * @param remaining calls left in the window
 * @param reset when the window opens again
 * @param resetUnit how {@code reset} is written
 */
public record HintHeaders(
        List<RetryHeader> retryAfter,
        @Nullable String service,
        @Nullable String limit,
        @Nullable String remaining,
        @Nullable String reset,
        ResetUnit resetUnit) {

    /** Brings names to lower case. */
    public HintHeaders {
        retryAfter = List.copyOf(retryAfter);
        service = lower(service);
        limit = lower(limit);
        remaining = lower(remaining);
        reset = lower(reset);
    }

    /**
     * A header that names a delay.
     *
     * @param name in lower case
     * @param unit how its value is written
     */
    public record RetryHeader(String name, Unit unit) {

        /** Brings the name to lower case. */
        public RetryHeader {
            name = name.toLowerCase(Locale.ROOT);
        }

        /** How a delay is written. */
        public enum Unit {
            /** Seconds or an HTTP-date, as {@code Retry-After} of RFC 9110 section 10.2.3. */
            HTTP,
            /** Seconds; what else can be understood is taken as with {@code HTTP}. */
            SECONDS,
            /** Milliseconds. */
            MILLISECONDS
        }
    }

    /** How the instant at which a rate window opens is written. */
    public enum ResetUnit {
        /** By its size: below 10^9 seconds from the failure on, below 10^11 seconds of the epoch, else milliseconds of it. */
        AUTO,
        /** Seconds from the failure on. */
        DELTA_SECONDS,
        /** Seconds since 1970-01-01T00:00Z. */
        EPOCH_SECONDS,
        /** Milliseconds since 1970-01-01T00:00Z. */
        EPOCH_MILLIS
    }

    private static @Nullable String lower(@Nullable String name) {
        return name == null ? null : name.toLowerCase(Locale.ROOT);
    }
}
