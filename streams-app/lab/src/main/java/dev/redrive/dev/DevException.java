package dev.redrive.dev;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A part of the development instance failed; the message contains the remedy. */
public final class DevException extends RuntimeException {

    /** The cause; the names are stable. */
    public enum Reason {
        DIRECTORY_IN_USE,
        DIRECTORY_UNUSABLE,
        PORT_IN_USE,
        DATA_UNREADABLE,
        /** A part did not start for another reason; see the exception's cause. */
        START_FAILED
    }

    private final Reason reason;

    DevException(Reason reason, String message, @Nullable Throwable cause) {
        super(Objects.requireNonNull(message, "message"), cause);
        this.reason = reason;
    }

    public Reason reason() {
        return reason;
    }
}
