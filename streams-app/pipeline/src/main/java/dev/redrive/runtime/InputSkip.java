package dev.redrive.runtime;

import dev.redrive.codec.InputReader.QuarantineReason;
import dev.redrive.codec.Origin;
import dev.redrive.codec.OutputWriter;
import dev.redrive.contract.HeaderNames;
import dev.redrive.contract.TopicNames;
import dev.redrive.domain.lifecycle.Effect;
import dev.redrive.domain.lifecycle.Effect.OutcomeKind;
import dev.redrive.runtime.TopicAdmin.Answer;
import dev.redrive.runtime.TopicAdmin.TopicAdminException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsSpec;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.StreamsGroupDescription;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.GroupState;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.errors.UnsupportedVersionException;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/**
 * Moves a stopped pipeline past a record that it cannot fetch: the record is quarantined by reference, because it
 * cannot be read, an outcome for it goes to the ledger, and the group's committed offset moves past it, all in one
 * transaction.
 */
public final class InputSkip implements AutoCloseable {

    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(5);
    private static final int MAX_WORDS_CHARS = 400;

    private final TopicPlan plan;
    private final String applicationId;
    private final String bootstrapServers;
    private final Map<String, Object> clientConfig;
    private final Map<String, Object> registry;
    private final long timeoutMs;
    private final Admin admin;

    /**
     * Connects lazily.
     *
     * @param plan the topics
     * @param applicationId the pipeline's group
     * @param clientConfig configuration of Kafka clients, with {@code bootstrap.servers}
     * @param registryConfig configuration of the serde
     * @param timeout maximum duration of one request
     */
    public InputSkip(
            TopicPlan plan,
            String applicationId,
            Map<String, Object> clientConfig,
            Map<String, Object> registryConfig,
            Duration timeout) {
        this.plan = plan;
        this.applicationId = applicationId;
        this.bootstrapServers = Objects.toString(
                clientConfig.get(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG), "(no bootstrap.servers)");
        this.clientConfig = Map.copyOf(clientConfig);
        this.registry = Map.copyOf(registryConfig);
        this.timeoutMs = timeout.toMillis();
        Map<String, Object> config = new HashMap<>(clientConfig);
        config.put(AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, (int) timeoutMs);
        config.put(AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG, (int) Math.max(1, timeoutMs / 2));
        this.admin = Admin.create(config);
    }

    /** Why a record is not skipped; the name is the stable word. */
    public enum Refusal {
        /** The topic is not an input of the pipeline, or has no such partition or offset. */
        NOT_FOUND,
        /** An instance is running; its transactions would undo the skip or pass it. */
        GROUP_ACTIVE,
        /** The pipeline's committed offset is not at the record. */
        WRONG_OFFSET
    }

    /** A record was not skipped. */
    public static final class RefusedException extends RuntimeException {

        private static final long serialVersionUID = 1L;

        private final Refusal refusal;

        private RefusedException(Refusal refusal, String sentence) {
            super(sentence, null, false, false);
            this.refusal = refusal;
        }

        /** Returns the reason. */
        public Refusal refusal() {
            return refusal;
        }
    }

    /**
     * Checks whether {@link #skip} would refuse, without changing anything.
     *
     * @throws RefusedException if the record cannot be skipped
     * @throws TopicAdminException if the cluster cannot be queried
     */
    public void check(TopicPartition partition, long offset) {
        if (!plan.names(Topic.Use.PIPELINE_READS).contains(partition.topic())) {
            throw new RefusedException(Refusal.NOT_FOUND, partition.topic() + " is no input of the pipeline");
        }
        long begin = offsetOf(partition, OffsetSpec.earliest());
        long end = offsetOf(partition, OffsetSpec.latest());
        if (offset < begin || offset >= end) {
            throw new RefusedException(
                    Refusal.NOT_FOUND,
                    partition + " has the offsets " + begin + " to " + (end - 1) + ", not " + offset);
        }
        requireStopped();
        long committed = committed(partition, begin);
        if (committed != offset) {
            throw new RefusedException(
                    Refusal.WRONG_OFFSET,
                    "the pipeline is at offset " + committed + " of " + partition + ", not at " + offset
                            + "; only the record there can be skipped");
        }
    }

    private void requireStopped() {
        Answer<ConsumerGroupDescription> classic = Answer.of(
                Objects.requireNonNull(admin.describeConsumerGroups(Set.of(applicationId))
                        .describedGroups()
                        .get(applicationId)),
                timeoutMs);
        if (!(classic.failure() instanceof GroupIdNotFoundException)) {
            requireEmpty(required(classic).members().size(), required(classic).groupState());
            return;
        }
        Answer<StreamsGroupDescription> streams = Answer.of(
                Objects.requireNonNull(admin.describeStreamsGroups(Set.of(applicationId))
                        .describedGroups()
                        .get(applicationId)),
                timeoutMs);
        if (streams.failure() instanceof GroupIdNotFoundException
                || streams.failure() instanceof UnsupportedVersionException) {
            return;
        }
        requireEmpty(required(streams).members().size(), required(streams).groupState());
    }

    private void requireEmpty(int members, GroupState state) {
        if (members > 0 || state != GroupState.EMPTY && state != GroupState.DEAD) {
            throw new RefusedException(
                    Refusal.GROUP_ACTIVE,
                    "the group " + applicationId + " has " + members + " members and is " + state
                            + "; stop every instance and wait for the session timeout");
        }
    }

    private long committed(TopicPartition partition, long begin) {
        KafkaFuture<Map<TopicPartition, OffsetAndMetadata>> offsets = admin.listConsumerGroupOffsets(
                        Map.of(applicationId, new ListConsumerGroupOffsetsSpec().topicPartitions(Set.of(partition))))
                .partitionsToOffsetAndMetadata(applicationId);
        Answer<Map<TopicPartition, OffsetAndMetadata>> answer = Answer.of(offsets, timeoutMs);
        if (answer.failure() instanceof GroupIdNotFoundException) {
            return begin;
        }
        OffsetAndMetadata at = required(answer).get(partition);
        return at == null ? begin : Math.max(begin, at.offset());
    }

    private long offsetOf(TopicPartition partition, OffsetSpec spec) {
        Answer<ListOffsetsResultInfo> answer =
                Answer.of(admin.listOffsets(Map.of(partition, spec)).partitionResult(partition), timeoutMs);
        if (answer.failure() instanceof UnknownTopicOrPartitionException) {
            throw new RefusedException(Refusal.NOT_FOUND, "there is no partition " + partition);
        }
        return required(answer).offset();
    }

    private <T> T required(Answer<T> answer) {
        if (answer.failure() != null) {
            throw TopicAdminException.of(answer.failure(), bootstrapServers, timeoutMs);
        }
        return Objects.requireNonNull(answer.value());
    }

    /**
     * Skips the record.
     *
     * @param by the operator
     * @param words the reason, for people
     * @throws RefusedException if the record cannot be skipped
     * @throws TopicAdminException if the cluster cannot be queried
     * @throws KafkaException if the transaction failed; then nothing is changed
     */
    public void skip(TopicPartition partition, long offset, String by, String words, Instant now) {
        check(partition, offset);
        Map<String, Object> config = new HashMap<>(clientConfig);
        config.put(
                ProducerConfig.TRANSACTIONAL_ID_CONFIG,
                applicationId + "-inputs-skip-" + partition.topic() + "-" + partition.partition());
        config.put(ProducerConfig.ACKS_CONFIG, "all");
        config.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, timeoutMs);
        ByteArraySerializer bytes = new ByteArraySerializer();
        KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(config, bytes, bytes);
        try {
            producer.initTransactions();
            producer.beginTransaction();
            producer.send(quarantined(partition, offset, by, words));
            ProducerRecord<byte[], byte[]> outcome = outcome(partition, offset, now);
            if (outcome != null) {
                producer.send(outcome);
            }
            producer.sendOffsetsToTransaction(
                    Map.of(partition, new OffsetAndMetadata(offset + 1)), new ConsumerGroupMetadata(applicationId));
            producer.commitTransaction();
        } finally {
            // Uncommitted work is aborted.
            producer.close(CLOSE_TIMEOUT);
        }
    }

    private ProducerRecord<byte[], byte[]> quarantined(TopicPartition partition, long offset, String by, String words) {
        TopicNames names = plan.settings().names();
        ProducerRecord<byte[], byte[]> record = new ProducerRecord<>(names.quarantine(), null, null);
        Headers headers = record.headers();
        add(headers, HeaderNames.SOURCE_TOPIC, partition.topic());
        add(headers, HeaderNames.SOURCE_PARTITION, Integer.toString(partition.partition()));
        add(headers, HeaderNames.SOURCE_OFFSET, Long.toString(offset));
        add(headers, HeaderNames.QUARANTINE_REASON, QuarantineReason.SKIPPED.name());
        add(headers, HeaderNames.QUARANTINE_KEPT, "REFERENCE");
        add(headers, HeaderNames.ERROR_MESSAGE, "skipped by " + cut(by) + ": " + cut(words));
        return record;
    }

    private static String cut(String words) {
        return words.substring(0, Math.min(words.length(), MAX_WORDS_CHARS));
    }

    private static void add(Headers headers, String name, String value) {
        headers.add(name, value.getBytes(StandardCharsets.UTF_8));
    }

    private @Nullable ProducerRecord<byte[], byte[]> outcome(TopicPartition partition, long offset, Instant now) {
        TopicNames names = plan.settings().names();
        // Skipped partial sums are not in the ledger, only in the quarantine.
        if (partition.topic().equals(names.errorRateParts())) {
            return null;
        }
        Effect.About about = Origin.about(partition.topic(), names);
        Effect.Note note = Effect.Note.of(about, 0, OutcomeKind.QUARANTINED, QuarantineReason.SKIPPED.name());
        Origin origin = new Origin(partition.topic(), partition.partition(), offset, null, null, null);
        byte[] value = new OutputWriter(registry, names).outcome(note, "", null, null, origin, now);
        return new ProducerRecord<>(names.outcomes(), new byte[0], value);
    }

    @Override
    public void close() {
        admin.close(CLOSE_TIMEOUT);
    }
}
