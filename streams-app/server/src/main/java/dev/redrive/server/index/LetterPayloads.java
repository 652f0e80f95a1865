package dev.redrive.server.index;

import dev.redrive.avro.DeadLetter;
import dev.redrive.contract.TopicNames;
import dev.redrive.serde.AvroSerdes;
import dev.redrive.serde.UndecodableException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.Deserializer;
import org.jspecify.annotations.Nullable;

/**
 * Reads whole dead letters from their topic, by position. One caller at a time reads; others wait. The consumer is
 * created by the first read.
 */
public final class LetterPayloads implements AutoCloseable {

    private static final Duration POLL = Duration.ofMillis(100);
    private static final long READ_MAX_NANOS = Duration.ofSeconds(10).toNanos();

    /** Up to so many records in between are read instead of a seek, which costs a request. */
    private static final long READ_THROUGH = 50;

    private final Supplier<Consumer<byte[], byte[]>> consumers;
    private final Deserializer<DeadLetter> values;
    private final String topic;
    private final LongSupplier nanoTime;
    private @Nullable Consumer<byte[], byte[]> consumer;

    /**
     * Creates a reader.
     *
     * @param consumers creates a consumer of bytes with {@code read_committed}, without a group
     * @param registry settings of the registry's clients
     */
    public LetterPayloads(
            Supplier<Consumer<byte[], byte[]>> consumers,
            Map<String, ?> registry,
            TopicNames names,
            LongSupplier nanoTime) {
        this.consumers = consumers;
        this.values = AvroSerdes.deserializer(DeadLetter.class, registry);
        this.topic = names.deadLetters();
        this.nanoTime = nanoTime;
    }

    /**
     * Returns the letters at these positions. A position that is no longer in the topic, or whose record cannot be
     * decoded, has none.
     *
     * @throws KafkaException if brokers or registry do not answer within 10 s
     */
    public synchronized Map<Long, DeadLetter> read(Collection<Long> positions) {
        Map<TopicPartition, Deque<Long>> wanted = new HashMap<>();
        for (long position : new TreeSet<>(positions)) {
            wanted.computeIfAbsent(
                            new TopicPartition(topic, Position.partition(position)), unused -> new ArrayDeque<>())
                    .add(Position.offset(position));
        }
        Consumer<byte[], byte[]> reader = consumer();
        boolean complete = false;
        try {
            Map<Long, DeadLetter> found = read(reader, wanted);
            complete = true;
            return found;
        } finally {
            if (!complete) {
                close();
            }
        }
    }

    private Consumer<byte[], byte[]> consumer() {
        Consumer<byte[], byte[]> current = consumer;
        if (current == null) {
            current = consumers.get();
            consumer = current;
        }
        return current;
    }

    private Map<Long, DeadLetter> read(Consumer<byte[], byte[]> reader, Map<TopicPartition, Deque<Long>> wanted) {
        long deadline = nanoTime.getAsLong() + READ_MAX_NANOS;
        Map<Long, DeadLetter> found = new HashMap<>();
        reader.assign(wanted.keySet());
        Map<TopicPartition, Long> begins = reader.beginningOffsets(wanted.keySet());
        Map<TopicPartition, Long> ends = reader.endOffsets(wanted.keySet());
        wanted.forEach((partition, offsets) -> {
            offsets.removeIf(offset ->
                    offset < begins.getOrDefault(partition, 0L) || offset >= ends.getOrDefault(partition, 0L));
            seek(reader, partition, offsets);
        });
        wanted.values().removeIf(Deque::isEmpty);
        while (!wanted.isEmpty()) {
            if (nanoTime.getAsLong() - deadline > 0) {
                throw new TimeoutException("dead letters could not be read within 10 s");
            }
            var records = reader.poll(POLL);
            for (TopicPartition partition : records.partitions()) {
                take(reader, partition, records.records(partition), wanted.get(partition), found);
            }
            wanted.values().removeIf(Deque::isEmpty);
        }
        return found;
    }

    private void take(
            Consumer<byte[], byte[]> reader,
            TopicPartition partition,
            List<ConsumerRecord<byte[], byte[]>> records,
            @Nullable Deque<Long> offsets,
            Map<Long, DeadLetter> found) {
        if (offsets == null) {
            return;
        }
        for (ConsumerRecord<byte[], byte[]> record : records) {
            while (!offsets.isEmpty() && offsets.getFirst() < record.offset()) {
                offsets.removeFirst();
            }
            if (!offsets.isEmpty() && offsets.getFirst() == record.offset()) {
                offsets.removeFirst();
                decode(record, found);
            }
        }
        Long next = offsets.peekFirst();
        if (next == null) {
            reader.pause(List.of(partition));
        } else if (next - reader.position(partition) > READ_THROUGH) {
            seek(reader, partition, offsets);
        } else if (reader.position(partition) > next) {
            offsets.removeIf(offset -> offset < reader.position(partition));
        }
    }

    private static void seek(Consumer<byte[], byte[]> reader, TopicPartition partition, Deque<Long> offsets) {
        Long next = offsets.peekFirst();
        if (next == null) {
            reader.pause(List.of(partition));
        } else {
            reader.resume(List.of(partition));
            reader.seek(partition, next);
        }
    }

    private void decode(ConsumerRecord<byte[], byte[]> record, Map<Long, DeadLetter> found) {
        if (record.value() == null) {
            return;
        }
        try {
            found.put(Position.of(record.partition(), record.offset()), values.deserialize(topic, record.value()));
        } catch (UndecodableException e) {
            // It is not in the index either; whoever asks for it is answered that there is none.
        }
    }

    @Override
    public synchronized void close() {
        Consumer<byte[], byte[]> current = consumer;
        if (current != null) {
            consumer = null;
            current.close();
        }
    }
}
