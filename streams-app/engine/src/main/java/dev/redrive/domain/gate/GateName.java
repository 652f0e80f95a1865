package dev.redrive.domain.gate;

/**
 * The gates, each with its rule, in the order of asking: those of the user come first, for they close for all its services.
 * A new gate is a constant here and the class of its rule. The name is the stable word in the users' state, metrics,
 * configuration and CLI.
 */
public enum GateName {
    /** The user's allowance and spend cap, for all services. */
    QUOTA(new QuotaGate(), Scope.USER, Published.ALWAYS),
    /** The user's active jobs, over all services. That all slots are taken is worth a record only while something waits. */
    CONCURRENCY(new ConcurrencyGate(), Scope.USER, Published.WHILE_RETRIES_PEND),
    /** The user's rate window for a service. */
    RATE_WINDOW(new RateWindowGate(), Scope.SERVICE, Published.ALWAYS),
    /** The health of a service, for all users. Their records are not written anew whenever it changes. */
    SERVICE_HEALTH(new ServiceHealthGate(), Scope.SERVICE, Published.NEVER);

    private final Gate gate;
    private final Scope scope;
    private final Published published;

    GateName(Gate gate, Scope scope, Published published) {
        this.gate = gate;
        this.scope = scope;
        this.published = published;
    }

    /** What a gate closes for at once. */
    private enum Scope {
        /** All services of a user. */
        USER,
        /** One service. */
        SERVICE
    }

    /** When a closed gate that holds no retry is part of its user's published state. */
    private enum Published {
        ALWAYS,
        WHILE_RETRIES_PEND,
        NEVER
    }

    /** Its rule. */
    Gate gate() {
        return gate;
    }

    /** Whether it closes for all services of a user at once. */
    public boolean ofUser() {
        return scope == Scope.USER;
    }

    /**
     * Whether it is part of its user's published state where it is closed and holds no retry.
     *
     * @param pendingRetries of the user
     */
    public boolean publishedWhileIdle(int pendingRetries) {
        return switch (published) {
            case ALWAYS -> true;
            case WHILE_RETRIES_PEND -> pendingRetries > 0;
            case NEVER -> false;
        };
    }
}
