package dev.redrive.domain.lifecycle;

/** The outcome of an input; the name is stable in the ledger, metrics and runbooks. */
public enum OutcomeKind {
    /** A retry is pending. */
    SCHEDULED,
    /** The retry was released. */
    RELEASED,
    /** The job is dead-lettered. */
    DEAD_LETTERED,
    /** The input repeats an earlier one. */
    DUPLICATE,
    /** The input came too late to have an effect. */
    STALE,
    /** A newer input replaced it. */
    SUPERSEDED,
    /** The job is cancelled, or has already succeeded. */
    CANCELLED,
    /** The dead letter is discarded. */
    DISCARDED,
    /** A rule dropped it. */
    DROPPED,
    /** The input was applied. */
    APPLIED,
    /** The input changed nothing. */
    IGNORED,
    /** The command could not be executed. */
    REJECTED,
    /** The input was in another partition than its key's and was appended to that one. */
    FORWARDED,
    /** The input could not be read. */
    QUARANTINED
}
