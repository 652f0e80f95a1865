package dev.redrive.domain.gate;

/** What opens a closed gate; the name is the stable word in the users' state and the CLI. */
public enum Opening {
    /** The instant that is known. */
    TIME,
    /** The known instant at which the user's allowance is filled, or news on the accounts topic before it. */
    RESET,
    /** News of the user's allowance, plan or spend cap on the accounts topic; no instant is known. */
    ACCOUNT_CHANGE,
    /** The end of one of the user's jobs, or of its lease. */
    SLOT,
    /** A single retry that shows whether the service answers again. */
    PROBE,
    /** The next second of a service's recovery, in each of which more retries may go. */
    RECOVERY
}
