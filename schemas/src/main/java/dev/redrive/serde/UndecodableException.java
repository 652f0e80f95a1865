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
}
