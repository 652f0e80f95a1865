package dev.redrive.codec;

import dev.redrive.domain.classify.Envelope;
import org.jspecify.annotations.Nullable;

/**
 * What came of reading an error body.
 *
 * @param envelope what of it could be read; {@link Envelope#EMPTY} where nothing could
 * @param problem the first fault in it; {@code null} where there was none, or nothing to read
 */
public record EnvelopeReading(Envelope envelope, @Nullable Problem problem) {

    /** What is wrong with a body. */
    public enum Problem {
        /** Larger than is allowed; its beginning is read. */
        TOO_LARGE,
        /** No JSON, or JSON with text after it; an HTML page of a proxy, for one. What stands before the fault is read. */
        NOT_JSON,
        /** JSON that nests deeper, or holds longer names or numbers, than is allowed; those are left out. */
        BEYOND_LIMITS,
        /** A key stands twice in one object with different values, which are left out; objects are read as one. */
        DUPLICATE_KEY,
        /** JSON, but no object, nor an array that holds one. */
        NOT_AN_OBJECT
    }

    static final EnvelopeReading NOTHING = new EnvelopeReading(Envelope.EMPTY, null);
}
