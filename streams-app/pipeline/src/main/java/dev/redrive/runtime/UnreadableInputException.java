package dev.redrive.runtime;

import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;

/** A record of an input cannot be fetched: it is larger than the heap, or its bytes are damaged. */
final class UnreadableInputException extends KafkaException {

    private static final long serialVersionUID = 1L;

    UnreadableInputException(TopicPartition partition, long offset, Throwable cause) {
        super(
                "the record in " + partition.topic() + ", partition " + partition.partition() + ", offset " + offset
                        + " cannot be fetched; skip it with 'redrive inputs skip --topic " + partition.topic()
                        + " --partition " + partition.partition() + " --offset " + offset + "'",
                cause);
    }
}
