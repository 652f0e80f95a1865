package dev.redrive.topology;

import dev.redrive.codec.InputReader.QuarantineReason;
import dev.redrive.codec.OutputWriter;
import dev.redrive.codec.OutputWriter.RateWriter;
import dev.redrive.config.RedriveConfig;
import dev.redrive.domain.stats.AlertRules;
import dev.redrive.domain.stats.AlertRules.AlertKind;
import dev.redrive.domain.stats.Windows.Part;
import dev.redrive.state.RateStore;
import dev.redrive.state.RateStore.PartKey;
import dev.redrive.state.StoreNames;
import dev.redrive.topology.FailureTopology.NodeNames;
import dev.redrive.topology.PipelineProcessor.TaskStores;
import dev.redrive.topology.Signals.TaskSignals;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.RecordMetadata;
import org.jspecify.annotations.Nullable;

/** Adds up the partial sums of all tasks, publishes the error rates and raises alerts. */
final class ErrorRateProcessor implements Processor<byte[], byte[], byte[], byte[]> {

    private static final Duration SWEEP_INTERVAL = Duration.ofMinutes(1);

    private final AlertRules rules;
    private final RedriveConfig config;
    private final Supplier<RateWriter> writers;
    private final Supplier<OutputWriter> ledgers;
    private final LongSupplier clock;
    private final Signals signals;
    private @Nullable Task task;

    ErrorRateProcessor(
            AlertRules rules,
            RedriveConfig config,
            Supplier<RateWriter> writers,
            Supplier<OutputWriter> ledgers,
            LongSupplier clock,
            Signals signals) {
        this.rules = rules;
        this.config = config;
        this.writers = writers;
        this.ledgers = ledgers;
        this.clock = clock;
        this.signals = signals;
    }

    /** Objects that exist only between {@code init} and {@code close}. */
    private record Task(
            ProcessorContext<byte[], byte[]> context,
            RateStore sums,
            RateWriter writer,
            Outbox outbox,
            Quarantine quarantine,
            TaskSignals signals) {}

    @Override
    public void init(ProcessorContext<byte[], byte[]> context) {
        RateStore sums = new RateStore(TaskStores.store(context, StoreNames.ERROR_RATES));
        TaskSignals taskSignals = signals.open(context.taskId().partition());
        Outbox outbox = new Outbox(context, config.limits().maxOutputBytes(), signals::outputDropped);
        Quarantine quarantine = new Quarantine(
                outbox,
                ledgers.get(),
                config.topics().names(),
                taskSignals,
                NodeNames.TO_PARTS_QUARANTINE,
                NodeNames.TO_PARTS_OUTCOMES);
        task = new Task(context, sums, writers.get(), outbox, quarantine, taskSignals);
        context.schedule(
                SWEEP_INTERVAL,
                PunctuationType.WALL_CLOCK_TIME,
                timestampMs -> sums.expire(Instant.ofEpochMilli(clock.getAsLong())));
    }

    @Override
    public void process(Record<byte[], byte[]> record) {
        Task running = Objects.requireNonNull(task, "process before init");
        Instant now = Instant.ofEpochMilli(clock.getAsLong());
        PartialSum read;
        try {
            read = PartialSum.of(record.key(), record.value(), now);
        } catch (IllegalArgumentException e) {
            RecordMetadata at = running.context()
                    .recordMetadata()
                    .orElseThrow(() -> new IllegalStateException("a record without topic, partition and offset"));
            String message = String.valueOf(e.getMessage());
            running.quarantine().put(record, at, QuarantineReason.INVALID_FIELD.name(), message, now);
            return;
        }
        add(running, record.key(), read.part(), read.sum(), now);
        running.outbox().forward();
    }

    @Override
    public void close() {
        Task running = task;
        task = null;
        if (running != null) {
            running.signals().close();
        }
    }

    private void add(Task running, byte[] key, Part part, long more, Instant now) {
        long after = running.sums().add(part, more);
        switch (part.kind()) {
            case FAILURE -> {
                long submitted = running.sums().submitted(part);
                publish(running, key, part, after, submitted, now);
                // A late count belongs to the window of its arrival and is no evidence for an alert in it.
                if (!part.late() && rules.significant(submitted)) {
                    burn(running, part, running.sums().failures(part), submitted, now);
                }
            }
            case SUBMITTED -> {
                // A submission too late for its window is no evidence about the failures in the window of its arrival.
                if (part.late()) {
                    return;
                }
                Map<Part, Long> failures = running.sums().failures(part);
                failures.forEach((failed, sum) -> publish(running, key, failed, sum, after, now));
                burn(running, part, failures, after, now);
            }
            case DEAD_LETTER -> deadLetters(running, part, after - more, after, now);
        }
    }

    private static void publish(Task running, byte[] key, Part part, long failures, long submitted, Instant now) {
        byte[] value = running.writer().rate(part, failures, submitted, now);
        running.outbox().offer(NodeNames.TO_ERROR_RATES, key, value, now.toEpochMilli());
    }

    private void burn(Task running, Part part, Map<Part, Long> failures, long submitted, Instant now) {
        long failed = failures.values().stream().mapToLong(Long::longValue).sum();
        if (!rules.burns(failed, submitted)) {
            return;
        }
        String fingerprint = OutputWriter.fingerprint(part.service(), part.operation(), "", null);
        if (running.sums().firstIn(AlertKind.ERROR_RATE_BURN, part.windowStartMs(), fingerprint)) {
            String summary = failed + " of " + submitted + " attempts failed in one window";
            alert(running, AlertKind.ERROR_RATE_BURN, fingerprint, part, failed, summary, now);
        }
    }

    private void deadLetters(Task running, Part part, long before, long after, Instant now) {
        String fingerprint = OutputWriter.fingerprint(part.service(), part.operation(), part.word(), part.code());
        Instant seenBefore = running.sums().lastSeen(fingerprint);
        running.sums().see(fingerprint, now);
        if (rules.isNew(seenBefore, now)) {
            String summary = "first dead letters of this kind: " + part.word();
            alert(running, AlertKind.NEW_DEAD_LETTER_GROUP, fingerprint, part, after, summary, now);
        }
        if (rules.spikes(before, after)) {
            String summary = after + " dead letters of this kind in one window: " + part.word();
            alert(running, AlertKind.DEAD_LETTER_SPIKE, fingerprint, part, after, summary, now);
        }
    }

    private static void alert(
            Task running, AlertKind kind, String fingerprint, Part part, long count, String summary, Instant now) {
        running.outbox()
                .offer(
                        NodeNames.TO_ALERTS,
                        fingerprint.getBytes(StandardCharsets.UTF_8),
                        running.writer().alert(kind, fingerprint, part, count, summary, now),
                        now.toEpochMilli());
    }

    /**
     * A sum that one task sends to the task that adds up its series; encoded as the sum, then the part.
     *
     * @param part what was counted
     * @param sum the count; positive
     */
    record PartialSum(Part part, long sum) {

        /** Maximum time that a window may begin ahead of the reader's clock; the clocks of instances differ by less. */
        private static final Duration MAX_AHEAD = Duration.ofDays(1);

        /** Returns the key that all parts of a series share. */
        static byte[] key(Part part) {
            return (part.service() + '/' + part.operation()).getBytes(StandardCharsets.UTF_8);
        }

        byte[] bytes() {
            byte[] body = PartKey.bytes(part);
            return ByteBuffer.allocate(Long.BYTES + body.length)
                    .putLong(sum)
                    .put(body)
                    .array();
        }

        /**
         * Reads a record.
         *
         * @throws IllegalArgumentException if it is not one that a task writes
         */
        static PartialSum of(byte @Nullable [] key, byte @Nullable [] value, Instant now) {
            if (value == null || value.length < Long.BYTES) {
                throw new IllegalArgumentException("the record has no sum");
            }
            long sum = ByteBuffer.wrap(value).getLong();
            if (sum <= 0) {
                throw new IllegalArgumentException("the sum is not positive");
            }
            Part part = PartKey.part(Arrays.copyOfRange(value, Long.BYTES, value.length));
            if (!Arrays.equals(key, key(part))) {
                throw new IllegalArgumentException("the key is not that of the series");
            }
            if (part.windowStartMs() < 0
                    || part.windowStartMs() > now.plus(MAX_AHEAD).toEpochMilli()) {
                throw new IllegalArgumentException("the window begins before 1970 or more than a day ahead");
            }
            return new PartialSum(part, sum);
        }
    }
}
