package dev.redrive.domain.classify;

/** Which idempotency key a retry carries after a server error that was answered. */
public enum KeyPolicy {
    /** The same: the API runs a request again whose first run failed. */
    SAME,
    /** A new one: the API stores even a 5xx under the key and would only replay it. */
    NEW
}
