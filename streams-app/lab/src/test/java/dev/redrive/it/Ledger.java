package dev.redrive.it;

import dev.redrive.avro.Outcome;
import dev.redrive.avro.RetryRequest;
import dev.redrive.contract.TopicNames;
import dev.redrive.serde.AvroDeserializer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ObjIntConsumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * Reads what the pipeline committed, and holds it against the inputs: each has one outcome, each scheduled retry one
 * release, no release came early, and the topics hold what the outcomes say.
 */
public final class Ledger implements AutoCloseable {

    private final KafkaConsumer<byte[], byte[]> consumer;
    private final TopicNames topics;
    private final AvroDeserializer<Outcome> outcomes = new AvroDeserializer<>(Outcome.class);
    private final AvroDeserializer<RetryRequest> ready = new AvroDeserializer<>(RetryRequest.class);

    /** What became of each failure, by {@code partition/offset}; more than one is a fault. */
    private final Map<String, List<String>> byFailure = new HashMap<>();

    private final Map<String, Long> scheduledDueMs = new HashMap<>();
    private final Map<String, Integer> releasedOutcomes = new HashMap<>();
    private final Map<String, Integer> releases = new HashMap<>();
    private final Map<String, Integer> counts = new HashMap<>();
    private final Map<String, Long> releasedDueMs = new HashMap<>();
    private final List<String> early = new ArrayList<>();
    private ObjIntConsumer<Instant> onOutcome = (at, partition) -> {};
    private int letters;
    private int quarantined;

    Ledger(Platform platform) {
        this(
                platform.bootstrapServers(),
                platform.registryUrl(),
                platform.config().topics().names());
    }

    /** Reads the topics of a pipeline from their beginnings. */
    public Ledger(String bootstrapServers, String registryUrl, TopicNames topics) {
        this.topics = topics;
        this.consumer = consumer(bootstrapServers);
        Map<String, Object> registry = Map.of("schema.registry.url", registryUrl);
        outcomes.configure(registry, false);
        ready.configure(registry, false);
        List<TopicPartition> partitions = new ArrayList<>();
        for (String topic : List.of(topics.outcomes(), topics.ready(), topics.deadLetters(), topics.quarantine())) {
            consumer.partitionsFor(topic).forEach(info -> partitions.add(new TopicPartition(topic, info.partition())));
        }
        consumer.assign(partitions);
        consumer.seekToBeginning(partitions);
    }

    static KafkaConsumer<byte[], byte[]> consumer(String bootstrapServers) {
        return new KafkaConsumer<>(
                Map.of(
                        ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
                        bootstrapServers,
                        ConsumerConfig.ISOLATION_LEVEL_CONFIG,
                        "read_committed",
                        ConsumerConfig.AUTO_OFFSET_RESET_CONFIG,
                        "earliest",
                        ConsumerConfig.MAX_POLL_RECORDS_CONFIG,
                        5_000),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer());
    }

    /** Tells from now on the instant and the partition of each outcome, as it is read. */
    public void onOutcome(ObjIntConsumer<Instant> atAndPartition) {
        onOutcome = atAndPartition;
    }

    /** Reads on for a while. */
    public Ledger read() {
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(200))) {
            if (record.topic().equals(topics.outcomes())) {
                Outcome outcome = outcomes.deserialize(record.topic(), record.value());
                onOutcome.accept(outcome.getAt(), record.partition());
                outcome(outcome);
            } else if (record.topic().equals(topics.ready())) {
                release(record, ready.deserialize(record.topic(), record.value()));
            } else if (record.topic().equals(topics.deadLetters())) {
                letters++;
            } else {
                quarantined++;
            }
        }
        return this;
    }

    /** Reads all that is committed by now. */
    public Ledger readToEnd() {
        Map<TopicPartition, Long> ends = consumer.endOffsets(consumer.assignment());
        while (ends.entrySet().stream().anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
            read();
        }
        return this;
    }

    private void outcome(Outcome outcome) {
        counts.merge(outcome.getInput() + " " + outcome.getOutcome(), 1, Integer::sum);
        String attempt = outcome.getUserId() + "/" + outcome.getJobId() + "/";
        if (outcome.getInput().equals("FAILURE")) {
            byFailure
                    .computeIfAbsent(
                            outcome.getSourcePartition() + "/" + outcome.getSourceOffset(), key -> new ArrayList<>(1))
                    .add(outcome.getOutcome());
            Instant dueAt = outcome.getDueAt();
            if (outcome.getOutcome().equals("SCHEDULED") && dueAt != null) {
                scheduledDueMs.put(attempt + (outcome.getAttempt() + 1), dueAt.toEpochMilli());
            }
        } else if (outcome.getOutcome().equals("RELEASED")) {
            releasedOutcomes.merge(attempt + outcome.getAttempt(), 1, Integer::sum);
        }
    }

    private void release(ConsumerRecord<byte[], byte[]> record, RetryRequest retry) {
        String attempt = retry.getUserId() + "/" + retry.getJobId() + "/" + retry.getAttempt();
        releases.merge(attempt, 1, Integer::sum);
        releasedDueMs.put(attempt, retry.getDueAt().toEpochMilli());
        if (record.timestamp() < retry.getDueAt().toEpochMilli()) {
            early.add(attempt + " " + (retry.getDueAt().toEpochMilli() - record.timestamp()) + " ms");
        }
    }

    public int failures() {
        return byFailure.size();
    }

    public int count(String inputAndOutcome) {
        return counts.getOrDefault(inputAndOutcome, 0);
    }

    int quarantineRecords() {
        return quarantined;
    }

    public Map<String, Integer> counts() {
        return counts;
    }

    /** Whether every scheduled retry was released; what else those transactions wrote may be unread still. */
    public boolean settled(int failures) {
        return byFailure.size() == failures && releases.keySet().containsAll(scheduledDueMs.keySet());
    }

    /** What is wrong; empty when the ledger balances. */
    public List<String> faults(int failures) {
        List<String> faults = new ArrayList<>();
        if (byFailure.size() != failures) {
            faults.add(failures + " failures were published, " + byFailure.size() + " have an outcome");
        }
        byFailure.forEach((failure, kinds) -> {
            if (kinds.size() != 1) {
                faults.add("failure " + failure + " has outcomes " + kinds);
            }
        });
        scheduledDueMs.keySet().forEach(attempt -> {
            if (!releases.containsKey(attempt)) {
                faults.add("lost: " + attempt + " was scheduled and not released");
            }
        });
        releases.forEach((attempt, times) -> {
            if (times != 1) {
                faults.add("released " + times + " times: " + attempt);
            }
            if (!scheduledDueMs.containsKey(attempt)) {
                faults.add("released and never scheduled: " + attempt);
            } else if (!scheduledDueMs.get(attempt).equals(releasedDueMs.get(attempt))) {
                faults.add("released under another due: " + attempt);
            }
            if (releasedOutcomes.getOrDefault(attempt, 0) != 1) {
                faults.add("released with " + releasedOutcomes.get(attempt) + " outcomes: " + attempt);
            }
        });
        early.forEach(attempt -> faults.add("early: " + attempt));
        if (letters != count("FAILURE DEAD_LETTERED") + count("RETRY DEAD_LETTERED")) {
            faults.add(letters + " dead letters, outcomes say " + counts);
        }
        if (quarantined != count("FAILURE QUARANTINED")) {
            faults.add(quarantined + " quarantined, outcomes say " + counts);
        }
        return faults;
    }

    @Override
    public void close() {
        consumer.close();
    }
}
