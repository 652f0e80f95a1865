package dev.redrive.bench;

import dev.redrive.avro.DeadLetter;
import dev.redrive.contract.TopicNames;
import dev.redrive.serde.AvroSerdes;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.serialization.Deserializer;

/** Terminal failures at a steady rate beside another load, and how long each takes until its dead letter is visible. */
final class FreshLoad implements AutoCloseable {

    private final Lab lab;
    private final long[] publishedMs;
    private final long[] visibleMs;
    private final Watch watch;
    private final CompletableFuture<Void> publishing;

    /** Takes one failure: when it was published, and how long until it was visible, in milliseconds. */
    @FunctionalInterface
    interface Delay {
        void of(long publishedMs, long delayMs);
    }

    FreshLoad(Lab lab, TopicNames topics, Workload workload, int jobs, int perSecond) {
        this.lab = lab;
        this.publishedMs = new long[jobs];
        this.visibleMs = new long[jobs];
        Deserializer<DeadLetter> letters =
                AvroSerdes.deserializer(DeadLetter.class, Map.of("schema.registry.url", lab.registryUrl()));
        this.watch = Watch.of(
                lab,
                jobs,
                (record, visibleAtMs) -> {
                    DeadLetter letter = letters.deserialize(record.topic(), record.value());
                    visibleMs[workload.job(letter.getFailure().getJobId())] = visibleAtMs;
                },
                topics.deadLetters());
        this.publishing = CompletableFuture.runAsync(() -> {
            try (Load load = new Load(lab, workload, topics.failures(), false)) {
                load.publishSteadily(0, jobs, perSecond, (job, nowMs) -> {
                    publishedMs[job] = nowMs;
                    return workload.failure(job, nowMs, 0);
                });
            }
        });
    }

    /** Waits until all were published and have become visible. */
    void finish() {
        publishing.join();
        watch.await(lab, Duration.ofMinutes(5));
    }

    /** Shows every failure; after {@link #finish}. */
    void delays(Delay delay) {
        for (int job = 0; job < publishedMs.length; job++) {
            delay.of(publishedMs[job], visibleMs[job] - publishedMs[job]);
        }
    }

    @Override
    public void close() {
        watch.close();
    }
}
