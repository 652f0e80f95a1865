package dev.redrive.domain.gate;

/** The gates; the name is the stable word in the users' state, metrics, configuration and CLI. */
public enum GateName {
    /** The user's allowance and spend cap, for all services. */
    QUOTA(true),
    /** The user's active jobs, over all services. */
    CONCURRENCY(true),
    /** The user's rate window for a service. */
    RATE_WINDOW(false),
    /** The health of a service, for all users. */
    SERVICE_HEALTH(false);

    private final boolean ofUser;

    GateName(boolean ofUser) {
        this.ofUser = ofUser;
    }

    /** Whether it closes for all services of a user at once. */
    public boolean ofUser() {
        return ofUser;
    }
}
