package dev.redrive.publish;

import java.time.Instant;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Limits of published data; longer values are rejected, or cut where stated. */
public final class Limits {

    /** Max characters of an id, a name, a label's key or its value. */
    public static final int MAX_ID_CHARS = 256;

    /** Max size of a request's body in bytes. */
    public static final int MAX_REQUEST_BYTES = 512 * 1024;

    /** Max size of an error body in UTF-8 bytes; a longer one is cut and ends in {@link #CUT_MARK}. */
    public static final int MAX_ERROR_BODY_BYTES = 64 * 1024;

    /** Max size of an error message in UTF-8 bytes; a longer one is cut and ends in {@link #CUT_MARK}. */
    public static final int MAX_ERROR_MESSAGE_BYTES = 4 * 1024;

    /** Max response headers; those with retry hints are kept first. */
    public static final int MAX_HEADERS = 64;

    /** Max characters of a response header's value; a longer header is omitted, or cut if it is a retry hint. */
    public static final int MAX_HEADER_CHARS = 1_024;

    /** Max number of an attempt. */
    public static final int MAX_ATTEMPT = 1_000_000;

    /** Max labels. */
    public static final int MAX_LABELS = 16;

    /**
     * Earliest accepted instant; an earlier one is a wrong unit: epoch seconds read as milliseconds are in January
     * 1970.
     */
    public static final Instant EARLIEST = Instant.parse("2000-01-01T00:00:00Z");

    /** Error text for an earlier instant; follows the name of its field. */
    public static final String TOO_EARLY =
            "lies before the year 2000; a number is milliseconds since 1970, not seconds";

    /** The last instant of the year 9999; a later one is a number in another unit. */
    public static final Instant LAST_INSTANT = Instant.ofEpochMilli(253_402_300_799_999L);

    /** Max priority of a job; the min is 0. */
    public static final int MAX_PRIORITY = 9;

    /** End of a cut text. */
    public static final String CUT_MARK = "…[cut]";

    private static final int CUT_MARK_BYTES = 8;

    private Limits() {}

    static String id(String name, @Nullable String value) {
        if (value == null || value.isEmpty()) {
            throw new IllegalArgumentException(name + " must not be empty");
        }
        return text(name, value);
    }

    static String text(String name, String value) {
        if (value.length() > MAX_ID_CHARS) {
            throw new IllegalArgumentException(
                    name + " has " + value.length() + " characters, more than " + MAX_ID_CHARS);
        }
        if (!wellFormed(value)) {
            throw new IllegalArgumentException(name + " has half of a surrogate pair, which UTF-8 cannot carry");
        }
        return value;
    }

    static @Nullable String optional(String name, @Nullable String value) {
        return value == null || value.isEmpty() ? null : text(name, value);
    }

    static Instant instant(String name, Instant value) {
        if (value.isBefore(EARLIEST)) {
            throw new IllegalArgumentException(name + " " + TOO_EARLY + ": " + value);
        }
        return value;
    }

    static @Nullable Instant ahead(String name, @Nullable Instant instant) {
        if (instant != null && instant.isAfter(LAST_INSTANT)) {
            throw new IllegalArgumentException(name + " must not be after the year 9999: " + instant);
        }
        return instant == null ? null : instant(name, instant);
    }

    static Map<String, String> labels(Map<String, String> labels) {
        if (labels.size() > MAX_LABELS) {
            throw new IllegalArgumentException("labels: " + labels.size() + ", more than " + MAX_LABELS);
        }
        labels.forEach((key, value) -> {
            id("a label's key", key);
            text("a label's value", value);
        });
        return Map.copyOf(labels);
    }

    static boolean plausible(Instant instant) {
        return !instant.isBefore(EARLIEST) && !instant.isAfter(LAST_INSTANT);
    }

    /** Returns the labels that {@link #labels} accepts, in the order of their keys. */
    static Map<String, String> keepable(Map<String, String> labels) {
        return labels.entrySet().stream()
                .filter(label -> !label.getKey().isEmpty())
                .filter(label -> label.getKey().length() <= MAX_ID_CHARS
                        && label.getValue().length() <= MAX_ID_CHARS)
                .sorted(Map.Entry.comparingByKey())
                .limit(MAX_LABELS)
                .collect(Collectors.toUnmodifiableMap(Map.Entry::getKey, Map.Entry::getValue));
    }

    /** Cuts a text to a max number of UTF-8 bytes, between code points. */
    static String cut(String text, int maxBytes) {
        if (text.length() <= maxBytes / 3) {
            return text;
        }
        int room = maxBytes - CUT_MARK_BYTES;
        int bytes = 0;
        int keep = 0;
        for (int i = 0; i < text.length(); ) {
            int codePoint = text.codePointAt(i);
            bytes += utf8Bytes(codePoint);
            i += Character.charCount(codePoint);
            if (bytes <= room) {
                keep = i;
            }
            if (bytes > maxBytes) {
                return text.substring(0, keep) + CUT_MARK;
            }
        }
        return text;
    }

    private static int utf8Bytes(int codePoint) {
        if (codePoint < 0x80) {
            return 1;
        }
        if (codePoint < 0x800) {
            return 2;
        }
        return codePoint < 0x10000 ? 3 : 4;
    }

    private static boolean wellFormed(String value) {
        return value.codePoints().noneMatch(c -> c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE);
    }
}
