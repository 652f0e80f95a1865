package dev.redrive.serde;

import org.apache.kafka.common.KafkaException;

/**
 * The registry rejects a schema under a subject, or has none there: 409 (incompatible), 422 (invalid), or, if schemas
 * are not registered automatically, 404. Not retriable.
 */
public final class SchemaRefusedException extends KafkaException {

    private static final long serialVersionUID = 1L;

    private final String subject;

    SchemaRefusedException(String subject, String message) {
        super("the registry refused the schema under subject " + subject + ": " + message);
        this.subject = subject;
    }

    /** Returns the subject under which the schema was rejected. */
    public String subject() {
        return subject;
    }
}
