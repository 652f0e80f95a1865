package dev.redrive.bench;

import dev.redrive.avro.DeadLetter;
import dev.redrive.avro.JobFailure;
import dev.redrive.avro.Outcome;
import dev.redrive.avro.RetryRequest;
import dev.redrive.contract.TopicNames;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.IntFunction;
import java.util.function.IntToLongFunction;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.Deserializer;

/**
 * Compares output and input job by job: nothing lost, duplicated or early, and a consistent ledger. The expected fate
 * of each job comes from the workload and not from the pipeline. Used by one thread.
 */
final class Verifier {

    enum Fate {
        RELEASED,
        PENDING,
        DEAD_LETTERED
    }

    enum Fault {
        LOST,
        DOUBLED,
        /** It was appended before its due, or its due is before the instant that the API requested. */
        EARLY,
        /** It is in a topic that its fate excludes, or was never published. */
        MISPLACED,
        /** The ledger does not have exactly one record of its fate, or has another due. */
        UNBALANCED
    }

    private static final int MAX_DETAILS = 20;

    private final Workload workload;
    private final IntFunction<Fate> fates;
    private final IntToLongFunction earliestDueMs;
    private final boolean ledger;
    private final byte[] releases;
    private final byte[] letters;
    private final byte[] scheduledOutcomes;
    private final byte[] releasedOutcomes;
    private final byte[] letterOutcomes;
    private final byte[] otherOutcomes;
    private final long[] releasedDueMs;
    private final long[] scheduledDueMs;
    private final Map<Fault, Integer> counts = new EnumMap<>(Fault.class);
    private final List<String> details = new ArrayList<>();

    /**
     * Creates a verifier without any records.
     *
     * @param workload identifies the jobs of its run; others are ignored
     * @param jobs number of input jobs, numbered from 0
     * @param fates expected fate of each job
     * @param earliestDueMs earliest allowed due; used for jobs that are released or pending
     * @param ledger whether outcomes exist, which must be consistent
     */
    Verifier(Workload workload, int jobs, IntFunction<Fate> fates, IntToLongFunction earliestDueMs, boolean ledger) {
        this.workload = workload;
        this.fates = fates;
        this.earliestDueMs = earliestDueMs;
        this.ledger = ledger;
        this.releases = new byte[jobs];
        this.letters = new byte[jobs];
        this.scheduledOutcomes = new byte[jobs];
        this.releasedOutcomes = new byte[jobs];
        this.letterOutcomes = new byte[jobs];
        this.otherOutcomes = new byte[jobs];
        this.releasedDueMs = new long[jobs];
        this.scheduledDueMs = new long[jobs];
    }

    void released(String jobId, long dueAtMs, long appendedAtMs) {
        int job = known(jobId, releases.length);
        if (job >= 0) {
            increment(releases, job);
            releasedDueMs[job] = dueAtMs;
            if (appendedAtMs < dueAtMs) {
                fault(Fault.EARLY, job, "appended " + (dueAtMs - appendedAtMs) + " ms before its due");
            }
        }
    }

    void deadLettered(String jobId) {
        int job = known(jobId, letters.length);
        if (job >= 0) {
            increment(letters, job);
        }
    }

    /**
     * Adds a record of the ledger.
     *
     * @param dueAtMs its due; 0 for none
     */
    void outcome(String jobId, String outcome, long dueAtMs) {
        int job = known(jobId, scheduledOutcomes.length);
        if (job < 0) {
            return;
        }
        switch (outcome) {
            case "SCHEDULED" -> {
                increment(scheduledOutcomes, job);
                scheduledDueMs[job] = dueAtMs;
            }
            case "RELEASED" -> increment(releasedOutcomes, job);
            case "DEAD_LETTERED" -> increment(letterOutcomes, job);
            default -> increment(otherOutcomes, job);
        }
    }

    /** Returns the job's number; negative if it is of another run, or was never published, which is a fault. */
    private int known(String jobId, int jobs) {
        int job = workload.job(jobId);
        if (job >= jobs) {
            counts.merge(Fault.MISPLACED, 1, Integer::sum);
            addDetail(Fault.MISPLACED + ": " + jobId + " was never published");
            return -1;
        }
        return job;
    }

    private static void increment(byte[] counts, int job) {
        if (counts[job] < Byte.MAX_VALUE) {
            counts[job]++;
        }
    }

    /**
     * Checks every job; call it once, after all records were added.
     *
     * @return the faults: a line for each kind with its count, then the first jobs; empty if there are none
     */
    List<String> faults() {
        for (int job = 0; job < releases.length; job++) {
            Fate fate = fates.apply(job);
            count(job, "ready", releases[job], fate == Fate.RELEASED);
            count(job, "dead letters", letters[job], fate == Fate.DEAD_LETTERED);
            if (ledger) {
                ledger(job, fate);
            }
        }
        List<String> faults = new ArrayList<>();
        counts.forEach((fault, count) -> faults.add(count + " " + fault));
        faults.addAll(details);
        return faults;
    }

    private void count(int job, String topic, int seen, boolean wanted) {
        if (wanted && seen == 0) {
            fault(Fault.LOST, job, "not in " + topic);
        } else if (!wanted && seen > 0) {
            fault(Fault.MISPLACED, job, "in " + topic);
        } else if (seen > 1) {
            fault(Fault.DOUBLED, job, seen + " times in " + topic);
        }
    }

    private void ledger(int job, Fate fate) {
        boolean retried = fate != Fate.DEAD_LETTERED;
        if (scheduledOutcomes[job] != (retried ? 1 : 0)
                || releasedOutcomes[job] != (fate == Fate.RELEASED ? 1 : 0)
                || letterOutcomes[job] != (retried ? 0 : 1)
                || otherOutcomes[job] != 0) {
            int[] seen = {scheduledOutcomes[job], releasedOutcomes[job], letterOutcomes[job], otherOutcomes[job]};
            fault(Fault.UNBALANCED, job, "scheduled, released, dead-lettered, other: " + Arrays.toString(seen));
            return;
        }
        if (retried && scheduledDueMs[job] < earliestDueMs.applyAsLong(job)) {
            fault(Fault.EARLY, job, "due before the instant that was asked for");
        }
        if (releases[job] > 0 && scheduledDueMs[job] != releasedDueMs[job]) {
            fault(Fault.UNBALANCED, job, "released under another due than the ledger's");
        }
    }

    private void fault(Fault fault, int job, String what) {
        counts.merge(fault, 1, Integer::sum);
        addDetail(fault + ": " + workload.jobId(job) + " " + what);
    }

    private void addDetail(String line) {
        if (details.size() < MAX_DETAILS) {
            details.add(line);
        }
    }

    /** Reads the whole output, from the first record on, and adds it to a verifier. Used by one thread. */
    record Results(Lab lab, TopicNames topics) {

        private static final Duration POLL = Duration.ofMillis(500);

        /** Adds Redrive's output: released attempts, dead letters, and the ledger of failures and retries. */
        void ofPipeline(Verifier verifier) {
            Deserializer<RetryRequest> retries = lab.values(RetryRequest.class);
            read(topics.ready(), record -> {
                RetryRequest retry = retries.deserialize(record.topic(), record.value());
                verifier.released(retry.getJobId(), retry.getDueAt().toEpochMilli(), record.timestamp());
            });
            Deserializer<DeadLetter> letters = lab.values(DeadLetter.class);
            read(
                    topics.deadLetters(),
                    record -> verifier.deadLettered(letters.deserialize(record.topic(), record.value())
                            .getFailure()
                            .getJobId()));
            Deserializer<Outcome> outcomes = lab.values(Outcome.class);
            read(topics.outcomes(), record -> {
                Outcome outcome = outcomes.deserialize(record.topic(), record.value());
                String jobId = outcome.getJobId();
                Instant dueAt = outcome.getDueAt();
                if (jobId != null) {
                    verifier.outcome(jobId, outcome.getOutcome(), dueAt == null ? 0 : dueAt.toEpochMilli());
                }
            });
        }

        /** Adds the output of the pass-through or the forwarder, which has no dues and no ledger. */
        void ofPassThrough(Verifier verifier) {
            Deserializer<JobFailure> failures = lab.values(JobFailure.class);
            read(
                    topics.ready(),
                    record -> verifier.released(
                            failures.deserialize(record.topic(), record.value()).getJobId(), 0, record.timestamp()));
            read(
                    topics.deadLetters(),
                    record -> verifier.deadLettered(
                            failures.deserialize(record.topic(), record.value()).getJobId()));
        }

        /** Reads Redrive's output; fails the measurement if a record is lost, duplicated or early. */
        void requireOfPipeline(Verifier verifier, String what) {
            ofPipeline(verifier);
            Drain.require(verifier, what);
        }

        /** Reads a topic from its beginning to its current end. */
        private void read(String topic, Consumer<ConsumerRecord<byte[], byte[]>> visitor) {
            try (KafkaConsumer<byte[], byte[]> consumer = lab.consumer()) {
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
}
