package dev.redrive.sim;

/** How the simulated API answers a call that it has no fault to find with; the name is the word in reports. */
public enum ReplyKind {
    /** The job is accepted. */
    ACCEPTED(202),
    /** The user has as many active jobs as it may. */
    CONCURRENCY_LIMITED(429),
    /** The user's window for the service is full. */
    RATE_LIMITED(429),
    /** The user's allowance is spent. */
    ALLOWANCE_SPENT(402),
    /** The API is out. */
    UNAVAILABLE(503),
    /** The call was let in and broke. */
    INTERNAL_ERROR(500);

    private final int status;

    ReplyKind(int status) {
        this.status = status;
    }

    /** HTTP status. */
    public int status() {
        return status;
    }

    /** Whether the call was in vain and could have been spared: refused by a limit, or made while the API was out. */
    public boolean wasted() {
        return switch (this) {
            case CONCURRENCY_LIMITED, RATE_LIMITED, ALLOWANCE_SPENT, UNAVAILABLE -> true;
            case ACCEPTED, INTERNAL_ERROR -> false;
        };
    }
}
