package dev.redrive.server.redrive;

import dev.redrive.contract.TopicNames;
import dev.redrive.server.index.IndexFeed;
import dev.redrive.server.index.LetterPayloads;
import dev.redrive.server.index.RedriveIndex;
import dev.redrive.server.index.RedriveIndex.Stored;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.utils.Utils;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries out redrives: of all instances, the one to which the consumer group assigns the partition of a redrive. One
 * thread. When an instance ends, another goes on where the progress of the last transaction ends.
 */
public final class RedriveService implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(RedriveService.class);
    private static final Duration TICK = Duration.ofMillis(50);
    private static final Duration CLOSE_WITHIN = Duration.ofSeconds(5);
    private static final long RETRY_MS = 1_000;

    /** Redrives planned longer ago are over. */
    private static final Duration MAX_AGE = Duration.ofDays(30);

    private static final int MAX_REDRIVES = 1_000;

    private final Supplier<Consumer<byte[], byte[]>> members;
    private final IntFunction<Producer<String, SpecificRecord>> producers;
    private final RedriveIndex index;
    private final IndexFeed feed;
    private final LetterPayloads payloads;
    private final TopicNames names;
    private final LongSupplier clock;
    private final Thread thread;
    private volatile boolean closed;
    /** By partition of the topic of redrives. Confined to the thread. */
    private final Map<Integer, RedriveRunner> runners = new HashMap<>();

    private Map<Integer, Long> seen = Map.of();
    private List<String> running = List.of();

    /**
     * Creates the service; {@link #start} starts it.
     *
     * @param members creates a consumer in the group of all instances
     * @param producers creates a transactional producer for a partition of the redrives
     * @param clock epoch milliseconds
     */
    public RedriveService(
            Supplier<Consumer<byte[], byte[]>> members,
            IntFunction<Producer<String, SpecificRecord>> producers,
            RedriveIndex index,
            IndexFeed feed,
            LetterPayloads payloads,
            TopicNames names,
            LongSupplier clock) {
        this.members = members;
        this.producers = producers;
        this.index = index;
        this.feed = feed;
        this.payloads = payloads;
        this.names = names;
        this.clock = clock;
        this.thread = new Thread(this::run, "redrive-runner");
        thread.setDaemon(true);
    }

    /** Starts to carry out redrives. */
    public void start() {
        thread.start();
    }

    /** Returns the partition of a redrive's records, by the hash of its id. */
    public static int partition(String redriveId, int partitions) {
        return Utils.toPositive(Utils.murmur2(redriveId.getBytes(StandardCharsets.UTF_8))) % partitions;
    }

    private void run() {
        while (!closed) {
            try (Consumer<byte[], byte[]> member = members.get()) {
                member.subscribe(List.of(names.redrives()), new Owner());
                while (!closed) {
                    member.pause(member.assignment());
                    member.poll(TICK);
                    work(member);
                }
            } catch (WakeupException e) {
                LOG.debug("redrives stop here");
            } catch (RuntimeException e) {
                LOG.warn("redrives cannot be carried out here and are tried again: {}", e.toString());
                pause();
            } finally {
                release(List.copyOf(runners.keySet()));
            }
        }
    }

    private void pause() {
        try {
            Thread.sleep(RETRY_MS);
        } catch (InterruptedException e) {
            closed = true;
        }
    }

    private void release(Collection<Integer> partitions) {
        for (Integer partition : partitions) {
            RedriveRunner runner = runners.remove(partition);
            if (runner != null) {
                runner.close();
            }
        }
    }

    /** Ends what is no longer assigned; what is newly assigned begins with its first running redrive. */
    private final class Owner implements ConsumerRebalanceListener {

        @Override
        public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
            release(partitions.stream().map(TopicPartition::partition).toList());
        }

        @Override
        public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
            LOG.debug("{} partitions of redrives are carried out here", partitions.size());
        }
    }

    private void work(Consumer<byte[], byte[]> member) {
        if (member.assignment().isEmpty() || !feed.status().ready()) {
            return;
        }
        Map<Integer, Long> positions = feed.positions().redrives();
        if (!positions.equals(seen)) {
            running = running();
            seen = positions;
        }
        for (String redriveId : running) {
            TopicPartition partition = new TopicPartition(names.redrives(), partition(redriveId, positions.size()));
            if (member.assignment().contains(partition)) {
                step(redriveId, member, partition);
            }
        }
    }

    private List<String> running() {
        Instant now = Instant.ofEpochMilli(clock.getAsLong());
        List<String> ids = new ArrayList<>();
        for (Stored stored : index.redrives(now.plus(Duration.ofDays(1)), MAX_REDRIVES)) {
            boolean recent = stored.control().getPlannedAt().isAfter(now.minus(MAX_AGE));
            if (recent && RedriveState.of(stored) instanceof RedriveState.Running) {
                ids.add(stored.control().getRedriveId());
            }
        }
        return ids;
    }

    private void step(String redriveId, Consumer<byte[], byte[]> member, TopicPartition partition) {
        RedriveRunner runner = runners.get(partition.partition());
        if (runner == null) {
            // Its producer ends what the instance before had not committed. What that had committed is read first.
            Producer<String, SpecificRecord> producer = producers.apply(partition.partition());
            producer.initTransactions();
            long end = member.endOffsets(List.of(partition)).getOrDefault(partition, 0L);
            runner = new RedriveRunner(producer, end, index, payloads, names, clock);
            runners.put(partition.partition(), runner);
        }
        Stored current = index.redrive(redriveId);
        if (current != null && feed.positions().redrives().getOrDefault(partition.partition(), 0L) >= runner.begin()) {
            runner.step(current);
        }
    }

    @Override
    public void close() {
        closed = true;
        try {
            thread.join(CLOSE_WITHIN.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
