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
    /** The registry says that it knows no schema of this id. */
    UNKNOWN_SCHEMA_ID,
    /** The schema that the record was written with cannot be read, or cannot be resolved to the one that is expected. */
    INCOMPATIBLE_SCHEMA,
    /** The value is a record of another type. */
    WRONG_RECORD,
    /** Bytes are left after the record's last field. */
    TRAILING_BYTES,
    /** The record's bytes break Avro's encoding: an index out of range, text that is not UTF-8, a number too long. */
    CORRUPT
}
