package dev.redrive.codec;

/**
 * Why a record was quarantined although its bytes could be decoded; the name is the stable word in headers, outcomes
 * and metrics. Undecodable bytes bear the words of {@link dev.redrive.serde.UndecodableReason}.
 */
public enum QuarantineReason {
    /** Somebody skipped the record, for it cannot be fetched; only a reference to it is kept. */
    SKIPPED,
    /** The record has no value. */
    NULL_VALUE,
    /** The record has no key; it must be the user's id. */
    KEY_MISSING,
    /** The record's key is not the user's id, so it may stand in another partition than the user's. */
    KEY_DIFFERS,
    /** The record stands in another partition than its key's, and cannot be forwarded. */
    WRONG_PARTITION,
    /** The record of a delay topic is not the retry that its job waits for. */
    DIFFERS_FROM_SCHEDULED,
    /** A field holds what it may not hold. */
    INVALID_FIELD,
    /** The record is larger than the limit. */
    TOO_LARGE,
    /** What would have to be written because of it is larger than the limit. */
    OUTPUT_TOO_LARGE,
    /** Deciding on it failed unexpectedly. */
    PROCESSING_FAILED
}
