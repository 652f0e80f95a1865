package dev.redrive.domain.classify;

/** How an attempt ended. */
public enum Cause {
    /** Not told; taken as a response when there is a status, as a network failure otherwise. */
    UNKNOWN,
    /** The API answered with an error. */
    RESPONSE,
    /** No response came: connection refused, reset, or lost. */
    NETWORK,
    /** No response came in time. */
    TIMEOUT,
    /** The job was accepted with 202 and failed later. */
    ASYNC
}
