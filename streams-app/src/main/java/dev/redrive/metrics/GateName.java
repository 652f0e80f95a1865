package dev.redrive.metrics;

/** The gates, as metrics name them. */
enum GateName {
    /** The user's concurrency. */
    CONCURRENCY,
    /** The user's quota. */
    QUOTA,
    /** The user's rate window for a service. */
    RATE_WINDOW,
    /** The health of a service. */
    SERVICE_HEALTH
}
