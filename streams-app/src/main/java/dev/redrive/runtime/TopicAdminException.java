package dev.redrive.runtime;

/** The cluster could not be asked about topics at all; what is wrong with one topic is a {@link TopicFinding}. */
public final class TopicAdminException extends RuntimeException {

    /** Why; the name is the stable word. */
    public enum Reason {
        /** No broker answered in time. */
        UNREACHABLE,
        /** The client may not ask, or could not prove who it is. */
        NOT_AUTHORIZED,
        /** The cluster answered with another error; see the cause. */
        FAILED
    }

    private final Reason reason;

    TopicAdminException(Reason reason, String message, Throwable cause) {
        super(message, cause);
        this.reason = reason;
    }

    /** Why. */
    public Reason reason() {
        return reason;
    }
}
