package dev.redrive.domain.user;

/** Whether the ends of a user's jobs are reported; the name is stored. */
public enum Reporting {
    /** No lifecycle event was seen: slots are taken to be free after the time that jobs occupy them. */
    UNSEEN,
    /** Lifecycle events come, so the end of a job is expected to be told. */
    EXPECTED,
    /** Lifecycle events came, and a job's lease ended without its end being told: ends are not relied on. */
    MISSED
}
