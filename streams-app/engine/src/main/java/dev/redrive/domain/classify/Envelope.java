package dev.redrive.domain.classify;

import java.time.Instant;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The content of an error response, read by the profile of its service.
 *
 * @param code the stable error code, in its original case; {@code null} if there was none
 * @param message the text for people
 * @param param the field that was wrong
 * @param type the kind of mistake with that field
 * @param activeRequests the user's active requests by the API's concurrency guard; not negative
 * @param concurrencyLimit the user's concurrency limit; positive
 * @param resetAt when the allowance resets
 */
public record Envelope(
        @Nullable String code,
        @Nullable String message,
        @Nullable String param,
        @Nullable String type,
        @Nullable Integer activeRequests,
        @Nullable Integer concurrencyLimit,
        @Nullable Instant resetAt) {

    /** An unreadable envelope: no body, or a form unknown to the profile. */
    public static final Envelope EMPTY = new Envelope(null, null, null, null, null, null, null);

    /** Returns the same with another text for people. */
    public Envelope withMessage(String text) {
        return new Envelope(code, text, param, type, activeRequests, concurrencyLimit, resetAt);
    }

    /**
     * Locations of values in an API's error body: JSON Pointers (RFC 6901), tried in order until one has a valid value.
     *
     * @param code the stable error code; text or a whole number
     * @param message the text for people
     * @param param the field that was wrong
     * @param type the kind of mistake
     * @param activeRequests the user's active requests
     * @param concurrencyLimit the user's concurrency limit
     * @param resetAt when the allowance resets
     */
    public record EnvelopePointers(
            List<String> code,
            List<String> message,
            List<String> param,
            List<String> type,
            List<String> activeRequests,
            List<String> concurrencyLimit,
            List<String> resetAt) {

        private static final int MAX_POINTERS = 16;
        private static final Pattern POINTER = Pattern.compile("(/([^/~]|~[01])*)+");

        /** @throws IllegalArgumentException if there are more than 16 for one value, or one is no JSON Pointer */
        public EnvelopePointers {
            code = checked(code);
            message = checked(message);
            param = checked(param);
            type = checked(type);
            activeRequests = checked(activeRequests);
            concurrencyLimit = checked(concurrencyLimit);
            resetAt = checked(resetAt);
        }

        /** Returns every pointer, in unspecified order. */
        public Stream<String> all() {
            return Stream.of(code, message, param, type, activeRequests, concurrencyLimit, resetAt)
                    .flatMap(List::stream);
        }

        private static List<String> checked(List<String> pointers) {
            if (pointers.size() > MAX_POINTERS) {
                throw new IllegalArgumentException("at most " + MAX_POINTERS + " pointers for one value");
            }
            for (String pointer : pointers) {
                if (pointer.length() > 200 || !POINTER.matcher(pointer).matches()) {
                    throw new IllegalArgumentException("'" + pointer
                            + "' is no JSON Pointer; write e.g. /error/code, with ~1 for '/' and ~0 for '~'");
                }
            }
            return List.copyOf(pointers);
        }
    }
}
