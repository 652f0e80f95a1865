package dev.redrive.server;

import dev.redrive.avro.DeadLetter;
import dev.redrive.serde.UndecodableException;
import dev.redrive.server.index.Position;
import java.time.Duration;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.Deserializer;
import org.jspecify.annotations.Nullable;

/**
 * Reads dead letters with their payloads where the index says they are. One at a time, for at most 3 s each; safe for
 * use by several threads.
 */
public final class LetterReader implements AutoCloseable {

    private static final Duration WITHIN = Duration.ofSeconds(3);
    private static final Duration POLL = Duration.ofMillis(100);

    private final Supplier<Consumer<byte[], byte[]>> consumers;
    private final Deserializer<DeadLetter> values;
    private final String topic;
    private final LongSupplier nanoTime;
    private @Nullable Consumer<byte[], byte[]> consumer;

    /**
     * Creates a reader.
     *
     * @param consumers creates a consumer of committed records, without a group
     * @param topic the topic of the dead letters
     */
    public LetterReader(
            Supplier<Consumer<byte[], byte[]>> consumers,
            Deserializer<DeadLetter> values,
            String topic,
            LongSupplier nanoTime) {
        this.consumers = consumers;
        this.values = values;
        this.topic = topic;
        this.nanoTime = nanoTime;
    }

    /** The letter cannot be read now. */
    public static final class LetterUnavailableException extends Exception {

        private static final long serialVersionUID = 1L;

        LetterUnavailableException(String message, @Nullable Throwable cause) {
            super(message, cause);
        }
    }

    /**
     * Returns the letter at a position; {@code null} if it is no longer there, or cannot be decoded.
     *
     * @throws LetterUnavailableException if the brokers do not answer in time
     */
    public synchronized @Nullable DeadLetter read(long position) throws LetterUnavailableException {
        TopicPartition partition = new TopicPartition(topic, Position.partition(position));
        long offset = Position.offset(position);
        try {
            Consumer<byte[], byte[]> reading = consumer == null ? consumers.get() : consumer;
            consumer = reading;
            reading.assign(List.of(partition));
            if (reading.beginningOffsets(List.of(partition), WITHIN).getOrDefault(partition, 0L) > offset) {
                return null;
            }
            reading.seek(partition, offset);
            return find(reading, partition, offset);
        } catch (KafkaException e) {
            forget();
            throw new LetterUnavailableException("the brokers do not answer", e);
        }
    }

    private @Nullable DeadLetter find(Consumer<byte[], byte[]> reading, TopicPartition partition, long offset)
            throws LetterUnavailableException {
        long deadline = nanoTime.getAsLong() + WITHIN.toNanos();
        while (nanoTime.getAsLong() - deadline < 0) {
            for (ConsumerRecord<byte[], byte[]> record : reading.poll(POLL).records(partition)) {
                if (record.offset() != offset || record.value() == null) {
                    return null;
                }
                try {
                    return values.deserialize(topic, record.value());
                } catch (UndecodableException e) {
                    return null;
                }
            }
        }
        throw new LetterUnavailableException("the brokers do not answer in time", null);
    }

    private void forget() {
        Consumer<byte[], byte[]> broken = consumer;
        consumer = null;
        if (broken != null) {
            broken.close();
        }
    }

    @Override
    public synchronized void close() {
        forget();
        values.close();
    }
}
