package dev.redrive.server.index;

import dev.redrive.avro.AuditEvent;
import dev.redrive.avro.DeadLetter;
import dev.redrive.avro.Outcome;
import dev.redrive.avro.Redrive;
import dev.redrive.avro.UserState;
import dev.redrive.contract.TopicNames;
import dev.redrive.serde.AvroSerdes;
import dev.redrive.serde.UndecodableException;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.Deserializer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the index up with its topics: one thread reads the committed records of all partitions, without a group, and
 * writes each batch with its offsets in one transaction. Brokers, registry or disk that fail are tried again.
 */
public final class IndexFeed implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(IndexFeed.class);
    private static final Duration POLL = Duration.ofMillis(100);
    private static final Duration CLOSE_WITHIN = Duration.ofSeconds(5);
    private static final long RETRY_MS = 1_000;
    private static final long SNAPSHOT_MS = 1_000;
    private static final long EXPIRE_MS = 60_000;

    /** After so long without having read all that was there, the index is behind. */
    private static final long BEHIND_MS = 10_000;

    private final IndexFile file;
    private final IndexWriter writer;
    private final Supplier<Consumer<byte[], byte[]>> consumers;
    private final Map<Source, Deserializer<? extends SpecificRecord>> values = new EnumMap<>(Source.class);
    private final TopicNames names;
    private final Map<String, Source> sources = new HashMap<>();
    private final Duration retention;
    private final LongSupplier clock;
    private final java.util.function.Consumer<Outcome> answers;
    private final Thread thread;
    private final Object moved = new Object();
    private final AtomicLong undecodable = new AtomicLong();
    private volatile Positions positions = Positions.NONE;
    private volatile Status status = new Status(false, 0, 0, null);
    private volatile boolean closed;
    /** Confined to the thread, like the following fields. */
    private Map<TopicPartition, Long> target = Map.of();

    private Map<TopicPartition, Long> origin = Map.of();
    private long caughtUpAtMs;
    private long snapshotAtMs;
    private long expiredAtMs;

    /**
     * How far the index is.
     *
     * @param ready whether its answers are complete
     * @param percent how much of what was there at the last check is read, 0 to 100
     * @param lagRecords records that are not yet read
     * @param failure what keeps it from reading on; {@code null} if nothing does
     */
    public record Status(
            boolean ready,
            int percent,
            long lagRecords,
            @Nullable String failure) {}

    /**
     * Creates a feed; {@link #start} starts it.
     *
     * @param consumers creates a consumer of bytes with {@code read_committed}, without a group and without auto-commit
     * @param registry settings of the registry's clients
     * @param retention of dead letters
     * @param clock epoch milliseconds
     * @param answers receives outcomes of commands after they are in the index, on the feed's thread
     */
    public IndexFeed(
            IndexFile file,
            Supplier<Consumer<byte[], byte[]>> consumers,
            Map<String, ?> registry,
            TopicNames names,
            Duration retention,
            LongSupplier clock,
            java.util.function.Consumer<Outcome> answers) {
        this.file = file;
        this.writer = new IndexWriter(file);
        this.consumers = consumers;
        this.names = names;
        this.retention = retention;
        this.clock = clock;
        this.answers = answers;
        for (Source source : Source.values()) {
            sources.put(source.topic(names), source);
        }
        values.put(Source.LETTERS, AvroSerdes.deserializer(DeadLetter.class, registry));
        values.put(Source.CHANGES, AvroSerdes.deserializer(Outcome.class, registry));
        values.put(Source.OUTCOMES, AvroSerdes.deserializer(Outcome.class, registry));
        values.put(Source.USERS, AvroSerdes.deserializer(UserState.class, registry));
        values.put(Source.REDRIVES, AvroSerdes.deserializer(Redrive.class, registry));
        values.put(Source.AUDIT, AvroSerdes.deserializer(AuditEvent.class, registry));
        this.thread = new Thread(this::run, "redrive-index");
        thread.setDaemon(true);
    }

    /** Starts reading. */
    public void start() {
        thread.start();
    }

    /** Returns how far the index is. */
    public Status status() {
        return status;
    }

    /** Returns what the index contains. */
    public Positions positions() {
        return positions;
    }

    /** Returns the number of records that could not be decoded and are not in the index, since the start. */
    public long undecodable() {
        return undecodable.get();
    }

    /** Waits until the index contains what is before the positions; returns whether it does. */
    public boolean await(Positions wanted, Duration max) throws InterruptedException {
        long deadline = System.nanoTime() + max.toNanos();
        synchronized (moved) {
            while (!positions.cover(wanted)) {
                long leftMs = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
                if (leftMs <= 0 || closed) {
                    return false;
                }
                moved.wait(leftMs);
            }
            return true;
        }
    }

    private void run() {
        while (!closed) {
            try (Consumer<byte[], byte[]> consumer = consumers.get()) {
                follow(consumer);
            } catch (WakeupException e) {
                LOG.debug("the index stops");
            } catch (SQLException | RuntimeException e) {
                LOG.warn("the index cannot go on and tries again: {}", e.toString());
                status = new Status(
                        false,
                        status.percent(),
                        status.lagRecords(),
                        e.getClass().getSimpleName());
                undo();
                pause();
            }
        }
    }

    private void undo() {
        try {
            writer.rollback();
        } catch (SQLException e) {
            LOG.warn("the index cannot be rolled back: {}", e.getMessage());
        }
    }

    private void pause() {
        synchronized (moved) {
            if (!closed) {
                try {
                    moved.wait(RETRY_MS);
                } catch (InterruptedException e) {
                    closed = true;
                }
            }
        }
    }

    private void follow(Consumer<byte[], byte[]> consumer) throws SQLException {
        List<TopicPartition> partitions = new ArrayList<>();
        for (Source source : Source.values()) {
            List<PartitionInfo> found = consumer.partitionsFor(source.topic(names));
            if (found == null || found.isEmpty()) {
                throw new KafkaException("the topic " + source.topic(names) + " does not exist");
            }
            found.forEach(info -> partitions.add(new TopicPartition(info.topic(), info.partition())));
        }
        consumer.assign(partitions);
        seek(consumer, partitions);
        snapshot(consumer);
        origin = positions(consumer);
        while (!closed) {
            ConsumerRecords<byte[], byte[]> records = consumer.poll(POLL);
            List<Outcome> answered = new ArrayList<>();
            for (ConsumerRecord<byte[], byte[]> record : records) {
                try {
                    take(record, answered);
                } catch (UndecodableException | IllegalArgumentException e) {
                    leaveOut(record, e);
                }
            }
            Map<TopicPartition, Long> next = positions(consumer);
            Positions reached = positions(next);
            if (!records.isEmpty() || !positions.cover(reached)) {
                writer.commit(bySource(next));
                publish(reached);
            }
            answered.forEach(answers);
            follow(consumer, next);
        }
    }

    /** Goes on where the index ends, or from the beginning where that is no longer, or never was, in the topic. */
    private void seek(Consumer<byte[], byte[]> consumer, List<TopicPartition> partitions) throws SQLException {
        Map<TopicPartition, Long> begins = consumer.beginningOffsets(partitions);
        Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
        Map<Source, Map<Integer, Long>> known = writer.offsets();
        boolean foreign = known.entrySet().stream()
                .anyMatch(source -> source.getValue().entrySet().stream()
                        .anyMatch(partition -> partition.getValue()
                                > ends.getOrDefault(
                                        new TopicPartition(source.getKey().topic(names), partition.getKey()), 0L)));
        if (foreign) {
            LOG.warn("the index is of other topics and is built again");
            writer.clear();
            known = Map.of();
        }
        for (TopicPartition partition : partitions) {
            long next = known.getOrDefault(source(partition.topic()), Map.of()).getOrDefault(partition.partition(), 0L);
            consumer.seek(partition, Math.max(next, begins.getOrDefault(partition, 0L)));
        }
        publish(positions(positions(consumer)));
    }

    private Source source(String topic) {
        Source source = sources.get(topic);
        if (source == null) {
            throw new IllegalStateException("no source of the index: " + topic);
        }
        return source;
    }

    private void publish(Positions reached) {
        synchronized (moved) {
            positions = reached;
            moved.notifyAll();
        }
    }

    private Positions positions(Map<TopicPartition, Long> next) {
        return new Positions(bySource(next));
    }

    private Map<Source, Map<Integer, Long>> bySource(Map<TopicPartition, Long> next) {
        Map<Source, Map<Integer, Long>> bySource = new EnumMap<>(Source.class);
        next.forEach(
                (partition, offset) -> bySource.computeIfAbsent(source(partition.topic()), unused -> new HashMap<>())
                        .put(partition.partition(), offset));
        return bySource;
    }

    private static Map<TopicPartition, Long> positions(Consumer<byte[], byte[]> consumer) {
        Map<TopicPartition, Long> positions = new HashMap<>();
        for (TopicPartition partition : consumer.assignment()) {
            positions.put(partition, consumer.position(partition));
        }
        return positions;
    }

    private void snapshot(Consumer<byte[], byte[]> consumer) {
        target = consumer.endOffsets(consumer.assignment());
        snapshotAtMs = clock.getAsLong();
    }

    /** Compares what is read with what is there, and removes what is over. */
    private void follow(Consumer<byte[], byte[]> consumer, Map<TopicPartition, Long> next) throws SQLException {
        long now = clock.getAsLong();
        long lag = 0;
        long total = 0;
        for (Map.Entry<TopicPartition, Long> end : target.entrySet()) {
            lag += Math.max(0, end.getValue() - next.getOrDefault(end.getKey(), 0L));
            total += Math.max(0, end.getValue() - origin.getOrDefault(end.getKey(), 0L));
        }
        if (lag == 0) {
            caughtUpAtMs = now;
            if (now - snapshotAtMs >= SNAPSHOT_MS || now < snapshotAtMs) {
                origin = next;
                snapshot(consumer);
            }
        }
        boolean ready = caughtUpAtMs != 0 && now - caughtUpAtMs <= BEHIND_MS;
        // All is read only when nothing is left, so 100 is never rounded up to.
        int percent = lag == 0 ? 100 : (int) Math.min(99, 100 * (total - lag) / Math.max(1, total));
        status = new Status(ready, percent, lag, null);
        if (lag == 0 && (now - expiredAtMs >= EXPIRE_MS || now < expiredAtMs)) {
            expiredAtMs = now;
            expire(consumer, now);
        }
    }

    private void expire(Consumer<byte[], byte[]> consumer, long now) throws SQLException {
        List<TopicPartition> ledger = consumer.assignment().stream()
                .filter(partition -> source(partition.topic()) == Source.OUTCOMES)
                .toList();
        Map<Integer, Long> begins = new HashMap<>();
        consumer.beginningOffsets(ledger).forEach((partition, begin) -> begins.put(partition.partition(), begin));
        writer.expire(Instant.ofEpochMilli(now), retention, begins);
    }

    /** A record that is none of the pipeline's, such as one with an id that is no UUID, must not stop the others. */
    private void leaveOut(ConsumerRecord<byte[], byte[]> record, RuntimeException cause) {
        if (undecodable.getAndIncrement() == 0) {
            LOG.warn(
                    "the record at {}-{}@{} is not in the index: {}",
                    record.topic(),
                    record.partition(),
                    record.offset(),
                    cause.getClass().getSimpleName());
        }
    }

    private void take(ConsumerRecord<byte[], byte[]> record, List<Outcome> answered) throws SQLException {
        Source source = source(record.topic());
        Deserializer<? extends SpecificRecord> decoder = Objects.requireNonNull(values.get(source));
        SpecificRecord value = record.value() == null ? null : decoder.deserialize(record.topic(), record.value());
        String key = record.key() == null ? "" : new String(record.key(), StandardCharsets.UTF_8);
        switch (source) {
            case LETTERS -> {
                if (value instanceof DeadLetter letter) {
                    writer.letter(record.partition(), record.offset(), letter);
                }
            }
            case CHANGES -> {
                if (value instanceof Outcome change) {
                    writer.change(record.partition(), record.offset(), change);
                }
            }
            case OUTCOMES -> {
                if (value instanceof Outcome outcome) {
                    writer.outcome(record.partition(), record.offset(), outcome);
                    // A command that could not be read has no id; its writer knows its position.
                    if (outcome.getCommandId() != null || outcome.getOutcome().equals("QUARANTINED")) {
                        answered.add(outcome);
                    }
                }
            }
            case USERS -> writer.user(key, (UserState) value);
            case REDRIVES -> writer.redrive(key, (Redrive) value);
            case AUDIT -> {
                if (value instanceof AuditEvent event) {
                    writer.audit(event);
                }
            }
        }
    }

    /** Stops reading; the file is closed by who opened it. */
    @Override
    public void close() {
        synchronized (moved) {
            closed = true;
            moved.notifyAll();
        }
        try {
            thread.join(CLOSE_WITHIN.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        values.values().forEach(Deserializer::close);
    }
}
