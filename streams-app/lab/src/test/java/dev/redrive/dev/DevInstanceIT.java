package dev.redrive.dev;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.redrive.avro.JobFailure;
import dev.redrive.avro.JobLifecycle;
import dev.redrive.avro.LifecycleStage;
import dev.redrive.avro.RetryRequest;
import dev.redrive.contract.TopicNames;
import dev.redrive.dev.DevInstance.DevException;
import dev.redrive.dev.DevSettings.WorkloadSettings;
import dev.redrive.dev.EmbeddedBroker.LoopbackPorts;
import dev.redrive.runtime.TestTopics;
import dev.redrive.serde.AvroSerdes;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class DevInstanceIT {

    private static final TopicNames NAMES = TopicNames.standard();

    @TempDir
    private Path directory;

    private final ByteArrayOutputStream printed = new ByteArrayOutputStream();
    private final PrintStream out = new PrintStream(printed, true, StandardCharsets.UTF_8);
    private final AtomicInteger running = new AtomicInteger();

    @Test
    void shouldFeedThePipelineMakeItsRetriesAndContinueAfterARestart() throws Exception {
        // Given an instance whose workload runs
        DevSettings settings = settings(new WorkloadSettings.Endless(20, 50, 1));
        try (DevInstance instance = start(settings)) {
            assertThat(running).hasValue(1);
            Map<String, ?> connection = connection(instance);

            // Then failures and lifecycle events arrive in the wire format
            await(connection, NAMES.failures(), JobFailure.class, failure -> failure.getAttempt() == 1);
            await(
                    connection,
                    NAMES.lifecycle(),
                    JobLifecycle.class,
                    moved -> moved.getStage() == LifecycleStage.SUCCEEDED);

            // And a retry that is handed back is made under its number
            handBack(connection, "handed-back");
            JobLifecycle made = await(
                    connection,
                    NAMES.lifecycle(),
                    JobLifecycle.class,
                    moved -> moved.getJobId().equals("handed-back"));
            assertThat(made.getAttempt()).isEqualTo(2);
            assertThatThrownBy(() -> start(settings))
                    .isInstanceOfSatisfying(
                            DevException.class,
                            e -> assertThat(e.reason()).isEqualTo(DevException.Reason.DIRECTORY_IN_USE));
        }
        assertThat(running).hasValue(0);
        assertThat(printed.toString(StandardCharsets.UTF_8))
                .contains("127.0.0.1:" + settings.portBase(), "http://127.0.0.1:" + (settings.portBase() + 2));

        // When it is started again, then what was written can still be read
        try (DevInstance instance =
                start(new DevSettings(settings.portBase(), settings.dataDirectory(), settings.topics(), null, false))) {
            await(
                    connection(instance),
                    NAMES.lifecycle(),
                    JobLifecycle.class,
                    moved -> moved.getJobId().equals("handed-back"));
        }
    }

    @Test
    void shouldStopWhatHadStartedWhenThePipelineCannotStart() {
        DevSettings settings = settings(null);

        assertThatThrownBy(() -> DevInstance.start(
                        settings,
                        (bootstrap, registry, state) -> {
                            throw new java.io.IOException("no state directory");
                        },
                        out,
                        false,
                        () -> {}))
                .isInstanceOf(DevException.class)
                .hasMessageContaining("no state directory");

        LoopbackPorts.requireFree(settings.portBase(), "test");
        DirectoryLock.acquire(settings.dataDirectory()).close();
    }

    private DevInstance start(DevSettings settings) {
        return DevInstance.start(
                settings,
                (bootstrap, registry, state) -> {
                    running.incrementAndGet();
                    return running::decrementAndGet;
                },
                out,
                false,
                () -> {});
    }

    private DevSettings settings(@Nullable WorkloadSettings workload) {
        return new DevSettings(freeBase(), directory, TestTopics.of(NAMES, 2, 1), workload, true);
    }

    private static int freeBase() {
        while (true) {
            int base = LoopbackPorts.free();
            if (base <= 65_533 && isFree(base + 1) && isFree(base + 2)) {
                return base;
            }
        }
    }

    private static boolean isFree(int port) {
        try {
            LoopbackPorts.requireFree(port, "test");
            return true;
        } catch (DevException e) {
            return false;
        }
    }

    private static Map<String, Object> connection(DevInstance instance) {
        return Map.of("bootstrap.servers", instance.bootstrapServers(), "schema.registry.url", instance.registryUrl());
    }

    private static void handBack(Map<String, ?> connection, String jobId) {
        RetryRequest retry = RetryRequest.newBuilder()
                .setUserId("somebody")
                .setJobId(jobId)
                .setAttempt(2)
                .setService("music")
                .setOperation("music.song.generate")
                .setMethod("POST")
                .setRoute("/v1/music/songs")
                .setIdempotencyKey("key")
                .setDueAt(Instant.EPOCH)
                .setFailureClass("TRANSIENT")
                .setFirstFailedAt(Instant.EPOCH)
                .setFailedAt(Instant.EPOCH)
                .build();
        try (KafkaProducer<String, RetryRequest> producer = new KafkaProducer<>(
                Map.copyOf(connection),
                new StringSerializer(),
                AvroSerdes.serializer(RetryRequest.class, connection))) {
            var unused = producer.send(new ProducerRecord<>(NAMES.ready(), "somebody", retry));
        }
    }

    private static <T extends SpecificRecord> T await(
            Map<String, ?> connection, String topic, Class<T> type, Predicate<T> wanted) {
        try (KafkaConsumer<String, T> consumer = new KafkaConsumer<>(
                Map.of(
                        "bootstrap.servers",
                        String.valueOf(connection.get("bootstrap.servers")),
                        "auto.offset.reset",
                        "earliest"),
                new StringDeserializer(),
                AvroSerdes.deserializer(type, connection))) {
            List<TopicPartition> partitions = new ArrayList<>();
            consumer.partitionsFor(topic)
                    .forEach(found -> partitions.add(new TopicPartition(topic, found.partition())));
            consumer.assign(partitions);
            while (true) {
                for (var record : consumer.poll(Duration.ofMillis(200))) {
                    if (wanted.test(record.value())) {
                        return record.value();
                    }
                }
            }
        }
    }
}
