package dev.redrive.cli;

/** Why a command failed; the name is stable and is the first word of the sentence on standard error. */
public enum Reason {
    /** The command's arguments are wrong; the exit code is 2. */
    USAGE,
    /** No broker answers at the address. */
    BROKER_UNREACHABLE,
    /** No schema registry answers at the address. */
    REGISTRY_UNREACHABLE,
    /** The broker answered with a rejection or an error. */
    BROKER_FAILED,
    /** The broker rejects the client's credentials, or the client does not trust the broker's certificate. */
    NOT_AUTHENTICATED,
    /** The client lacks a permission on the brokers. */
    NOT_AUTHORIZED,
    /** A topic does not exist, or does not meet the pipeline's requirements. */
    TOPIC_UNFIT,
    /** A file cannot be read. */
    FILE_UNREADABLE,
    /** The configuration is wrong. */
    CONFIG_INVALID,
    /** The requested object does not exist. */
    NOT_FOUND,
    /** An instance of the pipeline runs, although the command requires that none does. */
    GROUP_ACTIVE,
    /** The pipeline's committed offset is another one. */
    WRONG_OFFSET,
    /** There are more entries than fit into memory. */
    TOO_MANY,
    /** An operation exceeded its timeout. */
    TIMED_OUT,
    /** The pipeline, or the user at a confirmation prompt, rejected it. */
    REJECTED,
    /** The input is wrong. */
    INPUT_INVALID,
    /** The pipeline cannot start, or failed. */
    PIPELINE_FAILED,
    /** A disk is full, or its quota is used up. */
    DISK_FULL,
    /** Standard output cannot be written. */
    OUTPUT_FAILED,
    /** A port or a directory is in use. */
    RESOURCE_TAKEN,
    /** A measurement failed: a record was lost, duplicated or early, or a process ended unexpectedly. */
    BENCH_FAILED,
    /** A bug in Redrive. */
    INTERNAL
}
