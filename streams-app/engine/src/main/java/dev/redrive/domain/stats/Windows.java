package dev.redrive.domain.stats;

import java.time.Duration;
import java.time.Instant;

/**
 * Tumbling windows of error rates, aligned to the epoch.
 *
 * @param size length of a window; at least a second
 * @param grace how long after its end a window accepts late events; not negative
 */
public record Windows(Duration size, Duration grace) {

    private static final int MAX_NAME_CHARS = 128;

    /** @throws IllegalArgumentException if the size is below a second or the grace negative */
    public Windows {
        if (size.compareTo(Duration.ofSeconds(1)) < 0 || grace.isNegative()) {
            throw new IllegalArgumentException(
                    "a window takes at least 1 s and no negative grace: " + size + ", " + grace);
        }
    }

    /**
     * Returns the part that a count belongs to. An event after its window has closed counts as late in the window of
     * its arrival, so that windows and late events add up to the total.
     *
     * @param count what is counted
     * @param now the time of reading
     */
    public Part part(Count count, Instant now) {
        long sizeMs = size.toMillis();
        long atMs = Math.min(count.at().toEpochMilli(), now.toEpochMilli());
        long start = Math.floorDiv(atMs, sizeMs) * sizeMs;
        boolean late = now.toEpochMilli() > start + sizeMs + grace.toMillis();
        if (late) {
            start = Math.floorDiv(now.toEpochMilli(), sizeMs) * sizeMs;
        }
        return new Part(
                start,
                count.kind(),
                late,
                cut(count.service()),
                cut(count.operation()),
                cut(count.word()),
                cut(count.code()));
    }

    private static String cut(String name) {
        return name.length() <= MAX_NAME_CHARS ? name : name.substring(0, MAX_NAME_CHARS);
    }

    /**
     * One event to count, at an instant.
     *
     * @param kind what is counted
     * @param service service category; may be empty
     * @param operation operation name; may be empty
     * @param word the class of failure, or the reason of a dead letter; empty for submissions
     * @param code the error code; may be empty
     * @param at when it happened
     */
    public record Count(Kind kind, String service, String operation, String word, String code, Instant at) {

        /** What is counted. */
        public enum Kind {
            /** A failure that was accepted. */
            FAILURE,
            /** An attempt that was submitted: the denominator. */
            SUBMITTED,
            /** A dead letter. */
            DEAD_LETTER
        }
    }

    /**
     * The key of a sum: sums of the same part from several tasks add up.
     *
     * @param windowStartMs beginning of the window, epoch milliseconds
     * @param kind what is counted
     * @param late whether the window had closed when it was counted
     * @param service service category; may be empty
     * @param operation operation name; may be empty
     * @param word class of failure or reason of a dead letter; empty for submissions
     * @param code error code; may be empty
     */
    public record Part(
            long windowStartMs,
            Count.Kind kind,
            boolean late,
            String service,
            String operation,
            String word,
            String code) {

        /** Replaces names beyond the limit of series. */
        public static final String OTHER = "OTHER";

        /** Returns the part for names beyond the limit of series: same window, kind and word, no further names. */
        public Part coarse() {
            return new Part(windowStartMs, kind, late, OTHER, OTHER, word, word.isEmpty() ? "" : OTHER);
        }
    }
}
