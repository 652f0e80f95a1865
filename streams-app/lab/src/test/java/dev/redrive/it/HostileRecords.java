package dev.redrive.it;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.redrive.avro.Command;
import dev.redrive.avro.CommandKind;
import dev.redrive.avro.FailureCause;
import dev.redrive.avro.JobFailure;
import dev.redrive.avro.JobLifecycle;
import dev.redrive.avro.LifecycleStage;
import dev.redrive.avro.RetryRequest;
import dev.redrive.avro.ScheduledRetry;
import dev.redrive.contract.TopicNames;
import dev.redrive.serde.AvroSerializer;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.jspecify.annotations.Nullable;

/**
 * Records that no batch system should publish, of every kind that was seen to harm a pipeline: for each input topic and
 * each topic between tasks. Their users are theirs alone, so that valid load is not judged by them.
 */
final class HostileRecords {

    private static final String USER = "hostile-user";
    private static final int MANY_HEADERS = 1_100_000;
    private static final int LONG_NAME_CHARS = 1_000_000;
    private static final int LARGE_BYTES = 24 * 1024 * 1024;

    private final TopicNames topics;
    private final Map<String, Object> registry;
    private final List<Hostile> records = new ArrayList<>();

    /**
     * One hostile record.
     *
     * @param kind what is wrong with it
     * @param record the record
     * @param unreadable whether it belongs into the quarantine; any outcome will do where not
     */
    record Hostile(String kind, ProducerRecord<byte[], byte[]> record, boolean unreadable) {}

    private HostileRecords(TopicNames topics, String registryUrl) {
        this.topics = topics;
        this.registry = Map.of("schema.registry.url", registryUrl);
    }

    /** One of each kind. */
    static List<Hostile> of(TopicNames topics, List<String> tiers, String registryUrl, int partitions) {
        HostileRecords hostile = new HostileRecords(topics, registryUrl);
        for (String topic : List.of(topics.failures(), topics.lifecycle(), topics.accounts(), topics.commands())) {
            hostile.bytes(topic);
            hostile.headers(topic);
        }
        for (String tier : tiers) {
            hostile.bytes(topics.retry(tier));
            hostile.headers(topics.retry(tier));
            hostile.forged(tier);
        }
        hostile.parts();
        hostile.failures();
        hostile.misplaced(partitions);
        return hostile.records;
    }

    private void unreadable(
            String kind, String topic, byte @Nullable [] key, byte @Nullable [] value, @Nullable Headers headers) {
        ProducerRecord<byte[], byte[]> record = new ProducerRecord<>(topic, null, null, key, value, headers);
        records.add(new Hostile(kind, record, true));
    }

    private void bytes(String topic) {
        byte[] key = USER.getBytes(UTF_8);
        byte[] garbage = new byte[200];
        new Random(topic.hashCode()).nextBytes(garbage);
        garbage[0] = 7;
        unreadable("tombstone", topic, key, null, null);
        unreadable("no key", topic, null, garbage, null);
        unreadable("no bytes", topic, key, new byte[0], null);
        unreadable("garbage", topic, key, garbage, null);
        unreadable("schema id -1", topic, key, wire(-1), null);
        unreadable("schema id that nobody registered", topic, key, wire(987_654), null);
        unreadable("large", topic, key, new byte[LARGE_BYTES], null);
        byte[] truncated =
                Arrays.copyOf(serialize(topics.failures(), failure("truncated").build()), 40);
        unreadable("truncated", topic, key, truncated, null);
    }

    private void headers(String topic) {
        byte[] key = USER.getBytes(UTF_8);
        Headers many = new RecordHeaders();
        for (int i = 0; i < MANY_HEADERS; i++) {
            many.add("", new byte[0]);
        }
        unreadable("many empty headers", topic, key, wire(-1), many);
        Headers named = new RecordHeaders().add("€".repeat(LONG_NAME_CHARS), null);
        unreadable("long header name", topic, key, wire(-1), named);
    }

    private void forged(String tier) {
        Instant now = Instant.now();
        RetryRequest retry = RetryRequest.newBuilder()
                .setUserId(USER)
                .setJobId("never-failed")
                .setAttempt(2)
                .setService("music")
                .setOperation("music.song.generate")
                .setMethod("DELETE")
                .setRoute("/forged")
                .setIdempotencyKey("foreign")
                .setFailureClass("TRANSIENT")
                .setFirstFailedAt(now)
                .setFailedAt(now)
                .setDueAt(now)
                .build();
        ScheduledRetry scheduled = new ScheduledRetry(retry, tier, now);
        String topic = topics.retry(tier);
        records.add(new Hostile(
                "forged retry of an unknown job",
                new ProducerRecord<>(topic, USER.getBytes(UTF_8), serialize(topic, scheduled)),
                false));
    }

    private void parts() {
        String topic = topics.errorRateParts();
        byte[] key = "music/music.song.generate".getBytes(UTF_8);
        unreadable("tombstone", topic, key, null, null);
        unreadable("no bytes", topic, key, new byte[0], null);
        unreadable("sum only", topic, key, new byte[8], null);
        byte[] garbage = new byte[64];
        new Random(1).nextBytes(garbage);
        unreadable("garbage", topic, key, garbage, null);
        unreadable("no key", topic, null, garbage, null);
    }

    private void failures() {
        String topic = topics.failures();
        byte[] key = USER.getBytes(UTF_8);
        unreadable(
                "failedAt in seconds",
                topic,
                key,
                serialize(
                        topic,
                        failure("seconds")
                                .setFailedAt(Instant.ofEpochMilli(Instant.now().getEpochSecond()))
                                .build()),
                null);
        byte[] valid = serialize(topic, failure("trailing").build());
        unreadable("trailing bytes", topic, key, Arrays.copyOf(valid, valid.length + 3), null);
        unreadable("another user's key", topic, "somebody".getBytes(UTF_8), valid, null);
        odd("wait as decimal", failure("decimal").setResponseHeaders(Map.of("Retry-After", "2.997")));
        odd("wait that nobody reads", failure("unread").setResponseHeaders(Map.of("Retry-After", "a while")));
        odd("wait of 70 digits", failure("digits").setResponseHeaders(Map.of("Retry-After", "9".repeat(70))));
        odd("two waits", failure("two").setResponseHeaders(Map.of("Retry-After", "1", "retry-after", "2")));
        odd("byte order mark", body("bom", "\uFEFF{\"error\":{\"code\":\"INSUFFICIENT_CREDITS\"}}"));
        odd("deep body", body("deep", "[".repeat(20_000) + "]".repeat(20_000)));
        odd("huge number", body("number", "{\"n\":1e999999999,\"error\":{\"code\":\"invalid_request\"}}"));
        odd("control characters", body("\u001b[2Jcontrols", "{\"error\":{\"message\":\"\\u001b]0;x\\u0007\"}}"));
        Command cancel = Command.newBuilder()
                .setCommandId("hostile-cancel")
                .setKind(CommandKind.CANCEL)
                .setUserId(USER)
                .setJobId("never-failed")
                .setIssuedAt(Instant.now())
                .build();
        records.add(new Hostile(
                "cancel of an unknown job",
                new ProducerRecord<>(topics.commands(), key, serialize(topics.commands(), cancel)),
                false));
    }

    private static JobFailure.Builder body(String jobId, String body) {
        return failure(jobId).setHttpStatus(402).setErrorBody(body);
    }

    private void odd(String kind, JobFailure.Builder failure) {
        byte[] value = serialize(topics.failures(), failure.build());
        records.add(new Hostile(kind, new ProducerRecord<>(topics.failures(), USER.getBytes(UTF_8), value), false));
    }

    private void misplaced(int partitions) {
        byte[] key = USER.getBytes(UTF_8);
        byte[] failed = serialize(topics.failures(), failure("misplaced").build());
        JobLifecycle done = JobLifecycle.newBuilder()
                .setUserId(USER)
                .setJobId("misplaced")
                .setAttempt(1)
                .setStage(LifecycleStage.STARTED)
                .setAt(Instant.now())
                .build();
        for (int partition = 0; partition < partitions; partition++) {
            records.add(new Hostile(
                    "failure in any partition",
                    new ProducerRecord<>(topics.failures(), partition, key, failed),
                    false));
            records.add(new Hostile(
                    "lifecycle event in any partition",
                    new ProducerRecord<>(topics.lifecycle(), partition, key, serialize(topics.lifecycle(), done)),
                    false));
        }
    }

    private static JobFailure.Builder failure(String jobId) {
        return JobFailure.newBuilder()
                .setUserId(USER)
                .setJobId(jobId)
                .setAttempt(1)
                .setService("music")
                .setOperation("music.song.generate")
                .setRoute("/v1/music/songs")
                .setCause(FailureCause.RESPONSE)
                .setHttpStatus(429)
                .setIdempotencyKey("key-" + jobId.length())
                .setFailedAt(Instant.now());
    }

    private static byte[] wire(int schemaId) {
        return ByteBuffer.allocate(12).put((byte) 0).putInt(schemaId).array();
    }

    private <T extends SpecificRecord> byte[] serialize(String topic, T value) {
        try (AvroSerializer<T> serializer = new AvroSerializer<>()) {
            serializer.configure(registry, false);
            return serializer.serialize(topic, value);
        }
    }
}
