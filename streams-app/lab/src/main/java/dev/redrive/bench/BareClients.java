package dev.redrive.bench;

import dev.redrive.contract.TopicNames;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** A producer alone and a consumer alone on the same records: what the clients and the broker do without any work between. */
final class BareClients {

    private static final Duration POLL = Duration.ofMillis(200);

    private final Lab lab;
    private final int events;
    private final long seed;

    BareClients(Lab lab, int events, long seed) {
        this.lab = lab;
        this.events = events;
        this.seed = seed;
    }

    void run(Figures figures) {
        // A pipeline that never starts: its input topic is all that is used.
        try (Rig rig = new Rig(lab, Contender.CEILING, "bare", "")) {
            figures.add("ceiling", "bare producer", events / produce(rig.topics()), "events/s");
            figures.add("ceiling", "bare consumer", events / consume(rig.topics()), "events/s");
        }
    }

    private double produce(TopicNames topics) {
        Workload workload = new Workload("job", seed, 60);
        try (Load load = new Load(lab, workload, topics.failures(), false)) {
            long start = System.nanoTime();
            load.publish(0, events, (job, nowMs) -> workload.failure(job, nowMs, Drain.RETRY_AFTER_S));
            return seconds(start);
        }
    }

    private double consume(TopicNames topics) {
        try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(
                ClientSettings.consumer(lab.bootstrapServers()),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer())) {
            var partitions = Lab.partitions(topics.failures());
            consumer.assign(partitions);
            Map<?, Long> ends = consumer.endOffsets(partitions);
            long left = ends.values().stream().mapToLong(Long::longValue).sum();
            if (left != events) {
                throw new BenchException(events + " records were produced, the topic holds " + left);
            }
            long start = System.nanoTime();
            while (left > 0) {
                left -= consumer.poll(POLL).count();
            }
            return seconds(start);
        }
    }

    private static double seconds(long startNanos) {
        return (System.nanoTime() - startNanos) / (double) TimeUnit.SECONDS.toNanos(1);
    }
}
