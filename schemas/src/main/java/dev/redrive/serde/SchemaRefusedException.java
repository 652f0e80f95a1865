package dev.redrive.serde;

import org.apache.kafka.common.KafkaException;

/**
 * The registry does not take a schema under a subject, or knows none there: 409 (incompatible), 422 (invalid), or, where
 * schemas are not registered automatically, 404. No retry mends it.
 */
public final class SchemaRefusedException extends KafkaException {

    private static final long serialVersionUID = 1L;

    private final String subject;

    SchemaRefusedException(String subject, String message) {
        super("the registry refused the schema under subject " + subject + ": " + message);
        this.subject = subject;
    }

    /** The subject under which the schema was refused. */
    public String subject() {
        return subject;
    }
}
