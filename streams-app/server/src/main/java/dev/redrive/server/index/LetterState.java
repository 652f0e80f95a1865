package dev.redrive.server.index;

/** State of a dead letter; the name is stable in API, CLI and filters, the ordinal in the index file. */
public enum LetterState {
    /** Waits for a decision. */
    OPEN,
    /** A redrive has scheduled its job; it waits for its release. */
    REDRIVING,
    /** Its job was released; the attempt has not ended, or has failed again. */
    REDRIVEN,
    /** Its job succeeded. */
    RESOLVED,
    /** Discarded by a person. */
    DISCARDED,
    /** Its retention is over. */
    EXPIRED
}
