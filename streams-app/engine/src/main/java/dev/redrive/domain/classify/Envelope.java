package dev.redrive.domain.classify;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What an error response said of itself, read by the profile of its service.
 *
 * @param code the stable error code, in the case it came in; {@code null} when there was none
 * @param message the text for people
 * @param param the field that was wrong
 * @param type the kind of mistake with that field
 * @param activeRequests the user's active requests, as the concurrency guard counted them; not negative
 * @param concurrencyLimit the user's concurrency limit; positive
 * @param resetAt when the allowance is filled again
 */
public record Envelope(
        @Nullable String code,
        @Nullable String message,
        @Nullable String param,
        @Nullable String type,
        @Nullable Integer activeRequests,
        @Nullable Integer concurrencyLimit,
        @Nullable Instant resetAt) {

    /** Nothing could be read: no body, or not an envelope that the profile knows. */
    public static final Envelope EMPTY = new Envelope(null, null, null, null, null, null, null);

    /** The same with another text for people. */
    public Envelope withMessage(String text) {
        return new Envelope(code, text, param, type, activeRequests, concurrencyLimit, resetAt);
    }
}
