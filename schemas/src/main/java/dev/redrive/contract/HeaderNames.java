package dev.redrive.contract;

/** The names of the record headers that Redrive reads or writes; the only place that defines them. */
public final class HeaderNames {

    /** On ready and retry records: the key to send with the request, UTF-8. */
    public static final String IDEMPOTENCY_KEY = "idempotency-key";

    /** On ready and retry records: the number of the attempt to make, decimal digits. */
    public static final String RETRY_ATTEMPT = "retry-attempt";

    /** On any record: W3C trace context, carried from the failure to the retry. */
    public static final String TRACEPARENT = "traceparent";

    /** On dead letters: the stable reason, so that an alerting consumer can filter without decoding. */
    public static final String REASON = "redrive-reason";

    /** On quarantined records: the stable reason why the record was not accepted. */
    public static final String QUARANTINE_REASON = "redrive-quarantine-reason";

    /**
     * On quarantined records that were too large to be kept whole: {@code WITHOUT_HEADERS} if the record's own headers
     * are missing, {@code DIGEST} if its value is missing too; {@code REFERENCE} on one that was skipped unread.
     */
    public static final String QUARANTINE_KEPT = "redrive-quarantine-kept";

    /**
     * On quarantined records that were not kept whole: sizes in bytes and SHA-256 of the record's parts, e.g. {@code
     * keyBytes=2;keySha256=…;valueBytes=9;valueSha256=…;headers=0;headerBytes=0}; a size of -1 means {@code null}.
     */
    public static final String QUARANTINE_DIGEST = "redrive-quarantine-digest";

    /** On quarantined records, as Kafka Streams names it: the record's topic. */
    public static final String SOURCE_TOPIC = "__streams.errors.topic";

    /** On quarantined records, as Kafka Streams names it: the record's partition. */
    public static final String SOURCE_PARTITION = "__streams.errors.partition";

    /** On quarantined records, as Kafka Streams names it: the record's offset. */
    public static final String SOURCE_OFFSET = "__streams.errors.offset";

    /** On quarantined records, as Kafka Streams names it: the error message, for people. */
    public static final String ERROR_MESSAGE = "__streams.errors.message";

    /** On inputs that the pipeline moved to the partition of their key: their origin, {@code <partition>-<offset>}. */
    public static final String FORWARDED_FROM = "redrive-forwarded-from";

    private HeaderNames() {}
}
