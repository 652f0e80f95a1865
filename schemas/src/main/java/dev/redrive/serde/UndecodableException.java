package dev.redrive.serde;

import org.apache.kafka.common.errors.SerializationException;
import org.jspecify.annotations.Nullable;

/**
 * The bytes are not a record that can be read, now or later: the data is bad, or was written by someone else.
 *
 * <p>The message names the reason and never holds any of the data.
 */
public final class UndecodableException extends SerializationException {

    private static final long serialVersionUID = 1L;

    private final UndecodableReason reason;
    private final String detail;

    /**
     * Makes the exception.
     *
     * @param reason the stable reason
     * @param detail for people; holds no data
     */
    public UndecodableException(UndecodableReason reason, String detail) {
        this(reason, detail, null);
    }

    UndecodableException(UndecodableReason reason, String detail, @Nullable Throwable cause) {
        super(reason + ": " + detail, cause);
        this.reason = reason;
        this.detail = detail;
    }

    /** The same, to be thrown once more; an exception that several threads throw gathers what each adds to it. */
    UndecodableException again() {
        return new UndecodableException(reason, detail, getCause());
    }

    /** The stable reason. */
    public UndecodableReason reason() {
        return reason;
    }
}
