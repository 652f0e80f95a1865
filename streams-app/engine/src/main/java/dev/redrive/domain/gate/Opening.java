package dev.redrive.domain.gate;

/** What opens a closed gate; the name is stable in the users' state and the CLI. */
public enum Opening {
    /** A known instant. */
    TIME,
    /** The known instant at which the user's allowance resets, or an earlier record on the accounts topic. */
    RESET,
    /** A change of the user's allowance, plan or spend cap on the accounts topic; no instant is known. */
    ACCOUNT_CHANGE,
    /** The end of one of the user's jobs, or of its lease. */
    SLOT,
    /** A single retry that tests whether the service answers again. */
    PROBE,
    /** The next second of a service's recovery, or of the ramp after a hold; each allows more releases. */
    RECOVERY
}
