package dev.redrive.runtime;

/**
 * How far an instance is from doing its work; the name is the stable word in health answers, metrics and runbooks. An
 * instance without tasks of its own, because others hold them all, is ready.
 */
public enum Readiness {
    /** It works. */
    READY,
    /** It has not worked since its start. */
    STARTING,
    /** The instances are sharing the work out anew. */
    REBALANCING,
    /** Local state is being restored from the brokers. */
    RESTORING,
    /** A thread has lately failed because the schema registry could not be reached; it tries again. */
    REGISTRY_UNAVAILABLE,
    /** The wall clock has jumped ahead and is not believed yet; releases wait by the time before the jump. */
    CLOCK_STEP,
    /** The wall clock differs from the brokers'; releases go by the brokers' time. */
    CLOCK_OFFSET,
    /** It cannot get past an input record; health and metrics name its topic, partition and offset. */
    STUCK,
    /** It is being stopped, or has been. */
    STOPPING,
    /** It has failed for good; only a restart helps. */
    FAILED;

    /** Whether the process is worth keeping: a restart would not bring it nearer to work. */
    public boolean live() {
        return this != FAILED;
    }
}
