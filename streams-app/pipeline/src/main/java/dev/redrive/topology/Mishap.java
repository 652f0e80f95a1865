package dev.redrive.topology;

import dev.redrive.codec.InputReader.QuarantineReason;
import dev.redrive.domain.engine.Engine;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.SerializationException;

/**
 * What an exception says of the record that it was thrown on.
 *
 * @param reason why the record can't be taken
 * @param message what is wrong, for people; holds no payload
 */
record Mishap(QuarantineReason reason, String message) {

    /**
     * Tells what the record itself brought about, which would come again at every try, from what says nothing of it: a
     * registry that can't be reached, a broker, a store.
     *
     * @throws KafkaException the exception itself, where it says nothing of the record
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
