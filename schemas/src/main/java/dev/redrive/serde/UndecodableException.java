package dev.redrive.serde;

import org.apache.kafka.common.errors.SerializationException;
import org.jspecify.annotations.Nullable;

/**
 * The bytes are not a readable record, now or later: they are corrupt, or another writer's.
 *
 * <p>The message contains the reason and never any of the data.
 */
public final class UndecodableException extends SerializationException {

    private static final long serialVersionUID = 1L;

    private final UndecodableReason reason;
    private final String detail;

    /**
     * Creates the exception.
     *
     * @param reason the stable reason
     * @param detail for people; contains no data
     */
    public UndecodableException(UndecodableReason reason, String detail) {
        this(reason, detail, null);
    }

    UndecodableException(UndecodableReason reason, String detail, @Nullable Throwable cause) {
        super(reason + ": " + detail, cause);
        this.reason = reason;
        this.detail = detail;
    }

    /** Returns a copy to throw again; a shared exception would collect what each throwing thread adds to it. */
    UndecodableException again() {
        return new UndecodableException(reason, detail, getCause());
    }

    /** Returns the stable reason. */
    public UndecodableReason reason() {
        return reason;
    }

    /** Why bytes are not a record; the name is stable in headers, metrics and runbooks. */
    public enum UndecodableReason {
        /** The value is null; only from callers that require one: {@code deserialize} returns null for it. */
        NULL_VALUE,
        /** The value does not start with a zero byte, so it is not in Confluent's wire format. */
        NO_MAGIC_BYTE,
        /** The value is shorter than the five bytes before a record: a zero byte and the schema id. */
        TOO_SHORT,
        /** The record ends before its last field, or declares a length beyond its end. */
        TRUNCATED,
        /** The registry has no schema of this id, or the id is negative, which no registry assigns. */
        UNKNOWN_SCHEMA_ID,
        /** The registry refuses the schema of this id, e.g. 400, or 403 with error code 40301. */
        SCHEMA_REFUSED,
        /**
         * The writer's schema is unreadable or cannot be resolved to the expected one; or the registry's response for the
         * id is no schema, or is too long.
         */
        INCOMPATIBLE_SCHEMA,
        /** The value is a record of another type. */
        WRONG_RECORD,
        /** Bytes are left after the record's last field. */
        TRAILING_BYTES,
        /** The record's bytes break Avro's encoding: an index out of range, text that is not UTF-8, a number too long. */
        CORRUPT
    }
}
