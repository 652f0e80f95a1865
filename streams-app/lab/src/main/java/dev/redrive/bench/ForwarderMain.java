package dev.redrive.bench;

import dev.redrive.config.ConfigLoader;
import dev.redrive.config.RedriveConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * A forwarder as one writes it without Kafka Streams and without transactions: consume, produce, commit, at least once. It
 * shows what exactly-once and Kafka Streams cost together.
 */
final class ForwarderMain {

    private static final Duration POLL = Duration.ofMillis(10);

    private ForwarderMain() {}

    /** Runs until standard input ends; the arguments are a configuration file and the identity of this instance. */
    public static void main(String[] args) throws IOException, InterruptedException {
        RedriveConfig config = ConfigLoader.load(Path.of(args[0]), Map.of());
        AtomicBoolean ended = new AtomicBoolean();
        Thread work = new Thread(() -> forward(config, args[1], ended), "forwarder");
        work.start();
        while (System.in.read() >= 0) {
            // Nothing is asked of it.
        }
        ended.set(true);
        work.join();
    }

    private static void forward(RedriveConfig config, String instance, AtomicBoolean ended) {
        Routes routes = new Routes(config.topics().names());
        long intervalNanos = config.streams().commitInterval().toNanos();
        try (KafkaConsumer<byte[], byte[]> consumer = consumer(config, instance);
                KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(
                        ClientSettings.producer(
                                config.kafka().bootstrapServers().get(0)),
                        new ByteArraySerializer(),
                        new ByteArraySerializer())) {
            consumer.subscribe(List.of(routes.topics().failures(), routes.between()));
            boolean running = false;
            long committedNanos = System.nanoTime();
            while (!ended.get()) {
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
                    producer.send(
                            new ProducerRecord<>(
                                    routes.next(record.topic(), record.headers()),
                                    null,
                                    record.timestamp(),
                                    record.key(),
                                    record.value(),
                                    record.headers()),
                            (metadata, failure) -> {
                                if (failure != null) {
                                    Runtime.getRuntime().halt(1);
                                }
                            });
                }
                if (!running && !consumer.assignment().isEmpty()) {
                    running = true;
                    System.out.println("running");
                }
                if (System.nanoTime() - committedNanos > intervalNanos) {
                    producer.flush();
                    consumer.commitSync();
                    committedNanos = System.nanoTime();
                }
            }
        }
    }

    private static KafkaConsumer<byte[], byte[]> consumer(RedriveConfig config, String instance) {
        Map<String, Object> settings = new HashMap<>(
                ClientSettings.consumer(config.kafka().bootstrapServers().get(0)));
        settings.put("group.id", config.applicationId());
        settings.put("group.instance.id", instance);
        settings.put("max.poll.records", 1_000);
        settings.put("enable.auto.commit", "false");
        return new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }
}
