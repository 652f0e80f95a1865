package dev.redrive.it;

import dev.redrive.avro.RetryRequest;
import dev.redrive.serde.AvroDeserializer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;

/**
 * Reads releases and outcomes as their readers do, and remembers when each was seen: how long a partition was silent tells
 * how long those whose work is in it had to wait.
 */
final class Pauses implements AutoCloseable {

    private final KafkaConsumer<byte[], byte[]> consumer;
    private final String readyTopic;
    private final AvroDeserializer<RetryRequest> ready = new AvroDeserializer<>(RetryRequest.class);
    private final Map<TopicPartition, List<Long>> seenMs = new HashMap<>();
    private final List<long[]> lateness = new ArrayList<>();
    private final Thread reader = new Thread(this::read, "pauses");
    private volatile boolean closed;

    /**
     * How long nothing came, at most.
     *
     * @param outcomesMs on the partition of the outcomes that was silent for longest
     * @param releasesMs on the partition of the ready topic that was silent for longest
     * @param allMs on all partitions together
     * @param latestMs from due until a release was seen
     */
    record Longest(long outcomesMs, long releasesMs, long allMs, long latestMs) {}

    Pauses(Platform platform) {
        readyTopic = platform.config().topics().names().ready();
        ready.configure(Map.of("schema.registry.url", platform.registryUrl()), false);
        consumer = platform.consumer();
        for (String topic :
                List.of(readyTopic, platform.config().topics().names().outcomes())) {
            consumer.partitionsFor(topic)
                    .forEach(info -> seenMs.put(new TopicPartition(topic, info.partition()), new ArrayList<>()));
        }
        consumer.assign(seenMs.keySet());
        consumer.seekToBeginning(seenMs.keySet());
        reader.start();
    }

    private void read() {
        while (!closed) {
            var records = consumer.poll(Duration.ofMillis(50));
            long nowMs = System.currentTimeMillis();
            synchronized (this) {
                records.partitions().forEach(partition -> seenMs.get(partition).add(nowMs));
                for (ConsumerRecord<byte[], byte[]> release : records.records(readyTopic)) {
                    long dueMs = ready.deserialize(readyTopic, release.value())
                            .getDueAt()
                            .toEpochMilli();
                    lateness.add(new long[] {nowMs, nowMs - dueMs});
                }
            }
        }
    }

    /** Whether every partition has been heard since then. */
    synchronized boolean allHeardSince(long ms) {
        return seenMs.values().stream().allMatch(seen -> !seen.isEmpty() && seen.get(seen.size() - 1) >= ms);
    }

    /** Whether releases have come in time for a while. */
    boolean keepsPace() {
        long nowMs = System.currentTimeMillis();
        return allHeardSince(nowMs - 1_000) && between(nowMs - 2_000, nowMs).latestMs() < 1_000;
    }

    /** The longest pauses that touch this time. */
    synchronized Longest between(long fromMs, long toMs) {
        long latest = 0;
        for (long[] release : lateness) {
            if (release[0] >= fromMs && release[0] <= toMs) {
                latest = Math.max(latest, release[1]);
            }
        }
        List<Long> all = new ArrayList<>();
        seenMs.values().forEach(all::addAll);
        all.sort(null);
        return new Longest(longest(false, fromMs, toMs), longest(true, fromMs, toMs), gap(all, fromMs, toMs), latest);
    }

    private long longest(boolean releases, long fromMs, long toMs) {
        long longest = 0;
        for (Map.Entry<TopicPartition, List<Long>> partition : seenMs.entrySet()) {
            if (partition.getKey().topic().equals(readyTopic) == releases) {
                longest = Math.max(longest, gap(partition.getValue(), fromMs, toMs));
            }
        }
        return longest;
    }

    private static long gap(List<Long> seen, long fromMs, long toMs) {
        long longest = 0;
        long beforeMs = fromMs;
        for (long ms : seen) {
            if (ms >= fromMs && beforeMs <= toMs) {
                longest = Math.max(longest, ms - beforeMs);
            }
            beforeMs = ms;
        }
        return Math.max(longest, toMs - beforeMs);
    }

    @Override
    public void close() throws InterruptedException {
        closed = true;
        reader.join();
        consumer.close();
    }
}
