package dev.redrive.dev;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A part of the development instance could not do its work; the message says what to do about it. */
public final class DevException extends RuntimeException {

    /** Why; the name is the stable word. */
    public enum Reason {
        DIRECTORY_IN_USE,
        DIRECTORY_UNUSABLE,
        PORT_IN_USE,
        DATA_UNREADABLE,
        /** A part did not start for another cause; see the exception's cause. */
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
