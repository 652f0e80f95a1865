package dev.redrive.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.redrive.avro.Alert;
import dev.redrive.avro.DeadLetter;
import dev.redrive.avro.ErrorRate;
import dev.redrive.avro.Outcome;
import dev.redrive.avro.RetryRequest;
import dev.redrive.avro.ScheduledRetry;
import dev.redrive.avro.UserState;
import dev.redrive.contract.HeaderNames;
import dev.redrive.contract.TopicNames;
import dev.redrive.publish.FailurePublisher;
import dev.redrive.publish.JobContext;
import dev.redrive.runtime.RedrivePipeline;
import dev.redrive.serde.AvroSerdes;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarFile;
import java.util.jar.JarOutputStream;
import java.util.zip.ZipEntry;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The whole pipeline with {@code avro.serde.impl: confluent} and Confluent's own classes. */
class GenuineConfluentPipelineIT {

    /** The profile {@code genuine} puts it there; it holds much beside Confluent's classes. */
    private static final Path BUNDLE = Path.of("../../schemas/target/genuine/genuine.jar");

    private static final Map<String, String> GENUINE = impl("confluent");

    @TempDir
    private Path directory;

    private final ClassLoader before = Thread.currentThread().getContextClassLoader();

    private static Map<String, String> impl(String impl) {
        return Map.of("REDRIVE_SCHEMA_REGISTRY__PROPERTIES__AVRO_SERDE_IMPL", impl);
    }

    /** As if Confluent's jar lay in {@code lib/}. */
    @BeforeEach
    void showConfluentsClasses() throws IOException {
        Path jar = directory.resolve("confluent.jar");
        try (JarFile bundle = new JarFile(BUNDLE.toFile());
                JarOutputStream only = new JarOutputStream(Files.newOutputStream(jar))) {
            for (var entry : bundle.stream()
                    .filter(entry -> entry.getName().startsWith("io/confluent/"))
                    .toList()) {
                only.putNextEntry(new ZipEntry(entry.getName()));
                bundle.getInputStream(entry).transferTo(only);
            }
        }
        Thread.currentThread()
                .setContextClassLoader(new URLClassLoader(new URL[] {jar.toUri().toURL()}, before));
    }

    @AfterEach
    void hideThem() throws IOException {
        ((URLClassLoader) Thread.currentThread().getContextClassLoader()).close();
        Thread.currentThread().setContextClassLoader(before);
    }

    @Test
    void shouldReadAndWriteWhatTheDefaultSerdeReadsAndWrites() throws Exception {
        try (Platform platform = new Platform(directory);
                FailurePublisher publisher = platform.publisher();
                Ledger ledger = new Ledger(platform)) {
            // Given a pipeline that runs on Confluent's classes, and the main cases, written by either serde
            int failures = 0;
            try (RedrivePipeline pipeline = platform.startPipeline(GENUINE)) {
                for (int job = 0; job < 30; job++) {
                    publisher.publish(MixedLoad.failure(job), null).get(30, TimeUnit.SECONDS);
                    failures++;
                }
                publisher.publish(MixedLoad.failure(0), null).get(30, TimeUnit.SECONDS);
                publisher
                        .submitted(JobContext.of("u1", "job-x", "music", "music.song.generate")
                                .build())
                        .get(30, TimeUnit.SECONDS);
                send(platform, "user-30", written(platform, "confluent", "failures", MixedLoad.failure(30)));
                failures += 2;
                int taken = failures;
                Platform.await(
                        Duration.ofSeconds(60), "all taken", () -> ledger.read().failures() == taken);
                assertThat(pipeline.failed()).isFalse();
            }

            // When the default serde goes on with the retries that rest
            assertThat(ledger.settled(failures)).isFalse();
            try (RedrivePipeline pipeline = platform.startPipeline()) {
                int published = failures;
                Platform.await(
                        Duration.ofSeconds(60),
                        "all released",
                        () -> ledger.read().settled(published));
                assertThat(pipeline.failed()).isFalse();
            }

            // Then the ledger balances, and what either wrote the other would have written to the byte
            assertThat(ledger.faults(failures)).isEmpty();
            shouldBeWrittenTheSame(platform);
        }
    }

    private static void shouldBeWrittenTheSame(Platform platform) {
        TopicNames topics = platform.config().topics().names();
        Map<String, Class<? extends SpecificRecord>> types = new HashMap<>(Map.of(
                topics.ready(), RetryRequest.class,
                topics.deadLetters(), DeadLetter.class,
                topics.users(), UserState.class,
                topics.outcomes(), Outcome.class,
                topics.errorRates(), ErrorRate.class,
                topics.alerts(), Alert.class,
                topics.retry("10s"), ScheduledRetry.class,
                topics.retry("1m"), ScheduledRetry.class));
        types.forEach((topic, type) -> {
            List<byte[]> values = values(platform, topic);
            assertThat(values).as(topic).isNotEmpty();
            for (byte[] value : values) {
                SpecificRecord ours = read(platform, "redrive", type, value);
                SpecificRecord genuine = read(platform, "confluent", type, value);
                assertThat(genuine).hasToString(ours.toString());
                assertThat(written(platform, "redrive", topic, ours))
                        .as("%s as %s", topic, ours)
                        .isEqualTo(value);
                assertThat(written(platform, "confluent", topic, ours)).isEqualTo(value);
            }
        });
    }

    @ParameterizedTest
    @CsvSource({"redrive, TRUNCATED", "confluent, CORRUPT"})
    void shouldQuarantineBadBytesAndGoOn(String impl, String whereALengthIsBoundless) throws Exception {
        try (Platform platform = new Platform(directory);
                Ledger ledger = new Ledger(platform);
                RedrivePipeline pipeline = platform.startPipeline(impl(impl))) {
            // Given records that are not what they should be, and a good one behind them
            byte[] good = written(platform, "redrive", "failures", MixedLoad.failure(3));
            byte[] letter = written(platform, "redrive", "alerts", alert());
            byte[] boundless = ByteBuffer.allocate(11)
                    .put(good, 0, 5)
                    .put(new byte[] {(byte) 0x80, (byte) 0xCC, (byte) 0xFD, (byte) 0x93, 0x0E, 'x'})
                    .array();
            send(platform, "u", "{}".getBytes(UTF_8));
            send(platform, "u", ByteBuffer.allocate(7).putInt(1, 987_654).array());
            send(platform, "u", Arrays.copyOf(good, good.length / 2));
            send(platform, "u", boundless);
            send(platform, "u", letter);
            send(platform, "user-" + 3 * 7919L % 2_000, good);

            // When they are taken, then the bad ones are told apart, and the good one is scheduled
            Platform.await(Duration.ofSeconds(60), "all taken", () -> {
                ledger.read();
                return ledger.count("FAILURE SCHEDULED") == 1 && ledger.quarantineRecords() == 5
                        || pipeline.otherFailures() > 0;
            });
            assertThat(pipeline.otherFailures()).isZero();
            assertThat(reasons(platform))
                    .containsExactlyInAnyOrder(
                            "NO_MAGIC_BYTE", "UNKNOWN_SCHEMA_ID", "TRUNCATED", whereALengthIsBoundless, "WRONG_RECORD");
        }
    }

    @Test
    void shouldQuarantineNothingWhileTheRegistryIsDownAndCatchUpAfterwards() throws Exception {
        try (Platform platform = new Platform(directory);
                FailurePublisher publisher = platform.publisher();
                Ledger ledger = new Ledger(platform)) {
            // Given a failure whose schema the pipeline has never seen, and a registry that has stopped
            publisher.publish(MixedLoad.failure(3), null).get(30, TimeUnit.SECONDS);
            platform.stopRegistry();

            // When the pipeline starts, and has met it again and again
            try (RedrivePipeline pipeline = platform.startPipeline(GENUINE)) {
                Platform.await(Duration.ofSeconds(60), "three failures because of the registry", () -> {
                    ledger.read();
                    return pipeline.registryFailures() >= 3;
                });

                // Then nothing is quarantined or lost, and it is taken once the registry is back
                assertThat(ledger.failures()).isZero();
                assertThat(ledger.quarantineRecords()).isZero();
                platform.restartRegistry();
                Platform.await(
                        Duration.ofSeconds(60), "taken", () -> ledger.read().settled(1));
                assertThat(ledger.faults(1)).isEmpty();
                assertThat(pipeline.otherFailures()).isZero();
            }
        }
    }

    private static Alert alert() {
        return Alert.newBuilder()
                .setAlertId("a")
                .setKind("DEAD_LETTER_SPIKE")
                .setFingerprint("f")
                .setSummary("s")
                .setAt(Instant.now())
                .build();
    }

    private static void send(Platform platform, String key, byte[] value) throws Exception {
        try (KafkaProducer<String, byte[]> producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", platform.bootstrapServers()),
                new StringSerializer(),
                new ByteArraySerializer())) {
            producer.send(new ProducerRecord<>(
                            platform.config().topics().names().failures(), key, value))
                    .get(30, TimeUnit.SECONDS);
        }
    }

    private static Map<String, Object> registry(Platform platform, String impl) {
        return Map.of("schema.registry.url", platform.registryUrl(), "avro.serde.impl", impl);
    }

    private static byte[] written(Platform platform, String impl, String topic, SpecificRecord record) {
        String full = topic.startsWith("jobs.") ? topic : "jobs." + topic;
        try (var serializer = AvroSerdes.serializer(SpecificRecord.class, registry(platform, impl))) {
            return serializer.serialize(full, record);
        }
    }

    private static SpecificRecord read(
            Platform platform, String impl, Class<? extends SpecificRecord> type, byte[] value) {
        try (var deserializer = AvroSerdes.deserializer(type, registry(platform, impl))) {
            return deserializer.deserialize("any", value);
        }
    }

    private static List<String> reasons(Platform platform) {
        return records(platform, platform.config().topics().names().quarantine()).stream()
                .map(record -> new String(
                        record.headers()
                                .lastHeader(HeaderNames.QUARANTINE_REASON)
                                .value(),
                        UTF_8))
                .toList();
    }

    private static List<byte[]> values(Platform platform, String topic) {
        return records(platform, topic).stream().map(ConsumerRecord::value).toList();
    }

    private static List<ConsumerRecord<byte[], byte[]>> records(Platform platform, String topic) {
        List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
        try (KafkaConsumer<byte[], byte[]> consumer = platform.consumer()) {
            List<TopicPartition> partitions = consumer.partitionsFor(topic).stream()
                    .map(info -> new TopicPartition(topic, info.partition()))
                    .toList();
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            while (partitions.stream().anyMatch(partition -> consumer.position(partition) < ends.get(partition))) {
                consumer.poll(Duration.ofMillis(100)).forEach(records::add);
            }
        }
        return records;
    }
}
