package dev.redrive.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.redrive.avro.DeadLetter;
import dev.redrive.avro.JobFailure;
import dev.redrive.avro.JobLifecycle;
import dev.redrive.avro.LifecycleStage;
import dev.redrive.avro.Outcome;
import dev.redrive.avro.RetryRequest;
import dev.redrive.config.DurationText;
import dev.redrive.contract.HeaderNames;
import dev.redrive.contract.TopicNames;
import dev.redrive.it.HostileRecords.Hostile;
import dev.redrive.publish.FailurePublisher;
import dev.redrive.runtime.RedrivePipeline;
import dev.redrive.runtime.RedrivePipeline.Readiness;
import dev.redrive.serde.AvroDeserializer;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A stream of valid load with hostile records of every kind among it, in every topic that the pipeline reads. */
class HostileSoakIT {

    private static final int PARTITIONS = 4;
    private static final int JOBS = 10_000;
    private static final int CHUNKS = 20;
    private static final Duration TIMEOUT = Duration.ofSeconds(110);

    @Test
    void shouldStayReadyKeepEveryHostileRecordAndEndEveryValidJobRight(@TempDir Path directory) throws Exception {
        try (Platform platform = new Platform(directory, PARTITIONS);
                FailurePublisher publisher = platform.publisher();
                KafkaProducer<byte[], byte[]> raw = producer(platform);
                World world = new World(platform, publisher)) {
            // Given a pipeline under a stream of valid load, and a hundredth of hostile records
            List<Hostile> hostile = hostile(platform);
            assertThat(hostile).hasSizeGreaterThanOrEqualTo(JOBS / 100);
            List<Future<RecordMetadata>> places = new ArrayList<>();
            RedrivePipeline pipeline = platform.startPipeline();
            try {
                for (int chunk = 0; chunk < CHUNKS; chunk++) {
                    int from = chunk * JOBS / CHUNKS;
                    int to = (chunk + 1) * JOBS / CHUNKS;
                    publish(publisher, from, to);
                    for (int i = chunk; i < hostile.size(); i += CHUNKS) {
                        places.add(raw.send(hostile.get(i).record()));
                    }
                    raw.flush();
                    // When it is restarted on the way
                    if (chunk == CHUNKS / 2) {
                        world.observe(pipeline);
                        pipeline.close();
                        pipeline = platform.startPipeline();
                    }
                    RedrivePipeline current = pipeline;
                    Platform.await(
                            TIMEOUT,
                            to + " failures taken",
                            () -> world.read(current).failuresTaken() >= to);
                }
                RedrivePipeline last = pipeline;
                Platform.await(TIMEOUT, "all jobs ended", () -> world.read(last).unfinished() == 0);
                Set<String> kept = places(hostile, places, false);
                Platform.await(
                        TIMEOUT,
                        "all hostile records seen",
                        () -> world.read(last).seen.containsAll(kept));
            } finally {
                pipeline.close();
            }

            // Then it was ready all the time, every hostile record is accounted for, and every valid job ended right
            assertThat(world.notReady).isEmpty();
            assertThat(world.quarantined).containsAll(places(hostile, places, true));
            assertThat(world.faults()).isEmpty();
        }
    }

    private static List<Hostile> hostile(Platform platform) {
        List<String> tiers = platform.config().retry().tiers().stream()
                .map(DurationText::format)
                .toList();
        return HostileRecords.of(platform.config().topics().names(), tiers, platform.registryUrl(), PARTITIONS);
    }

    private static KafkaProducer<byte[], byte[]> producer(Platform platform) {
        Map<String, Object> config = new HashMap<>();
        config.put("bootstrap.servers", platform.bootstrapServers());
        config.put("compression.type", "zstd");
        config.put("max.request.size", 128 * 1024 * 1024);
        config.put("buffer.memory", 256L * 1024 * 1024);
        return new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer());
    }

    private static void publish(FailurePublisher publisher, int from, int to) {
        List<CompletableFuture<?>> sent = new ArrayList<>();
        for (int job = from; job < to; job++) {
            sent.add(publisher.publish(failure(job), null));
        }
        CompletableFuture.allOf(sent.toArray(CompletableFuture[]::new)).join();
    }

    private static JobFailure failure(int job) {
        JobFailure failure = MixedLoad.failure(job);
        return failure.getResponseHeaders().isEmpty()
                ? failure
                : JobFailure.newBuilder(failure)
                        .setResponseHeaders(Map.of("Retry-After", Integer.toString(1 + job % 3)))
                        .build();
    }

    /** Where the hostile records stand. */
    private static Set<String> places(
            List<Hostile> hostile, List<Future<RecordMetadata>> places, boolean unreadableOnly) throws Exception {
        List<Hostile> sent = new ArrayList<>();
        for (int chunk = 0; chunk < CHUNKS; chunk++) {
            for (int i = chunk; i < hostile.size(); i += CHUNKS) {
                sent.add(hostile.get(i));
            }
        }
        Set<String> found = new TreeSet<>();
        for (int i = 0; i < sent.size(); i++) {
            RecordMetadata at = places.get(i).get(30, TimeUnit.SECONDS);
            if (sent.get(i).unreadable() || !unreadableOnly) {
                found.add(at.topic() + "-" + at.partition() + "@" + at.offset());
            }
        }
        return found;
    }

    /** The worker and the observer: makes each released attempt, which succeeds, and reads all that was committed. */
    private static final class World implements AutoCloseable {

        private final TopicNames topics;
        private final FailurePublisher publisher;
        private final KafkaConsumer<byte[], byte[]> consumer;
        private final AvroDeserializer<Outcome> outcomes = new AvroDeserializer<>(Outcome.class);
        private final AvroDeserializer<RetryRequest> ready = new AvroDeserializer<>(RetryRequest.class);
        private final AvroDeserializer<DeadLetter> letters = new AvroDeserializer<>(DeadLetter.class);
        private final Map<String, Integer> releases = new HashMap<>();
        private final Map<String, List<String>> ends = new HashMap<>();
        private final Set<String> succeeded = new HashSet<>();
        private final Set<String> taken = new HashSet<>();
        private final List<String> early = new ArrayList<>();
        final Set<String> seen = new HashSet<>();
        final Set<String> quarantined = new HashSet<>();
        final Set<String> notReady = new TreeSet<>();

        World(Platform platform, FailurePublisher publisher) {
            this.topics = platform.config().topics().names();
            this.publisher = publisher;
            this.consumer = platform.consumer();
            Map<String, Object> registry = Map.of("schema.registry.url", platform.registryUrl());
            outcomes.configure(registry, false);
            ready.configure(registry, false);
            letters.configure(registry, false);
            List<TopicPartition> partitions = new ArrayList<>();
            for (String topic : List.of(topics.outcomes(), topics.ready(), topics.deadLetters(), topics.quarantine())) {
                consumer.partitionsFor(topic)
                        .forEach(info -> partitions.add(new TopicPartition(topic, info.partition())));
            }
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
        }

        World read(RedrivePipeline pipeline) {
            observe(pipeline);
            for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(100))) {
                if (record.topic().equals(topics.outcomes())) {
                    outcome(outcomes.deserialize(record.topic(), record.value()));
                } else if (record.topic().equals(topics.ready())) {
                    release(record, ready.deserialize(record.topic(), record.value()));
                } else if (record.topic().equals(topics.deadLetters())) {
                    DeadLetter letter = letters.deserialize(record.topic(), record.value());
                    end(letter.getFailure().getUserId(), letter.getFailure().getJobId(), letter.getReason());
                } else {
                    kept(record.headers());
                }
            }
            return this;
        }

        void observe(RedrivePipeline pipeline) {
            Readiness readiness = pipeline.readiness();
            if (readiness != Readiness.READY) {
                notReady.add(readiness.name());
            }
            if (pipeline.otherFailures() + pipeline.registryFailures() > 0) {
                notReady.add("a thread failed");
            }
        }

        private void outcome(Outcome outcome) {
            if (outcome.getSourceTopic() != null) {
                seen.add(outcome.getSourceTopic() + "-" + outcome.getSourcePartition() + "@"
                        + outcome.getSourceOffset());
            }
            String job = outcome.getUserId() + "/" + outcome.getJobId();
            if (!isValid(outcome.getUserId())) {
                return;
            }
            if (outcome.getInput().equals("FAILURE")) {
                taken.add(job);
            } else if (outcome.getInput().equals("LIFECYCLE")
                    && outcome.getOutcome().equals("APPLIED")) {
                succeeded.add(job);
            }
        }

        private static boolean isValid(String userId) {
            return userId.startsWith("user-");
        }

        private void release(ConsumerRecord<byte[], byte[]> record, RetryRequest retry) {
            if (record.timestamp() < retry.getDueAt().toEpochMilli()) {
                early.add(retry.getJobId());
            }
            if (!isValid(retry.getUserId())) {
                return;
            }
            releases.merge(retry.getUserId() + "/" + retry.getJobId() + "/" + retry.getAttempt(), 1, Integer::sum);
            publisher.publish(
                    JobLifecycle.newBuilder()
                            .setUserId(retry.getUserId())
                            .setJobId(retry.getJobId())
                            .setAttempt(retry.getAttempt())
                            .setStage(LifecycleStage.SUCCEEDED)
                            .setService(retry.getService())
                            .setOperation(retry.getOperation())
                            .setAt(Instant.now())
                            .build(),
                    null);
        }

        private void end(String userId, String jobId, String how) {
            if (isValid(userId)) {
                ends.computeIfAbsent(userId + "/" + jobId, key -> new ArrayList<>(1))
                        .add(how);
            }
        }

        private void kept(Headers headers) {
            String place = header(headers, HeaderNames.SOURCE_TOPIC) + "-"
                    + header(headers, HeaderNames.SOURCE_PARTITION) + "@"
                    + header(headers, HeaderNames.SOURCE_OFFSET);
            seen.add(place);
            quarantined.add(place);
        }

        private static String header(Headers headers, String name) {
            return headers.lastHeader(name) == null
                    ? ""
                    : new String(headers.lastHeader(name).value(), UTF_8);
        }

        int failuresTaken() {
            return taken.size();
        }

        int unfinished() {
            return JOBS - succeeded.size() - ends.size();
        }

        List<String> faults() {
            List<String> faults = new ArrayList<>();
            early.forEach(job -> faults.add("early: " + job));
            for (int job = 0; job < JOBS; job++) {
                JobFailure failure = failure(job);
                String id = failure.getUserId() + "/" + failure.getJobId();
                String reason = switch (job % 10) {
                    case 7 -> "QUOTA_EXHAUSTED";
                    case 8 -> "INVALID_REQUEST";
                    case 9 -> "UNSAFE_WITHOUT_IDEMPOTENCY_KEY";
                    default -> null;
                };
                List<String> expected = reason == null ? List.of() : List.of(reason);
                if (!ends.getOrDefault(id, List.of()).equals(expected)) {
                    faults.add(id + " has dead letters " + ends.get(id) + ", not " + expected);
                }
                int released = releases.getOrDefault(id + "/2", 0);
                if (released != (reason == null ? 1 : 0)) {
                    faults.add(id + " was released " + released + " times");
                }
            }
            return faults;
        }

        @Override
        public void close() {
            consumer.close();
            outcomes.close();
            ready.close();
            letters.close();
        }
    }
}
