package dev.redrive.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.redrive.avro.FailureCause;
import dev.redrive.avro.JobFailure;
import dev.redrive.avro.JobLifecycle;
import dev.redrive.avro.LifecycleStage;
import dev.redrive.avro.Outcome;
import dev.redrive.avro.RequestPayload;
import dev.redrive.contract.HeaderNames;
import dev.redrive.contract.TopicNames;
import dev.redrive.runtime.RedrivePipeline;
import dev.redrive.serde.AvroDeserializer;
import dev.redrive.serde.AvroSerializer;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import java.util.zip.CRC32;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.utils.Utils;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** A batch system on librdkafka with its default partitioner, which hashes keys by CRC32. */
@ExtendWith(KcatCondition.class)
class ForeignPartitionerIT {

    private static final int PARTITIONS = 6;
    private static final Duration TIMEOUT = Duration.ofSeconds(60);

    @TempDir
    static Path directory;

    private static Platform platform;
    private static RedrivePipeline pipeline;
    private static TopicNames topics;
    private static KafkaConsumer<byte[], byte[]> consumer;
    private static final AvroDeserializer<Outcome> OUTCOMES = new AvroDeserializer<>(Outcome.class);
    private static final List<ConsumerRecord<byte[], byte[]>> SEEN = new ArrayList<>();
    private static final List<Outcome> LEDGER = new ArrayList<>();

    @BeforeAll
    static void start() throws Exception {
        platform = new Platform(directory, PARTITIONS);
        topics = platform.config().topics().names();
        OUTCOMES.configure(Map.of("schema.registry.url", platform.registryUrl()), false);
        consumer = platform.consumer();
        List<TopicPartition> partitions = new ArrayList<>();
        for (String topic : List.of(topics.failures(), topics.ready(), topics.outcomes())) {
            IntStream.range(0, PARTITIONS).forEach(i -> partitions.add(new TopicPartition(topic, i)));
        }
        consumer.assign(partitions);
        consumer.seekToBeginning(partitions);
        pipeline = platform.startPipeline();
    }

    @AfterAll
    static void stop() {
        consumer.close();
        pipeline.close();
        platform.close();
    }

    /** A user whose records librdkafka puts into another partition than Java does. */
    private static String misplacedUser(String prefix) {
        return IntStream.iterate(0, i -> i + 1)
                .mapToObj(i -> prefix + i)
                .filter(user -> crc32Partition(user) != javaPartition(user))
                .findFirst()
                .orElseThrow();
    }

    private static int crc32Partition(String user) {
        CRC32 hash = new CRC32();
        hash.update(user.getBytes(UTF_8));
        return (int) (hash.getValue() % PARTITIONS);
    }

    private static int javaPartition(String user) {
        return Utils.toPositive(Utils.murmur2(user.getBytes(UTF_8))) % PARTITIONS;
    }

    private static JobFailure failure(String user, Map<String, String> headers) {
        return JobFailure.newBuilder()
                .setUserId(user)
                .setJobId("j")
                .setAttempt(1)
                .setService("music")
                .setOperation("music.song.generate")
                .setCause(FailureCause.RESPONSE)
                .setHttpStatus(headers.isEmpty() ? 503 : 429)
                .setResponseHeaders(headers)
                .setIdempotencyKey("key-" + user)
                .setRequest(new RequestPayload("application/json", ByteBuffer.wrap("{}".getBytes(UTF_8))))
                .setFailedAt(Instant.now())
                .build();
    }

    private static <T extends SpecificRecord> void produce(String topic, String user, T record, String... options)
            throws Exception {
        Path value = directory.resolve("value");
        try (AvroSerializer<T> serializer = new AvroSerializer<>()) {
            serializer.configure(Map.of("schema.registry.url", platform.registryUrl()), false);
            Files.write(value, serializer.serialize(topic, record));
        }
        List<String> command =
                new ArrayList<>(List.of("kcat", "-P", "-b", platform.bootstrapServers(), "-t", topic, "-k", user));
        command.addAll(List.of(options));
        command.add(value.toString());
        Path log = directory.resolve("kcat.log");
        Process kcat = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        assertThat(kcat.waitFor(60, TimeUnit.SECONDS) && kcat.exitValue() == 0)
                .as(() -> command + ": " + log)
                .isTrue();
    }

    private static void poll() {
        consumer.poll(Duration.ofMillis(100)).forEach(record -> {
            SEEN.add(record);
            if (record.topic().equals(topics.outcomes())) {
                LEDGER.add(OUTCOMES.deserialize(record.topic(), record.value()));
            }
        });
    }

    private static List<ConsumerRecord<byte[], byte[]>> seen(String topic, String user) {
        return SEEN.stream()
                .filter(record -> record.topic().equals(topic) && new String(record.key(), UTF_8).equals(user))
                .toList();
    }

    private static List<String> ledger(String user) {
        return LEDGER.stream()
                .filter(outcome -> outcome.getUserId().equals(user))
                .map(outcome -> outcome.getInput() + " " + outcome.getOutcome())
                .toList();
    }

    private static void awaitLedger(String user, Predicate<List<String>> until) {
        Platform.await(TIMEOUT, "the outcomes of " + user, () -> {
            poll();
            return until.test(ledger(user));
        });
    }

    @Test
    void shouldForwardAndReleaseAFailure() throws Exception {
        String user = misplacedUser("released-");

        produce(topics.failures(), user, failure(user, Map.of()));
        awaitLedger(user, ledger -> ledger.contains("RETRY RELEASED"));
        Platform.await(TIMEOUT, "the retry of " + user, () -> {
            poll();
            return !seen(topics.ready(), user).isEmpty();
        });

        assertThat(ledger(user)).containsExactlyInAnyOrder("FAILURE FORWARDED", "FAILURE SCHEDULED", "RETRY RELEASED");
        List<ConsumerRecord<byte[], byte[]>> failures = seen(topics.failures(), user);
        assertThat(failures)
                .extracting(ConsumerRecord::partition)
                .containsExactlyInAnyOrder(crc32Partition(user), javaPartition(user));
        ConsumerRecord<byte[], byte[]> original =
                failures.get(0).partition() == crc32Partition(user) ? failures.get(0) : failures.get(1);
        ConsumerRecord<byte[], byte[]> forwarded = failures.get(failures.get(0) == original ? 1 : 0);
        assertThat(forwarded.value()).isEqualTo(original.value());
        // The broker stamps inputs, so a record that is appended again is dated later and never earlier.
        assertThat(forwarded.timestamp()).isGreaterThanOrEqualTo(original.timestamp());
        assertThat(new String(
                        forwarded
                                .headers()
                                .lastHeader(HeaderNames.FORWARDED_FROM)
                                .value(),
                        UTF_8))
                .isEqualTo(original.partition() + "-" + original.offset());
    }

    @Test
    void shouldWithdrawTheRetryOfAJobThatSucceeded() throws Exception {
        String user = misplacedUser("succeeded-");
        produce(topics.failures(), user, failure(user, Map.of("Retry-After", "3600")));
        awaitLedger(user, ledger -> ledger.contains("FAILURE SCHEDULED"));

        produce(
                topics.lifecycle(),
                user,
                JobLifecycle.newBuilder()
                        .setUserId(user)
                        .setJobId("j")
                        .setAttempt(1)
                        .setStage(LifecycleStage.SUCCEEDED)
                        .setService("music")
                        .setOperation("music.song.generate")
                        .setAt(Instant.now())
                        .build());
        awaitLedger(user, ledger -> ledger.contains("LIFECYCLE APPLIED"));

        assertThat(ledger(user)).contains("LIFECYCLE FORWARDED", "RETRY CANCELLED");
    }

    @Test
    void shouldScheduleOneRetryOfTheSameFailureInEveryPartition() throws Exception {
        String user = "everywhere";
        JobFailure failure = failure(user, Map.of("Retry-After", "3600"));

        for (int partition = 0; partition < PARTITIONS; partition++) {
            produce(topics.failures(), user, failure, "-p", Integer.toString(partition));
        }
        awaitLedger(
                user,
                ledger -> ledger.stream()
                                .filter(outcome -> !outcome.endsWith("FORWARDED"))
                                .count()
                        == PARTITIONS);

        assertThat(ledger(user)).containsOnlyOnce("FAILURE SCHEDULED");
        assertThat(ledger(user)).filteredOn("FAILURE FORWARDED"::equals).hasSize(PARTITIONS - 1);
        assertThat(ledger(user)).filteredOn("FAILURE DUPLICATE"::equals).hasSize(PARTITIONS - 1);
    }
}
