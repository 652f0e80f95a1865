package dev.redrive.serde;

/** Why bytes are not a record; the name is the stable word in headers, metrics and runbooks. */
public enum UndecodableReason {
    /** There is no value at all; never told by {@code deserialize}, which gives null for null, but by who needs one. */
    NULL_VALUE,
    /** The value does not begin with a zero byte, so it is not in Confluent's wire format. */
    NO_MAGIC_BYTE,
    /** The value is shorter than the five bytes before a record. */
    TOO_SHORT,
    /** The record ends before its last field, or names a length that goes beyond its end. */
    TRUNCATED,
    /** The registry knows no schema of this id, or the id is negative, which no registry gives. */
    UNKNOWN_SCHEMA_ID,
    /** The registry does not hand out the schema of this id, e.g. 400, or 403 with error code 40301. */
    SCHEMA_REFUSED,
    /**
     * The schema that the record was written with cannot be read, or cannot be resolved to the one that is expected; also
     * what the registry gives for the id is no schema, or is too long.
     */
    INCOMPATIBLE_SCHEMA,
    /** The value is a record of another type. */
    WRONG_RECORD,
    /** Bytes are left after the record's last field. */
    TRAILING_BYTES,
    /** The record's bytes break Avro's encoding: an index out of range, text that is not UTF-8, a number too long. */
    CORRUPT
}
