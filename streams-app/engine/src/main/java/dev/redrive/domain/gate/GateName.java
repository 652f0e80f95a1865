package dev.redrive.domain.gate;

import java.util.function.DoubleFunction;

/**
 * The gates, each with its rule, in the order of evaluation: first what a person orders, then the gates of the user, for
 * they close for all its services. A new gate is a constant here and the class of its rule. The name is stable in the users' state, metrics,
 * configuration and CLI.
 */
public enum GateName {
    /** What a person holds. It may close for some services, operations or users, and so counts by service. */
    OPERATOR(wasteBudget -> new OperatorGate(), Scope.SERVICE, Published.WHILE_RETRIES_PEND),
    /** The user's allowance and spend cap, for all services. */
    QUOTA(wasteBudget -> new QuotaGate(), Scope.USER, Published.ALWAYS),
    /** The user's active jobs, over all services. Full slots are published only while a retry waits. */
    CONCURRENCY(ConcurrencyGate::new, Scope.USER, Published.WHILE_RETRIES_PEND),
    /** The user's rate window for a service. */
    RATE_WINDOW(wasteBudget -> new RateWindowGate(), Scope.SERVICE, Published.ALWAYS),
    /** The health of a service, for all users. Its changes cause no new records of the users. */
    SERVICE_HEALTH(wasteBudget -> new ServiceHealthGate(), Scope.SERVICE, Published.NEVER);

    private final DoubleFunction<Gate> gate;
    private final Scope scope;
    private final Published published;

    GateName(DoubleFunction<Gate> gate, Scope scope, Published published) {
        this.gate = gate;
        this.scope = scope;
        this.published = published;
    }

    /** What a gate closes for. */
    private enum Scope {
        /** All services of a user. */
        USER,
        /** One service. */
        SERVICE
    }

    /** When a closed gate that blocks no retry is part of its user's published state. */
    private enum Published {
        ALWAYS,
        WHILE_RETRIES_PEND,
        NEVER
    }

    /** Returns its rule; see {@link Gates#of}. */
    Gate gate(double wasteBudget) {
        return gate.apply(wasteBudget);
    }

    /** Returns whether it closes for all services of a user at once. */
    public boolean ofUser() {
        return scope == Scope.USER;
    }

    /**
     * Returns whether it is part of its user's published state while it is closed and blocks no retry.
     *
     * @param pendingRetries number of the user's pending retries
     */
    public boolean publishedWhileIdle(int pendingRetries) {
        return switch (published) {
            case ALWAYS -> true;
            case WHILE_RETRIES_PEND -> pendingRetries > 0;
            case NEVER -> false;
        };
    }
}
