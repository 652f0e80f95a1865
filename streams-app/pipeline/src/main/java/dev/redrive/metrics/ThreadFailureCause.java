package dev.redrive.metrics;

/** Why a stream thread failed, as metrics name it. */
enum ThreadFailureCause {
    /** The schema registry could not be reached. */
    REGISTRY_UNAVAILABLE,
    /** Anything else; the log tells. */
    OTHER
}
