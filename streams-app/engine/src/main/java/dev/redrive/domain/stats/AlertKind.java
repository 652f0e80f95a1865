package dev.redrive.domain.stats;

/** What kind of finding an alert tells; the name is the stable word in the topic and the runbooks. */
public enum AlertKind {
    /** Dead letters of a group that was not seen for long. */
    NEW_DEAD_LETTER_GROUP,
    /** Many dead letters of one group in one window. */
    DEAD_LETTER_SPIKE,
    /** A large share of an operation's attempts fails. */
    ERROR_RATE_BURN,
    /** Retries that should have gone long ago. */
    OVERDUE_RETRIES
}
