package dev.redrive.domain.classify;

/** What becomes of a failure. */
public enum Disposition {
    /** The job comes back when it is due and every gate is open. */
    RETRY,
    /** The job rests until the known instant at which the cause ends; without one it is dead-lettered. */
    PARK,
    /** The job ends in the dead-letter topic. */
    DEAD_LETTER,
    /** The failure is forgotten on purpose; its outcome says so. */
    DROP
}
