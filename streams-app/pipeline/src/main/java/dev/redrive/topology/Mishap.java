package dev.redrive.topology;

import dev.redrive.codec.InputReader.QuarantineReason;
import dev.redrive.domain.engine.Engine;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.SerializationException;

/**
 * The reason and message for a record that caused an exception.
 *
 * @param reason why the record cannot be processed
 * @param message what is wrong, for people; contains no payload
 */
record Mishap(QuarantineReason reason, String message) {

    /**
     * Separates exceptions that the record itself causes, which would recur at every try, from those unrelated to it:
     * an unreachable registry, a broker, a store.
     *
     * @throws KafkaException the exception itself, if it is unrelated to the record
     */
    static Mishap of(RuntimeException e) {
        if (e instanceof Outbox.TooLargeException) {
            return new Mishap(QuarantineReason.OUTPUT_TOO_LARGE, String.valueOf(e.getMessage()));
        }
        if (e instanceof Engine.DiffersException) {
            return new Mishap(QuarantineReason.DIFFERS_FROM_SCHEDULED, String.valueOf(e.getMessage()));
        }
        if (e instanceof KafkaException elsewhere && !(e instanceof SerializationException)) {
            throw elsewhere;
        }
        return new Mishap(QuarantineReason.PROCESSING_FAILED, e.getClass().getName());
    }
}
