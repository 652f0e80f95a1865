package dev.redrive.cli;

/** Why a command failed; the name is the stable word that stands first in the sentence on standard error. */
public enum Reason {
    /** The command was called wrongly; the exit code is 2. */
    USAGE,
    /** No broker answers at the address. */
    BROKER_UNREACHABLE,
    /** No schema registry answers at the address. */
    REGISTRY_UNREACHABLE,
    /** The broker answers, but refused or failed. */
    BROKER_FAILED,
    /** The broker does not take the client's credentials, or the client does not trust the broker's certificate. */
    NOT_AUTHENTICATED,
    /** The brokers do not allow what is needed. */
    NOT_AUTHORIZED,
    /** A topic does not exist, or is not as the pipeline needs it. */
    TOPIC_UNFIT,
    /** A file cannot be read. */
    FILE_UNREADABLE,
    /** The configuration is wrong. */
    CONFIG_INVALID,
    /** What was asked for is not there. */
    NOT_FOUND,
    /** An instance of the pipeline runs, and must not. */
    GROUP_ACTIVE,
    /** The pipeline stands at another record. */
    WRONG_OFFSET,
    /** There is more than fits into memory. */
    TOO_MANY,
    /** Something took longer than it was allowed to. */
    TIMED_OUT,
    /** The pipeline, or whoever was asked, did not want to do it. */
    REJECTED,
    /** The input is wrong. */
    INPUT_INVALID,
    /** The pipeline cannot start, or ended by failing. */
    PIPELINE_FAILED,
    /** A disk has no more room, or the quota on it is used up. */
    DISK_FULL,
    /** Standard output cannot be written. */
    OUTPUT_FAILED,
    /** Something is not free: a port, a directory. */
    RESOURCE_TAKEN,
    /** A measurement failed: a record was lost, doubled or early, or a process ended by itself. */
    BENCH_FAILED,
    /** A mistake in Redrive itself. */
    INTERNAL
}
