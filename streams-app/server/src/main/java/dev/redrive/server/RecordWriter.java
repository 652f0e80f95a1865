package dev.redrive.server;

import dev.redrive.config.RedriveConfig;
import dev.redrive.runtime.Wiring;
import dev.redrive.serde.AvroSerializer;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.StringSerializer;
import org.jspecify.annotations.Nullable;

/**
 * Writes records of this server: commands, failures, lifecycle events, audit. A record is written when all in-sync
 * replicas have it; a repeated send is not written twice. Safe for use by several threads.
 */
public final class RecordWriter implements AutoCloseable {

    /** Maximum time that a caller waits for a topic's metadata or for room in the buffer. */
    private static final int MAX_BLOCK_MS = 5_000;

    /** Maximum time from a send to its acknowledgement; long enough for a broker's restart. */
    private static final int DELIVERY_TIMEOUT_MS = 30_000;

    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(5);

    private final Producer<String, SpecificRecord> producer;

    /** Creates a writer that closes its producer. */
    public RecordWriter(Producer<String, SpecificRecord> producer) {
        this.producer = producer;
    }

    /** Opens a writer; it connects when it first writes. */
    public static RecordWriter open(RedriveConfig config) {
        return new RecordWriter(producer(config, null));
    }

    /**
     * Creates a producer with the server's settings.
     *
     * @param transactionalId {@code null} for one without transactions
     */
    static Producer<String, SpecificRecord> producer(RedriveConfig config, @Nullable String transactionalId) {
        Map<String, Object> settings = new HashMap<>(config.kafka().properties().passed());
        settings.put("bootstrap.servers", String.join(",", config.kafka().bootstrapServers()));
        settings.putIfAbsent("client.id", config.applicationId() + "-server");
        if (transactionalId != null) {
            settings.put("transactional.id", transactionalId);
        }
        settings.put("acks", "all");
        settings.put("enable.idempotence", true);
        settings.put("linger.ms", 5);
        settings.put("max.block.ms", MAX_BLOCK_MS);
        settings.put("request.timeout.ms", 10_000);
        settings.put("delivery.timeout.ms", DELIVERY_TIMEOUT_MS);
        settings.put("max.request.size", 2 << 20);
        AvroSerializer<SpecificRecord> values = new AvroSerializer<>();
        Map<String, Object> registry = new HashMap<>(
                Map.of("redrive.registry.request.timeout.ms", "5000", "redrive.registry.deadline.ms", "10000"));
        registry.putAll(Wiring.registry(config));
        values.configure(registry, false);
        return new KafkaProducer<>(settings, new StringSerializer(), values);
    }

    /**
     * Writes a record.
     *
     * @param partition {@code null} for the partition of the key
     * @return completes with the position, or with why it is not known to be written
     */
    public CompletableFuture<RecordMetadata> write(
            String topic, @Nullable Integer partition, String key, SpecificRecord value) {
        CompletableFuture<RecordMetadata> written = new CompletableFuture<>();
        try {
            producer.send(new ProducerRecord<>(topic, partition, key, value), (metadata, failure) -> {
                if (failure == null) {
                    written.complete(metadata);
                } else {
                    written.completeExceptionally(failure);
                }
            });
        } catch (RuntimeException e) {
            written.completeExceptionally(e);
        }
        return written;
    }

    /** Returns the number of a topic's partitions. */
    public int partitions(String topic) {
        return producer.partitionsFor(topic).size();
    }

    /** Waits for what was sent, for 5 s at most. */
    @Override
    public void close() {
        producer.close(CLOSE_TIMEOUT);
    }
}
