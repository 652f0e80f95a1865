package dev.redrive.topology;

import dev.redrive.avro.Command;
import dev.redrive.avro.JobFailure;
import dev.redrive.codec.InputReader;
import dev.redrive.codec.InputReader.Decoded;
import dev.redrive.codec.Origin;
import dev.redrive.codec.OutputWriter;
import dev.redrive.codec.OutputWriter.RateWriter;
import dev.redrive.config.RedriveConfig;
import dev.redrive.contract.HeaderNames;
import dev.redrive.contract.TopicNames;
import dev.redrive.domain.decide.RetryDelay;
import dev.redrive.domain.decide.RetryPolicy.Tier;
import dev.redrive.domain.engine.Engine;
import dev.redrive.domain.engine.SharedServices;
import dev.redrive.domain.event.Input;
import dev.redrive.domain.event.Input.JobFailed;
import dev.redrive.domain.event.Input.JobMoved;
import dev.redrive.domain.lifecycle.Pipeline;
import dev.redrive.domain.stats.AlertRules;
import dev.redrive.domain.stats.Windows;
import dev.redrive.serde.RegistryUnavailableException;
import dev.redrive.state.CommandStore;
import dev.redrive.state.DueQueue;
import dev.redrive.state.HeapStore.HeapBudget;
import dev.redrive.state.JobStore;
import dev.redrive.state.LeaseStore;
import dev.redrive.state.RateStore.OpenSums;
import dev.redrive.state.ServiceStore;
import dev.redrive.state.SpentStore;
import dev.redrive.state.StoreNames;
import dev.redrive.state.UserStore;
import dev.redrive.state.WaitingInputs;
import dev.redrive.topology.FailureTopology.InputTimes;
import dev.redrive.topology.Quarantine.Mishap;
import dev.redrive.topology.ReleaseTimer.OverdueWatch;
import dev.redrive.topology.Signals.TaskSignals;
import dev.redrive.topology.StepWriter.Occasion;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.RecordMetadata;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;

/**
 * Processes every input of a partition and every timer of its task, one after the other, on the task's thread.
 * Unreadable input goes to the quarantine; an unreachable schema registry stops the task, because the record may be
 * valid.
 */
final class PipelineProcessor implements Processor<byte[], byte[], byte[], byte[]> {

    /** Maximum number of waiting inputs taken in one slice. */
    private static final int WAITING_SLICE = 100;

    /** Maximum number of jobs that bulk commands visit in one slice. */
    static final int COMMANDS_SLICE_JOBS = 1_000;

    private static final long COMMANDS_SLICE_NANOS = Duration.ofMillis(5).toNanos();

    private final RedriveConfig config;
    private final Pipeline pipeline;
    private final AlertRules alerts;
    private final Supplier<InputReader> readers;
    private final Supplier<RateWriter> rateWriters;
    private final Supplier<OutputWriter> writers;
    private final LongSupplier clock;
    private final InputTimes times;
    private final Signals signals;
    private final HeapBudget filters;
    private final SharedServices services;
    private final Map<String, Reading> readings = new HashMap<>();
    private final RegistryOutages.Patience patience;

    private @Nullable Task task;

    PipelineProcessor(
            RedriveConfig config,
            Pipeline pipeline,
            AlertRules alerts,
            Supplier<InputReader> readers,
            Supplier<OutputWriter> writers,
            Supplier<RateWriter> rateWriters,
            LongSupplier clock,
            InputTimes times,
            RegistryOutages outages,
            Signals signals,
            HeapBudget filters,
            SharedServices services) {
        this.config = config;
        this.pipeline = pipeline;
        this.alerts = alerts;
        this.readers = readers;
        this.rateWriters = rateWriters;
        this.writers = writers;
        this.clock = clock;
        this.times = times;
        this.patience = outages.patience();
        this.signals = signals;
        this.filters = filters;
        this.services = services;
    }

    /** Reads the records of one topic. */
    @FunctionalInterface
    private interface Reading {
        /** @param latest upper bound: later instants of events are replaced by it */
        Decoded read(String topic, byte @Nullable [] key, byte @Nullable [] value, Instant latest);
    }

    /** Objects that exist only between {@code init} and {@code close}. */
    private record Task(
            ProcessorContext<byte[], byte[]> context,
            TaskStores stores,
            Outbox outbox,
            Engine<Occasion> engine,
            Quarantine quarantine,
            Forwarder forwarder,
            TaskSignals signals,
            ReleaseTimer releases,
            ReleaseTurns turns) {}

    @Override
    public void init(ProcessorContext<byte[], byte[]> context) {
        InputReader reader = readers.get();
        OutputWriter writer = writers.get();
        TaskStores stores = TaskStores.of(context, config, filters, services);
        TopicNames topics = config.topics().names();
        List<Tier> tiers = config.retry().tierList();
        Outbox outbox = new Outbox(context, config.limits().maxOutputBytes(), signals::outputDropped);
        TaskSignals taskSignals = signals.open(context.taskId().partition());
        PendingCount pending = new PendingCount(tiers, stores.jobs().census(), taskSignals);
        Quarantine quarantine = new Quarantine(outbox, writer, topics, taskSignals);
        StepWriter steps =
                new StepWriter(stores, reader, writer, outbox, quarantine, topics, tiers, taskSignals, pending);
        Engine<Occasion> engine = new Engine<>(pipeline, config.quota().redriveOnReset(), steps.ports());
        Forwarder forwarder = new Forwarder(outbox, config, writer, quarantine, taskSignals);
        readings.put(topics.failures(), reader::failure);
        readings.put(topics.lifecycle(), reader::lifecycle);
        readings.put(topics.accounts(), reader::account);
        readings.put(topics.commands(), reader::command);
        for (Tier tier : tiers) {
            readings.put(
                    topics.retry(tier.name()),
                    (topic, key, value, latest) ->
                            reader.retry(topic, key, value, writer.retrySchemaId(), engine::scheduled));
        }
        OverdueWatch overdue =
                new OverdueWatch(alerts, rateWriters.get(), context.taskId().partition());
        ReleaseTurns turns = ReleaseTurns.ofThread();
        ReleaseTimer releases =
                new ReleaseTimer(config, stores, reader, engine, quarantine, overdue, taskSignals, clock, turns);
        HousekeepingTimer housekeeping = new HousekeepingTimer(pipeline, stores, engine, writer, outbox);
        task = new Task(context, stores, outbox, engine, quarantine, forwarder, taskSignals, releases, turns);
        every(context, config.release().interval(), () -> {
            Instant now = now();
            releases.fire(now, outbox);
            long deadlineNanos = System.nanoTime() + COMMANDS_SLICE_NANOS;
            engine.continueCommands(COMMANDS_SLICE_JOBS, () -> System.nanoTime() - deadlineNanos < 0, now);
        });
        commits(context, turns);
        every(context, config.release().interval(), this::takeWaiting);
        every(context, config.users().publishInterval(), () -> housekeeping.publishUsers(now()));
        every(context, config.errorRates().flush(), () -> housekeeping.fire(now()));
        every(context, config.errorRates().flush(), () -> {
            releases.report(now());
            pending.resume();
            pending.report();
        });
    }

    private void commits(ProcessorContext<?, ?> context, ReleaseTurns turns) {
        Duration interval = config.streams().commitInterval();
        Duration asked = interval.compareTo(config.release().interval()) < 0
                ? interval
                : config.release().interval();
        every(context, asked, () -> {
            if (turns.commitDue(
                    clock.getAsLong(),
                    interval.toMillis(),
                    config.streams().backlogCommitInterval().toMillis())) {
                context.commit();
            }
        });
    }

    @Override
    public void close() {
        Task running = task;
        task = null;
        if (running != null) {
            running.releases().close();
            running.signals().close();
            running.stores().jobs().close();
        }
    }

    private static void every(ProcessorContext<?, ?> context, Duration interval, Runnable timer) {
        context.schedule(interval, PunctuationType.WALL_CLOCK_TIME, timestampMs -> timer.run());
    }

    private Instant now() {
        return Instant.ofEpochMilli(clock.getAsLong());
    }

    @Override
    public void process(Record<byte[], byte[]> record) {
        Task running = Objects.requireNonNull(task, "process before init");
        RecordMetadata at = running.context()
                .recordMetadata()
                .orElseThrow(() -> new IllegalStateException("a record without topic, partition and offset"));
        Reading reading = reading(at.topic());
        Instant now = now();
        if (record.timestamp() != FailureTopology.FIRST_MS) {
            running.turns().tookInput(now.toEpochMilli() - record.timestamp());
        }
        if (running.forwarder().forward(record, at, now) || defer(running, record, at)) {
            return;
        }
        try {
            take(running, reading, record, at, now);
        } catch (RegistryUnavailableException e) {
            patience.failed();
            if (!defer(running, record, at, true)) {
                throw e;
            }
        }
    }

    /**
     * Queues an input behind an earlier one of its key, or with others of its schema that the registry does not return
     * at present: requesting it again would block the thread's other tasks.
     *
     * @return whether it waits
     * @throws RegistryUnavailableException if it must wait and there is no room
     */
    private static boolean defer(Task running, Record<byte[], byte[]> record, RecordMetadata at) {
        WaitingInputs waiting = running.stores().waiting();
        boolean unread = waiting.containsSchema(record.value());
        if (!unread && !waiting.containsKey(record.key())) {
            return false;
        }
        if (!defer(running, record, at, unread)) {
            throw new RegistryUnavailableException("no more inputs can wait for a schema: " + waiting.size() + " do");
        }
        return true;
    }

    /**
     * A record without key or value is quarantined without its schema; if the ledger's own is unavailable, the task
     * stops.
     */
    private static boolean defer(Task running, Record<byte[], byte[]> record, RecordMetadata at, boolean unread) {
        return record.key() != null
                && record.value() != null
                && running.stores()
                        .waiting()
                        .add(new WaitingInputs.Waiting(
                                at.topic(),
                                at.partition(),
                                at.offset(),
                                record.timestamp(),
                                record.key(),
                                record.value(),
                                record.headers(),
                                unread));
    }

    /** Processes waiting inputs in order until the registry fails or the slice is full. */
    private void takeWaiting() {
        Task running = Objects.requireNonNull(task, "a timer before init");
        WaitingInputs waiting = running.stores().waiting();
        for (int left = WAITING_SLICE; left > 0 && waiting.size() > 0 && patience.over(); left--) {
            WaitingInputs.Waiting input = waiting.first();
            Record<byte[], byte[]> record =
                    new Record<>(input.key(), input.value(), input.timestampMs(), input.headers());
            try {
                take(running, reading(input.topic()), record, input, now());
            } catch (RegistryUnavailableException e) {
                patience.failed();
                return;
            }
            patience.reset();
            waiting.removeFirst();
        }
    }

    private Reading reading(String topic) {
        Reading reading = readings.get(topic);
        if (reading == null) {
            throw new IllegalStateException("no reading for topic " + topic);
        }
        return reading;
    }

    private void take(Task running, Reading reading, Record<byte[], byte[]> record, RecordMetadata at, Instant now) {
        try {
            Instant recordAt = Instant.ofEpochMilli(record.timestamp());
            Instant latest = times.stampedByBroker(at.topic()) ? recordAt : now;
            Decoded decoded = reading.read(at.topic(), record.key(), record.value(), latest);
            if (decoded instanceof Decoded.Unreadable unreadable) {
                running.quarantine().put(record, at, unreadable.reason(), unreadable.message(), now);
            } else if (decoded instanceof Decoded.Read read) {
                Origin origin = origin(record, at, read.record());
                Input input = timed(read.input(), recordAt, latest);
                running.engine().apply(input, new Occasion(origin, read.stored(), null), now);
            }
        } catch (RegistryUnavailableException e) {
            running.outbox().clear();
            throw e;
        } catch (RuntimeException e) {
            Mishap mishap = Mishap.of(e);
            running.quarantine().put(record, at, mishap.reason().name(), mishap.message(), now);
        } catch (OutOfMemoryError | StackOverflowError e) {
            // Kafka Streams passes an exception, but not an error, to its handler with the record that caused it.
            throw new IllegalStateException("no memory to process a record", e);
        }
    }

    /** Bounds what a publisher's clock that is behind can claim, by the time of its record. */
    private Input timed(Input input, Instant recordAt, Instant latest) {
        Duration maxDelay = config.clock().maxPublishDelay();
        if (input instanceof JobFailed failure) {
            return failure.waitingFrom(RetryDelay.start(failure, recordAt, latest, maxDelay));
        }
        if (input instanceof JobMoved moved) {
            Instant earliest = recordAt.minus(maxDelay);
            return moved.notBefore(earliest.isAfter(latest) ? latest : earliest);
        }
        return input;
    }

    private static Origin origin(Record<byte[], byte[]> record, RecordMetadata at, SpecificRecord value) {
        JobFailure failure = null;
        String commandId = null;
        if (value instanceof JobFailure published) {
            failure = published;
        } else if (value instanceof Command command) {
            failure = command.getDeadLetter();
            commandId = command.getCommandId();
        }
        Header trace = record.headers().lastHeader(HeaderNames.TRACEPARENT);
        String traceparent = trace == null || trace.value() == null || trace.value().length > 256
                ? null
                : new String(trace.value(), StandardCharsets.UTF_8);
        return new Origin(at.topic(), at.partition(), at.offset(), failure, traceparent, commandId);
    }

    /** The stores of one task of the users' sub-topology. */
    record TaskStores(
            JobStore jobs,
            UserStore users,
            ServiceStore services,
            DueQueue due,
            LeaseStore leases,
            OpenSums sums,
            SpentStore spent,
            CommandStore open,
            WaitingInputs waiting,
            Windows windows) {

        static TaskStores of(
                ProcessorContext<?, ?> context, RedriveConfig config, HeapBudget filters, SharedServices shared) {
            return new TaskStores(
                    new JobStore(store(context, StoreNames.JOBS), config.jobs().retention(), filters),
                    new UserStore(
                            store(context, StoreNames.USERS),
                            store(context, StoreNames.MARKS),
                            config.users().retention()),
                    new ServiceStore(
                            store(context, StoreNames.SERVICES), config.users().retention(), shared),
                    new DueQueue(store(context, StoreNames.DUE)),
                    new LeaseStore(store(context, StoreNames.LEASES)),
                    new OpenSums(
                            store(context, StoreNames.OPEN_SUMS),
                            config.errorRates().maxSeriesPerWindow()),
                    new SpentStore(
                            store(context, StoreNames.SPENT), config.jobs().retention()),
                    new CommandStore(store(context, StoreNames.MARKS)),
                    new WaitingInputs(
                            store(context, StoreNames.MARKS), config.limits().maxOutputBytes()),
                    new Windows(
                            config.errorRates().window(), config.errorRates().grace()));
        }

        static KeyValueStore<Bytes, byte[]> store(ProcessorContext<?, ?> context, String name) {
            return context.getStateStore(name);
        }
    }
}
