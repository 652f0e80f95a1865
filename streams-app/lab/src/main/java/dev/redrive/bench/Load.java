package dev.redrive.bench;

import dev.redrive.avro.JobFailure;
import dev.redrive.bench.Benchmark.BenchException;
import dev.redrive.bench.Contender.Routes;
import dev.redrive.serde.AvroSerializer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/** Publishes the failures of a workload. Used by one thread. */
final class Load implements AutoCloseable {

    /** Longer than the writing of any backlog; the brokers' default max. */
    private static final int TRANSACTION_TIMEOUT_MS = 900_000;

    private final Workload workload;
    private final String topic;
    private final AvroSerializer<JobFailure> serializer = new AvroSerializer<>();
    private final KafkaProducer<byte[], byte[]> producer;
    private final AtomicReference<@Nullable Exception> failure = new AtomicReference<>();
    private long bytes;

    /** Supplies the failures to publish. */
    @FunctionalInterface
    interface Plan {
        JobFailure failure(int job, long nowMs);
    }

    /**
     * Connects the producer.
     *
     * @param transactional whether records stay invisible until {@link #commit}
     */
    Load(Lab lab, Workload workload, String topic, boolean transactional) {
        this.workload = workload;
        this.topic = topic;
        serializer.configure(Map.of("schema.registry.url", lab.registryUrl()), false);
        Map<String, Object> settings = new HashMap<>(Lab.producerSettings(lab.bootstrapServers()));
        if (transactional) {
            settings.put("transactional.id", topic + workload.run());
            settings.put("transaction.timeout.ms", TRANSACTION_TIMEOUT_MS);
        }
        producer = new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer());
        if (transactional) {
            producer.initTransactions();
            producer.beginTransaction();
        }
    }

    /** Publishes jobs at full speed, and waits until all are acknowledged. */
    void publish(int first, int count, Plan plan) {
        for (int job = first; job < first + count; job++) {
            send(job, plan.failure(job, System.currentTimeMillis()));
        }
        flush();
    }

    /** Publishes jobs at a steady rate, and waits until all are acknowledged. */
    void publishSteadily(int first, int count, int perSecond, Plan plan) {
        long start = System.nanoTime();
        for (int job = first; job < first + count; job++) {
            long dueNanos = start + (job - first) * TimeUnit.SECONDS.toNanos(1) / perSecond;
            while (dueNanos - System.nanoTime() > 0) {
                LockSupport.parkNanos(dueNanos - System.nanoTime());
            }
            send(job, plan.failure(job, System.currentTimeMillis()));
        }
        flush();
    }

    private void send(int job, JobFailure value) {
        byte[] key = value.getUserId().getBytes(StandardCharsets.UTF_8);
        byte[] body = serializer.serialize(topic, value);
        if (body == null) {
            throw new IllegalStateException("no bytes for a record");
        }
        byte[] kind = workload.retryable(job) ? Routes.RETRYABLE : Routes.TERMINAL;
        ProducerRecord<byte[], byte[]> record = new ProducerRecord<>(topic, key, body);
        record.headers().add(Routes.HEADER, kind);
        bytes += key.length + body.length + Routes.HEADER.length() + kind.length;
        var unused = producer.send(record, (metadata, failed) -> {
            if (failed != null) {
                failure.set(failed);
            }
        });
    }

    private void flush() {
        producer.flush();
        Exception failed = failure.get();
        if (failed != null) {
            throw new BenchException("the load could not be published: " + failed);
        }
    }

    /** Commits: makes all records visible at the same instant. */
    void commit() {
        producer.commitTransaction();
    }

    /** Returns the bytes of keys, values and headers so far, not compressed. */
    long bytes() {
        return bytes;
    }

    @Override
    public void close() {
        producer.close();
    }
}
