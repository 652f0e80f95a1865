package dev.redrive.cli;

import dev.redrive.cli.CommandFailure.Reason;
import dev.redrive.serde.RegistryUnavailableException;
import dev.redrive.serde.UndecodableException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.utils.Utils;
import org.jspecify.annotations.Nullable;

/**
 * Reads topics up to their end offsets at the start of the reading; committed records only. The records of a partition
 * come in offset order. Used by one thread.
 */
final class TopicReader implements AutoCloseable {

    private static final Duration POLL = Duration.ofMillis(200);
    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(1);

    private final Connection connection;
    private final Consumer<byte[], byte[]> consumer;
    private final ProgressLine progress;
    private final Duration timeout;
    private final LongSupplier nanoTime;
    private final long startNanos;
    private long read;

    /**
     * The range to read of a partition.
     *
     * @param from offset of the first record
     * @param to offset behind the last record
     */
    record Span(long from, long to) {}

    /** Handles one record. */
    @FunctionalInterface
    interface Taker {
        void take(ConsumerRecord<byte[], byte[]> record);
    }

    /**
     * Creates a reader.
     *
     * @param timeout max. total duration of all of its reads
     */
    TopicReader(
            Terminal terminal,
            PipelineClients clients,
            Connection connection,
            Duration timeout,
            LongSupplier nanoTime) {
        this.connection = connection;
        this.consumer = clients.consumer(connection);
        this.progress = new ProgressLine(terminal);
        this.timeout = timeout;
        this.nanoTime = nanoTime;
        this.startNanos = nanoTime.getAsLong();
    }

    /**
     * Returns the partitions of a topic.
     *
     * @param user only the partition of this user's records, by the producers' default partitioner
     * @throws CommandFailure if the topic does not exist
     */
    List<TopicPartition> partitions(String topic, @Nullable String user) {
        List<TopicPartition> all = asked(() -> partitions(consumer, connection, topic));
        if (user == null) {
            return all;
        }
        byte[] key = user.getBytes(StandardCharsets.UTF_8);
        return List.of(new TopicPartition(topic, Utils.toPositive(Utils.murmur2(key)) % all.size()));
    }

    /**
     * Returns all partitions of a topic.
     *
     * @throws CommandFailure if the topic does not exist
     */
    static List<TopicPartition> partitions(Consumer<?, ?> consumer, Connection connection, String topic) {
        List<PartitionInfo> found;
        try {
            found = consumer.partitionsFor(topic);
        } catch (UnknownTopicOrPartitionException e) {
            throw connection.missing(topic, e);
        }
        if (found == null || found.isEmpty()) {
            throw connection.missing(topic, null);
        }
        return found.stream()
                .map(info -> new TopicPartition(topic, info.partition()))
                .toList();
    }

    /** Assigns partitions to the consumer, which reads records written from now on. */
    static void assignAtEnd(Consumer<?, ?> consumer, List<TopicPartition> partitions) {
        consumer.assign(partitions);
        consumer.seekToEnd(partitions);
        // Seeking is lazy; position() resolves the offset before the next record is written.
        partitions.forEach(consumer::position);
    }

    static void close(Consumer<?, ?> consumer) {
        consumer.close(CloseOptions.timeout(CLOSE_TIMEOUT));
    }

    /** Returns the spans from the first retained record to the current last one. */
    Map<TopicPartition, Span> whole(List<TopicPartition> partitions) {
        return asked(() -> {
            // The client logs a warning on end offsets of partitions that are not assigned to it.
            consumer.assign(partitions);
            Map<TopicPartition, Long> begins = consumer.beginningOffsets(partitions);
            Map<TopicPartition, Span> spans = new HashMap<>();
            consumer.endOffsets(partitions)
                    .forEach((partition, end) ->
                            spans.put(partition, new Span(begins.getOrDefault(partition, 0L), end)));
            return spans;
        });
    }

    /** @throws CommandFailure if it takes too long, or no broker answers */
    void read(Map<TopicPartition, Span> spans, Taker taker) {
        asked(() -> {
            readSpans(spans, taker);
            return true;
        });
        progress.clear();
    }

    private void readSpans(Map<TopicPartition, Span> spans, Taker taker) {
        Map<TopicPartition, Span> open = new HashMap<>(spans);
        long total = read;
        for (Span span : spans.values()) {
            total += Math.max(0, span.to() - span.from());
        }
        consumer.assign(open.keySet());
        // A partition that stays assigned also stays paused.
        consumer.resume(consumer.paused());
        open.forEach((partition, span) -> consumer.seek(partition, span.from()));
        while (true) {
            // The position also passes offsets without a record: transaction markers and compacted records.
            open.entrySet()
                    .removeIf(entry -> consumer.position(entry.getKey())
                            >= entry.getValue().to());
            if (open.isEmpty()) {
                return;
            }
            if (nanoTime.getAsLong() - startNanos >= timeout.toNanos()) {
                throw new CommandFailure(
                        Reason.TIMED_OUT,
                        "what is there was not read to its end within " + timeout.toSeconds()
                                + " s; give more time by --timeout, or name one user");
            }
            consumer.pause(consumer.assignment().stream()
                    .filter(partition -> !open.containsKey(partition))
                    .toList());
            for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
                Span span = spans.get(new TopicPartition(record.topic(), record.partition()));
                if (span != null && record.offset() < span.to()) {
                    read++;
                    taker.take(record);
                }
            }
            progress.show(read, total, "reading");
        }
    }

    private <T> T asked(Supplier<T> question) {
        try {
            return question.get();
        } catch (KafkaException e) {
            throw connection.failure(e);
        }
    }

    @Override
    public void close() {
        progress.clear();
        close(consumer);
    }

    /** Decodes the values of one topic, and counts those that cannot be decoded. Used by one thread. */
    static final class Values<T extends SpecificRecord> implements AutoCloseable {

        private final Deserializer<T> values;
        private long undecodable;

        Values(PipelineClients clients, Connection connection, Class<T> type) {
            this(clients.values(connection, type));
        }

        Values(Deserializer<T> values) {
            this.values = values;
        }

        /**
         * Returns the value; {@code null} if it cannot be decoded.
         *
         * @throws CommandFailure if the registry does not answer
         */
        @Nullable
        T read(String topic, byte[] bytes) {
            try {
                return values.deserialize(topic, bytes);
            } catch (UndecodableException e) {
                undecodable++;
                return null;
            } catch (RegistryUnavailableException e) {
                throw Connection.registryFailure(e);
            }
        }

        /** Reports the number of values that were left out, if any. */
        void reportUndecodable(Terminal terminal) {
            if (undecodable > 0) {
                terminal.message(undecodable + " records could not be decoded and are left out");
            }
        }

        @Override
        public void close() {
            values.close();
        }
    }
}
