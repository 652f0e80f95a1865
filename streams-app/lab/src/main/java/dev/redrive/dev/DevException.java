package dev.redrive.dev;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A part of the development instance could not do its work; the message says what to do about it. */
public final class DevException extends RuntimeException {

    /** Why; the name is the stable word. */
    public enum Reason {
        /** Another process, or another instance in this process, uses the directory. */
        DIRECTORY_IN_USE,
        /** The directory could not be made, read or written. */
        DIRECTORY_UNUSABLE,
        /** Something listens on the port already. */
        PORT_IN_USE,
        /** A file of an earlier run cannot be understood. */
        DATA_UNREADABLE,
        /** A part did not start for another cause; see the exception's cause. */
        START_FAILED
    }

    private final Reason reason;

    DevException(Reason reason, String message, @Nullable Throwable cause) {
        super(Objects.requireNonNull(message, "message"), cause);
        this.reason = reason;
    }

    /** Why. */
    public Reason reason() {
        return reason;
    }
}
