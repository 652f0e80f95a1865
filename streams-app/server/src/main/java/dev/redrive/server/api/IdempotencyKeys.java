package dev.redrive.server.api;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Answers to requests with an {@code Idempotency-Key}, of this instance and since its start: the same request is
 * answered again without being carried out again. An answer is kept for an hour; 10,000 answers and 64 MiB at most, the
 * oldest go first. Safe for use by several threads.
 */
final class IdempotencyKeys {

    private static final Duration RETENTION = Duration.ofHours(1);
    private static final int MAX_KEYS = 10_000;
    private static final long MAX_BYTES = 64L << 20;
    private static final Pattern KEY = Pattern.compile("[\\x21-\\x7e]{1,255}");

    /**
     * A stored answer.
     *
     * @param status HTTP status
     * @param contentType media type
     * @param body the body
     */
    record Answer(int status, String contentType, byte[] body) {}

    private record Entry(
            String bodyHash, Instant since, @Nullable Answer answer) {}

    private final Map<String, Entry> entries = new LinkedHashMap<>();
    private final Clock clock;
    private long bytes;

    IdempotencyKeys(Clock clock) {
        this.clock = clock;
    }

    /**
     * Begins a request.
     *
     * @param caller name of the caller, whose keys are its own
     * @return the former answer; {@code null} if the request is new, and {@link #end} or {@link #forget} is to be called
     * @throws ApiException if the key is not valid, in use, or was used for another body
     */
    synchronized @Nullable Answer begin(String caller, String key, byte[] body) {
        if (!KEY.matcher(key).matches()) {
            throw new ApiException(
                    ApiError.PARAMETER_INVALID, "Idempotency-Key takes 1 to 255 visible ASCII characters");
        }
        expire();
        String hash = HexFormat.of().formatHex(TokenRegistry.sha256(body));
        Entry entry = entries.get(id(caller, key));
        if (entry == null) {
            entries.put(id(caller, key), new Entry(hash, clock.instant(), null));
            return null;
        }
        if (!entry.bodyHash().equals(hash)) {
            throw new ApiException(ApiError.IDEMPOTENCY_KEY_REUSED, null);
        }
        if (entry.answer() == null) {
            throw new ApiException(ApiError.IDEMPOTENCY_KEY_IN_USE, null).retryAfter(1);
        }
        return entry.answer();
    }

    /** Keeps the answer to a request. */
    synchronized void end(String caller, String key, Answer answer) {
        Entry entry = entries.remove(id(caller, key));
        if (entry != null) {
            entries.put(id(caller, key), new Entry(entry.bodyHash(), clock.instant(), answer));
            bytes += answer.body().length;
            expire();
        }
    }

    /** Ends a request without an answer that is worth keeping; it may be sent again. */
    synchronized void forget(String caller, String key) {
        entries.remove(id(caller, key));
    }

    private void expire() {
        Instant before = clock.instant().minus(RETENTION);
        Iterator<Entry> oldest = entries.values().iterator();
        while (oldest.hasNext()) {
            Entry entry = oldest.next();
            if (entries.size() <= MAX_KEYS
                    && bytes <= MAX_BYTES
                    && entry.since().isAfter(before)) {
                return;
            }
            Answer answer = entry.answer();
            if (answer != null) {
                oldest.remove();
                bytes -= answer.body().length;
            }
        }
    }

    private static String id(String caller, String key) {
        return caller + ' ' + key;
    }
}
