package dev.redrive.bench;

/** The measurements; the names are words of the command line. */
public enum BenchName {
    /** What the others are divided by: pass-through, forwarder, bare producer and consumer. */
    ceiling,
    /** A backlog of mixed failures, beside the pass-through. */
    pipeline,
    /** Bytes on the broker per retryable and per terminal job. */
    bytes,
    /** How late retries are at a steady rate. */
    lateness,
    /** Many jobs due in the same second. */
    burst,
    /** How late the retries of many users are beside one user whose gate holds very many. */
    fairness,
    /** What pending jobs cost, and the first release after a start. */
    pending,
    /** The process killed with jobs pending. */
    recovery
}
