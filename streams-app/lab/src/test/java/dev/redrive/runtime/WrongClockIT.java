package dev.redrive.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.redrive.config.ConfigLoader;
import dev.redrive.config.RedriveConfig;
import dev.redrive.dev.DevRegistry;
import dev.redrive.dev.EmbeddedBroker;
import dev.redrive.publish.ApiResponse;
import dev.redrive.publish.FailurePublisher;
import dev.redrive.publish.Failures;
import dev.redrive.publish.JobContext;
import dev.redrive.runtime.RedrivePipeline.Readiness;
import dev.redrive.topology.FailureTopology;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A pipeline on a host whose wall clock is wrong, and a worker on another one. */
class WrongClockIT {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Duration RETRY_AFTER = Duration.ofSeconds(2);

    @TempDir
    private Path directory;

    @ParameterizedTest
    @ValueSource(longs = {90_000, -90_000})
    void shouldReleaseByTheBrokersTime(long wrongByMs) throws Exception {
        try (EmbeddedBroker broker = EmbeddedBroker.start(directory.resolve("broker"));
                DevRegistry registry = DevRegistry.start(directory.resolve("registry"), 0)) {
            RedriveConfig config = config(broker, registry);
            try (TopicAdmin admin =
                    new TopicAdmin(Map.of("bootstrap.servers", broker.bootstrapServers()), Duration.ofSeconds(20))) {
                admin.create(Wiring.topics(config));
            }
            // Given an instance whose wall clock is wrong
            SteadyClock clock = new SteadyClock(() -> System.currentTimeMillis() + wrongByMs, System::nanoTime);
            FailureTopology topology = Wiring.topology(config, clock);
            try (RedrivePipeline pipeline = new RedrivePipeline(
                            topology.build(),
                            Wiring.runtime(config, null),
                            clock,
                            topology.times(),
                            topology.outages());
                    FailurePublisher publisher = FailurePublisher.create(
                            Map.of(
                                    "bootstrap.servers",
                                    broker.bootstrapServers(),
                                    "schema.registry.url",
                                    registry.url()),
                            config.topics().names())) {
                pipeline.start();
                assertThat(pipeline.awaitRunning(PATIENCE)).isTrue();

                // When a worker whose clock is behind publishes a failure
                ApiResponse response = new ApiResponse(
                        429, Map.of("Retry-After", List.of(Long.toString(RETRY_AFTER.toSeconds()))), null);
                JobContext job = JobContext.of("u", "j", "music", "music.song.generate")
                        .attempt(1)
                        .idempotencyKey("k")
                        .build();
                long failedAtMs = publisher
                        .publish(
                                Failures.ofResponse(job, response, Instant.now().minusSeconds(30)), null)
                        .get()
                        .timestamp();

                // Then the release comes when the brokers' clock allows, not before and not 90 s after
                long releasedAtMs = released(broker.bootstrapServers(), config);
                assertThat(Duration.ofMillis(releasedAtMs - failedAtMs)).isBetween(RETRY_AFTER, PATIENCE);
                assertThat(pipeline.readiness()).isEqualTo(Readiness.CLOCK_OFFSET);
                assertThat(Math.abs(clock.offsetMs())).isBetween(80_000L, 90_000L);
            }
        }
    }

    private RedriveConfig config(EmbeddedBroker broker, DevRegistry registry) throws Exception {
        Path file = Files.writeString(directory.resolve("redrive.yaml"), """
            kafka:
              bootstrapServers: [%s]
            schemaRegistry:
              url: [%s]
            topics:
              partitions: 2
              replicationFactor: 1
            streams:
              stateDir: %s
            """.formatted(
                        broker.bootstrapServers(), registry.url(), directory.resolve("state")));
        return ConfigLoader.load(file, Map.of());
    }

    /** The append time of the first release. */
    private static long released(String bootstrapServers, RedriveConfig config) {
        try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(
                Map.of(
                        "bootstrap.servers", bootstrapServers,
                        "isolation.level", "read_committed",
                        "auto.offset.reset", "earliest"),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer())) {
            String ready = config.topics().names().ready();
            consumer.assign(IntStream.range(0, 2)
                    .mapToObj(partition -> new TopicPartition(ready, partition))
                    .toList());
            long deadline = System.nanoTime() + PATIENCE.toNanos();
            while (System.nanoTime() - deadline < 0) {
                ConsumerRecords<byte[], byte[]> records = consumer.poll(Duration.ofMillis(200));
                if (!records.isEmpty()) {
                    return records.iterator().next().timestamp();
                }
            }
            throw new AssertionError("nothing was released within " + PATIENCE);
        }
    }
}
