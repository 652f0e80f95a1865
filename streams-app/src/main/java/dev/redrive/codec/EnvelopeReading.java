package dev.redrive.codec;

import dev.redrive.domain.classify.Envelope;
import org.jspecify.annotations.Nullable;

/**
 * What came of reading an error body.
 *
 * @param envelope what it said; {@link Envelope#EMPTY} where it could not be read
 * @param problem why it could not be read; {@code null} where it could, or where there was nothing to read
 */
public record EnvelopeReading(Envelope envelope, @Nullable Problem problem) {

    /** Why a body could not be read; the name is the stable word in metrics. */
    public enum Problem {
        /** Larger than is allowed; not looked into. */
        TOO_LARGE,
        /** No JSON, or JSON with text after it; an HTML page of a proxy, for one. */
        NOT_JSON,
        /** JSON that nests deeper, or holds longer names or numbers, than is allowed. */
        BEYOND_LIMITS,
        /** A key stands twice in one object, so what it says is anybody's guess. */
        DUPLICATE_KEY,
        /** JSON, but no object. */
        NOT_AN_OBJECT
    }

    static final EnvelopeReading NOTHING = new EnvelopeReading(Envelope.EMPTY, null);

    static EnvelopeReading unread(Problem problem) {
        return new EnvelopeReading(Envelope.EMPTY, problem);
    }
}
