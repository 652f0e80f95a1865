package dev.redrive.runtime;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.RangeAssignor;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.CorruptRecordException;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The consumer of a stream thread, which never skips a record that cannot be fetched, but keeps such a record from
 * stopping other partitions. Kafka's client decompresses a record into an array of its size without a limit, so that a
 * record larger than the heap causes an OutOfMemoryError at each fetch.
 *
 * <p>When a fetch fails because of a record, the record is located by reading the assigned partitions one record at a
 * time, and the thread fails, because the other records fetched with it are lost. The consumer of the replacement
 * thread never fetches the record: it reads the partition one record at a time up to the record and pauses there, with
 * the group's committed offset at the record. The other partitions continue.
 *
 * <p>Belongs to its stream thread.
 */
final class InputConsumer extends KafkaConsumer<byte[], byte[]> {

    private static final Logger LOG = LoggerFactory.getLogger(InputConsumer.class);
    private static final Duration POLL = Duration.ofMillis(200);

    /** Maximum duration of a search for a record that cannot be fetched; within {@code max.poll.interval.ms}. */
    private static final Duration MAX_SEARCH = Duration.ofMinutes(2);

    private static final Duration ASK_TIMEOUT = Duration.ofSeconds(10);
    private static final int MAX_RECORDS = 500;

    /** Maximum number of offsets after a position that hold only transaction markers, no producer's record. */
    private static final int MAX_MARKS = 4;

    private final Map<String, Object> config;
    private final StuckInputs stuck;

    /** Next offset to read of partitions that are paused, or read one record at a time up to their bad record. */
    private final Map<TopicPartition, @Nullable Long> careful = new HashMap<>();

    /** Those of them that Kafka Streams itself has paused. */
    private final Set<TopicPartition> paused = new HashSet<>();

    InputConsumer(Map<String, Object> config, StuckInputs stuck) {
        super(config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
        this.config = Map.copyOf(withoutNulls(config));
        this.stuck = stuck;
    }

    private static Map<String, Object> withoutNulls(Map<String, Object> config) {
        Map<String, Object> present = new HashMap<>(config);
        present.values().removeIf(value -> value == null);
        return present;
    }

    @Override
    public void subscribe(Collection<String> topics, ConsumerRebalanceListener listener) {
        super.subscribe(topics, new Rebalances(listener));
    }

    @Override
    public void subscribe(Pattern pattern, ConsumerRebalanceListener listener) {
        super.subscribe(pattern, new Rebalances(listener));
    }

    /** Determines whether a partition has a record that cannot be fetched, before the first fetch from it. */
    private final class Rebalances implements ConsumerRebalanceListener {

        private final ConsumerRebalanceListener listener;

        Rebalances(ConsumerRebalanceListener listener) {
            this.listener = listener;
        }

        @Override
        public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
            for (TopicPartition partition : partitions) {
                if (stuck.unreadableAt(partition) != null) {
                    careful.put(partition, null);
                    stuck.rests(partition);
                }
            }
            listener.onPartitionsAssigned(partitions);
            InputConsumer.super.pause(careful.keySet());
        }

        @Override
        public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
            listener.onPartitionsRevoked(partitions);
            give(partitions);
        }

        @Override
        public void onPartitionsLost(Collection<TopicPartition> partitions) {
            listener.onPartitionsLost(partitions);
            give(partitions);
        }
    }

    private void give(Collection<TopicPartition> partitions) {
        for (TopicPartition partition : partitions) {
            if (careful.containsKey(partition)) {
                careful.remove(partition);
                paused.remove(partition);
                stuck.given(partition);
            }
        }
    }

    @Override
    public void pause(Collection<TopicPartition> partitions) {
        super.pause(partitions);
        partitions.stream().filter(careful::containsKey).forEach(paused::add);
    }

    @Override
    public void resume(Collection<TopicPartition> partitions) {
        partitions.forEach(paused::remove);
        super.resume(partitions.stream()
                .filter(partition -> !careful.containsKey(partition))
                .toList());
    }

    @Override
    public ConsumerRecords<byte[], byte[]> poll(Duration timeout) {
        ConsumerRecords<byte[], byte[]> records;
        try {
            records = super.poll(timeout);
        } catch (OutOfMemoryError | KafkaException e) {
            if (e instanceof OutOfMemoryError || ofARecord((KafkaException) e)) {
                locate(e);
            }
            throw e;
        }
        return careful.isEmpty() ? records : withCareful(records);
    }

    /** Returns whether a record caused the exception; exceptions unrelated to records have a class of their own. */
    private static boolean ofARecord(KafkaException e) {
        return e.getClass() == KafkaException.class
                || e instanceof SerializationException
                || e instanceof CorruptRecordException;
    }

    /** Adds the records before those that cannot be fetched. */
    private ConsumerRecords<byte[], byte[]> withCareful(ConsumerRecords<byte[], byte[]> records) {
        Map<TopicPartition, List<ConsumerRecord<byte[], byte[]>>> all = new HashMap<>();
        Map<TopicPartition, OffsetAndMetadata> next = new HashMap<>(records.nextOffsets());
        for (TopicPartition partition : Set.copyOf(careful.keySet())) {
            Long unreadableAt = stuck.unreadableAt(partition);
            Long from = careful.get(partition);
            if (unreadableAt == null || paused.contains(partition) || from != null && from >= unreadableAt) {
                continue;
            }
            long start = from == null ? start(partition) : from;
            List<ConsumerRecord<byte[], byte[]>> read =
                    start < unreadableAt ? read(partition, start, unreadableAt) : List.of();
            long end = Math.max(start, end(read, partition));
            careful.put(partition, end);
            super.seek(partition, end);
            if (!read.isEmpty()) {
                all.put(partition, read);
            }
            next.put(partition, new OffsetAndMetadata(end));
        }
        if (next.size() == records.nextOffsets().size()) {
            return records;
        }
        records.partitions().forEach(partition -> all.put(partition, records.records(partition)));
        return new ConsumerRecords<>(all, next);
    }

    /** Returns the next offset to read: after the last record, or that of the record that cannot be fetched. */
    private long end(List<ConsumerRecord<byte[], byte[]>> read, TopicPartition partition) {
        Long unreadableAt = stuck.unreadableAt(partition);
        return read.size() < MAX_RECORDS && unreadableAt != null
                ? unreadableAt
                : read.get(read.size() - 1).offset() + 1;
    }

    private long start(TopicPartition partition) {
        OffsetAndMetadata committed =
                super.committed(Set.of(partition), ASK_TIMEOUT).get(partition);
        return committed != null
                ? committed.offset()
                : super.beginningOffsets(Set.of(partition), ASK_TIMEOUT).getOrDefault(partition, 0L);
    }

    private List<ConsumerRecord<byte[], byte[]>> read(TopicPartition partition, long from, long to) {
        List<ConsumerRecord<byte[], byte[]>> read = new ArrayList<>();
        long deadlineNanos = System.nanoTime() + ASK_TIMEOUT.toNanos();
        try (KafkaConsumer<byte[], byte[]> single = single(partition)) {
            single.seek(partition, from);
            while (read.size() < MAX_RECORDS && single.position(partition) < to) {
                long position = single.position(partition);
                List<ConsumerRecord<byte[], byte[]>> next = next(single, partition, to, deadlineNanos);
                if (next == null) {
                    stuck.unreadable(partition, position);
                    return read;
                }
                read.addAll(next);
            }
        }
        return read;
    }

    /** Finds the record that made a fetch fail. */
    private void locate(Throwable failure) {
        LOG.warn("a fetch failed; searching for the record that it failed at: {}", failure.toString());
        long deadlineNanos = System.nanoTime() + MAX_SEARCH.toNanos();
        Set<TopicPartition> assigned = new HashSet<>(super.assignment());
        assigned.removeAll(super.paused());
        try {
            Map<TopicPartition, Long> ends = super.endOffsets(assigned, ASK_TIMEOUT);
            for (TopicPartition partition : assigned) {
                long from = start(partition);
                long end = ends.getOrDefault(partition, 0L);
                Long found = from < end ? search(partition, from, end, deadlineNanos) : null;
                if (found != null) {
                    stuck.unreadable(partition, found);
                    throw new UnreadableInputException(partition, found, failure);
                }
            }
        } catch (UnreadableInputException e) {
            throw e;
        } catch (KafkaException e) {
            if (e instanceof InterruptException) {
                throw e;
            }
            LOG.warn("could not search for the record", e);
        }
    }

    private @Nullable Long search(TopicPartition partition, long from, long end, long deadlineNanos) {
        try (KafkaConsumer<byte[], byte[]> single = single(partition)) {
            single.seek(partition, from);
            for (long position = from; position < end; position = single.position(partition)) {
                if (next(single, partition, end, deadlineNanos) == null) {
                    return exact(partition, position, end, deadlineNanos);
                }
            }
        }
        return null;
    }

    /**
     * Transaction markers are skipped within a fetch and leave the position before them: the record is the last offset
     * from which a fetch fails. If records of the same batch follow, a fetch fails from them too; then it is the first.
     */
    private long exact(TopicPartition partition, long position, long end, long deadlineNanos) {
        for (long next = position + 1; next <= position + MAX_MARKS && next < end; next++) {
            // A failed fetch leaves its buffer half read, so each consumer fails at most once.
            try (KafkaConsumer<byte[], byte[]> single = single(partition)) {
                single.seek(partition, next);
                if (next(single, partition, end, deadlineNanos) != null) {
                    return next - 1;
                }
            }
        }
        return position;
    }

    /** Returns the next record, or none if only markers precede the end; {@code null} if it cannot be fetched. */
    private static @Nullable List<ConsumerRecord<byte[], byte[]>> next(
            KafkaConsumer<byte[], byte[]> single, TopicPartition partition, long end, long deadlineNanos) {
        long from = single.position(partition);
        while (System.nanoTime() - deadlineNanos < 0) {
            try {
                List<ConsumerRecord<byte[], byte[]>> read = single.poll(POLL).records(partition);
                if (!read.isEmpty() || single.position(partition) > from) {
                    return read.stream().filter(record -> record.offset() < end).toList();
                }
            } catch (OutOfMemoryError e) {
                return null;
            } catch (KafkaException e) {
                if (ofARecord(e)) {
                    return null;
                }
                throw e;
            }
        }
        throw new TimeoutException(partition + " could not be read from offset " + from);
    }

    /** Creates a consumer without a group that reads one record at a time. */
    private KafkaConsumer<byte[], byte[]> single(TopicPartition partition) {
        Map<String, Object> one = new HashMap<>(config);
        one.remove(ConsumerConfig.GROUP_ID_CONFIG);
        one.remove(ConsumerConfig.GROUP_INSTANCE_ID_CONFIG);
        one.put(ConsumerConfig.PARTITION_ASSIGNMENT_STRATEGY_CONFIG, RangeAssignor.class.getName());
        one.put(ConsumerConfig.CLIENT_ID_CONFIG, config.get(ConsumerConfig.CLIENT_ID_CONFIG) + "-single");
        one.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, 1);
        one.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        KafkaConsumer<byte[], byte[]> single =
                new KafkaConsumer<>(one, new ByteArrayDeserializer(), new ByteArrayDeserializer());
        single.assign(Set.of(partition));
        return single;
    }

    @Override
    public void close() {
        give(Set.copyOf(careful.keySet()));
        super.close();
    }

    @Override
    public void close(CloseOptions options) {
        give(Set.copyOf(careful.keySet()));
        super.close(options);
    }

    /** An input record cannot be fetched: it is larger than the heap, or its bytes are damaged. */
    static final class UnreadableInputException extends KafkaException {

        private static final long serialVersionUID = 1L;

        UnreadableInputException(TopicPartition partition, long offset, Throwable cause) {
            super(
                    "the record in " + partition.topic() + ", partition " + partition.partition() + ", offset " + offset
                            + " cannot be fetched; skip it with 'redrive inputs skip --topic " + partition.topic()
                            + " --partition " + partition.partition() + " --offset " + offset + "'",
                    cause);
        }
    }
}
