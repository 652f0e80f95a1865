package dev.redrive.containers;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.redrive.serde.AvroDeserializer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.StringDeserializer;

/** All committed records of one topic, as a {@code read_committed} consumer sees them. */
final class Committed<T extends SpecificRecord> implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final String topic;
    private final KafkaConsumer<String, T> consumer;
    private final List<ConsumerRecord<String, T>> records = new ArrayList<>();

    Committed(Containers containers, String topic, Class<T> type) {
        this(containers.bootstrapServers(), containers.registryUrl(), topic, type);
    }

    Committed(String bootstrapServers, String registryUrl, String topic, Class<T> type) {
        this.topic = topic;
        Map<String, Object> config = Map.of(
                ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
                bootstrapServers,
                ConsumerConfig.ISOLATION_LEVEL_CONFIG,
                "read_committed",
                "schema.registry.url",
                registryUrl);
        var values = new AvroDeserializer<>(type);
        values.configure(config, false);
        consumer = new KafkaConsumer<>(config, new StringDeserializer(), values);
        List<TopicPartition> partitions = consumer.partitionsFor(topic).stream()
                .map(info -> new TopicPartition(topic, info.partition()))
                .toList();
        consumer.assign(partitions);
        consumer.seekToBeginning(partitions);
    }

    /** Reads on until what was read so far is as wanted. */
    List<ConsumerRecord<String, T>> await(Predicate<List<ConsumerRecord<String, T>>> wanted) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        do {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("not within " + PATIENCE + "; in " + topic + " stand "
                        + records.stream().map(ConsumerRecord::value).toList());
            }
            read();
        } while (!wanted.test(records));
        return records;
    }

    List<ConsumerRecord<String, T>> await(int count) {
        return await(read -> read.size() >= count);
    }

    /** Reads on for a moment. */
    List<ConsumerRecord<String, T>> read() {
        consumer.poll(Duration.ofMillis(200)).forEach(records::add);
        return records;
    }

    static String header(ConsumerRecord<?, ?> record, String name) {
        Header header = record.headers().lastHeader(name);
        return header == null ? null : new String(header.value(), UTF_8);
    }

    @Override
    public void close() {
        consumer.close();
    }
}
