package dev.redrive.bench;

import dev.redrive.avro.DeadLetter;
import dev.redrive.avro.JobFailure;
import dev.redrive.avro.Outcome;
import dev.redrive.avro.RetryRequest;
import dev.redrive.contract.TopicNames;
import dev.redrive.serde.AvroSerdes;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.Deserializer;

/** Reads all that came out, from the first record on, and shows it to a verifier. Used by one thread. */
final class Results {

    private static final Duration POLL = Duration.ofMillis(500);

    private final Lab lab;
    private final TopicNames topics;

    Results(Lab lab, TopicNames topics) {
        this.lab = lab;
        this.topics = topics;
    }

    /** Shows what Redrive wrote: attempts to make, dead letters, and the ledger of failures and retries. */
    void ofPipeline(Verifier verifier) {
        Deserializer<RetryRequest> retries = reader(RetryRequest.class);
        read(topics.ready(), record -> {
            RetryRequest retry = retries.deserialize(record.topic(), record.value());
            verifier.released(retry.getJobId(), retry.getDueAt().toEpochMilli(), record.timestamp());
        });
        Deserializer<DeadLetter> letters = reader(DeadLetter.class);
        read(
                topics.deadLetters(),
                record -> verifier.deadLettered(letters.deserialize(record.topic(), record.value())
                        .getFailure()
                        .getJobId()));
        Deserializer<Outcome> outcomes = reader(Outcome.class);
        read(topics.outcomes(), record -> {
            Outcome outcome = outcomes.deserialize(record.topic(), record.value());
            String jobId = outcome.getJobId();
            Instant dueAt = outcome.getDueAt();
            if (jobId != null) {
                verifier.outcome(jobId, outcome.getOutcome(), dueAt == null ? 0 : dueAt.toEpochMilli());
            }
        });
    }

    /** Shows what was handed on as it came. */
    void ofPassThrough(Verifier verifier) {
        Deserializer<JobFailure> failures = reader(JobFailure.class);
        read(
                topics.ready(),
                record -> verifier.released(
                        failures.deserialize(record.topic(), record.value()).getJobId(), 0, record.timestamp()));
        read(
                topics.deadLetters(),
                record -> verifier.deadLettered(
                        failures.deserialize(record.topic(), record.value()).getJobId()));
    }

    private <T extends SpecificRecord> Deserializer<T> reader(Class<T> type) {
        return AvroSerdes.deserializer(type, Map.of("schema.registry.url", lab.registryUrl()));
    }

    /** Reads a topic from its beginning to what is its end now. */
    private void read(String topic, Consumer<ConsumerRecord<byte[], byte[]>> visitor) {
        try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(
                ClientSettings.consumer(lab.bootstrapServers()),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer())) {
            List<TopicPartition> partitions = Lab.partitions(topic);
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            while (partitions.stream()
                    .anyMatch(partition -> consumer.position(partition) < ends.getOrDefault(partition, 0L))) {
                consumer.poll(POLL).forEach(visitor);
            }
        }
    }
}
