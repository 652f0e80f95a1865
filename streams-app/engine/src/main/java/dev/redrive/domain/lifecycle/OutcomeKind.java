package dev.redrive.domain.lifecycle;

/** What became of an input; the name is the stable word in the ledger, metrics and runbooks. */
public enum OutcomeKind {
    /** A retry is pending. */
    SCHEDULED,
    /** The retry was handed out. */
    RELEASED,
    /** The job is in the dead letters. */
    DEAD_LETTERED,
    /** The same was known already. */
    DUPLICATE,
    /** It came too late to matter. */
    STALE,
    /** Something newer took its place. */
    SUPERSEDED,
    /** The job is not wanted any more, or done already. */
    CANCELLED,
    /** The dead letter is settled. */
    DISCARDED,
    /** A rule says to forget it. */
    DROPPED,
    /** It was taken into account. */
    APPLIED,
    /** It changed nothing. */
    IGNORED,
    /** A command that could not be carried out. */
    REJECTED,
    /** It stood in another partition than its key's, and was appended there. */
    FORWARDED,
    /** It could not be read. */
    QUARANTINED
}
