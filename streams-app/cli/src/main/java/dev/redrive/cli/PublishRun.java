package dev.redrive.cli;

import dev.redrive.codec.NaturalJson.NaturalJsonResult;
import dev.redrive.codec.NaturalJson.NaturalJsonResult.Problem;
import dev.redrive.codec.NaturalJson.NaturalJsonResult.Read;
import dev.redrive.codec.NaturalJson.NaturalJsonResult.Refused;
import dev.redrive.serde.RegistryUnavailableException;
import dev.redrive.serde.SchemaRefusedException;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.jspecify.annotations.Nullable;

/** One run of {@code redrive publish}: reads, checks and sends value by value; the producer's thread counts what arrived. */
final class PublishRun {

    /** Longer than the producer itself tries, so that every line is told to have arrived or not. */
    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(70);

    private static final Duration INTERRUPTED_CLOSE_TIMEOUT = Duration.ofSeconds(3);

    private final Terminal terminal;
    private final InputRecords records;
    private final boolean strict;
    private final String topic;
    private final @Nullable Producer<String, SpecificRecord> producer;
    private final ProgressLine progress;

    private final AtomicLong published = new AtomicLong();
    private final AtomicLong bad = new AtomicLong();
    private final Undelivered undelivered = new Undelivered();
    private final AtomicReference<@Nullable CommandFailure> fatal = new AtomicReference<>();
    private final AtomicBoolean ended = new AtomicBoolean();
    private volatile boolean interrupted;
    private volatile String input = "";
    private volatile String unit = "";
    private volatile long untriedFrom = 1;
    private volatile boolean broken;

    private PublishRun(
            Terminal terminal,
            InputRecords records,
            boolean strict,
            String topic,
            @Nullable Producer<String, SpecificRecord> producer) {
        this.terminal = terminal;
        this.records = records;
        this.strict = strict;
        this.topic = topic;
        this.producer = producer;
        this.progress = new ProgressLine(terminal);
    }

    /** A run that publishes nothing. */
    static PublishRun check(Terminal terminal, InputRecords records, boolean strict) {
        return new PublishRun(terminal, records, strict, "", null);
    }

    /** A run that publishes to the pipeline's topic of that kind. */
    static PublishRun publish(
            Terminal terminal, InputRecords records, boolean strict, Connection connection, PipelineClients clients) {
        String topic = records.topicName(connection.topics());
        Producer<String, SpecificRecord> producer = clients.producer(connection);
        try {
            requireTopic(topic, connection, clients);
        } catch (CommandFailure e) {
            producer.close(Duration.ZERO);
            throw e;
        }
        return new PublishRun(terminal, records, strict, topic, producer);
    }

    /** A consumer answers within seconds, where a producer waits as long as a broker may take to come back. */
    private static void requireTopic(String topic, Connection connection, PipelineClients clients) {
        try (Consumer<byte[], byte[]> consumer = clients.consumer(connection)) {
            List<PartitionInfo> partitions = consumer.partitionsFor(topic);
            if (partitions == null || partitions.isEmpty()) {
                throw connection.missing(topic, null);
            }
        } catch (UnknownTopicOrPartitionException e) {
            throw connection.missing(topic, e);
        } catch (KafkaException e) {
            throw connection.failure(e);
        }
    }

    /** Publishes every good value, and returns the exit code. */
    int run(JsonInput values) throws IOException {
        input = values.name();
        unit = values.unit();
        try (Interruption interruption = Interruption.calls(this::interrupt, 0)) {
            long good = 0;
            for (byte[] value = next(values); value != null; value = next(values)) {
                unit = values.unit();
                NaturalJsonResult<? extends SpecificRecord> result = records.read(value);
                if (result instanceof Refused<?> refused) {
                    refuse(values.place(), refused.problem(), refused.sentence());
                } else if (result instanceof Read<? extends SpecificRecord> read) {
                    good++;
                    send(values.place(), values.number(), read.value());
                }
                progress.show(values.bytesRead(), values.totalBytes(), values.number(), values.unit(), bad.get());
            }
            String mistake = values.broken();
            if (mistake != null && goesOn()) {
                broken = true;
                refuse(values.place(), Problem.MALFORMED, mistake);
                untriedFrom = values.number() + 1;
            }
            end(good);
        }
        CommandFailure failure = fatal.get();
        if (failure != null) {
            throw failure;
        }
        return bad.get() == 0 ? Subcommand.OK : Subcommand.FAILED;
    }

    private byte @Nullable [] next(JsonInput values) throws IOException {
        return goesOn() ? values.next() : null;
    }

    private boolean goesOn() {
        return fatal.get() == null && !interrupted && !(strict && bad.get() > 0);
    }

    private void send(String place, long number, SpecificRecord value) {
        if (producer == null) {
            return;
        }
        untriedFrom = number + 1;
        var record = new ProducerRecord<>(topic, InputRecords.key(value), value);
        try {
            producer.send(record, (metadata, failure) -> delivered(place, number, failure));
        } catch (RegistryUnavailableException e) {
            undelivered.add(number);
            fail(new CommandFailure(Reason.REGISTRY_UNREACHABLE, "the schema registry: " + e.getMessage(), e));
        } catch (SchemaRefusedException e) {
            undelivered.add(number);
            fail(new CommandFailure(Reason.BROKER_FAILED, String.valueOf(e.getMessage()), e));
        } catch (IllegalStateException | KafkaException e) {
            undelivered.add(number);
            fail(undelivered(number, e));
        }
    }

    private void delivered(String place, long number, @Nullable Exception failure) {
        if (failure == null) {
            published.incrementAndGet();
        } else if (failure instanceof RecordTooLargeException) {
            refuse(place, Problem.TOO_LARGE, "the record is larger than the broker takes");
        } else {
            undelivered.add(number);
            fail(undelivered(number, failure));
        }
    }

    private CommandFailure undelivered(long number, Exception failure) {
        return new CommandFailure(
                Reason.BROKER_FAILED,
                unit + " " + number + " could not be delivered to " + topic + ": " + failure.getMessage(),
                failure);
    }

    /** What fails after an interruption fails because of it. */
    private void fail(CommandFailure failure) {
        if (!interrupted) {
            fatal.compareAndSet(null, failure);
        }
    }

    private void refuse(String place, Problem problem, String sentence) {
        bad.incrementAndGet();
        progress.clear();
        terminal.message(place + ": " + problem + ": " + sentence);
    }

    private void interrupt() {
        interrupted = true;
        end(-1);
    }

    /** Waits until what was sent is written, and says what came of it; only the first call does anything. */
    private void end(long good) {
        if (!ended.compareAndSet(false, true)) {
            return;
        }
        if (producer != null) {
            producer.close(interrupted ? INTERRUPTED_CLOSE_TIMEOUT : CLOSE_TIMEOUT);
        }
        progress.clear();
        undelivered.ranges().forEach(range -> notPublished(range, "not known to be written"));
        if (fatal.get() != null || interrupted || broken) {
            notPublished(untriedFrom + "-", "what follows was not tried");
        }
        LineOutput out = new LineOutput(terminal.out());
        String what = producer == null
                ? "checked, nothing published: " + good + " good"
                : "published " + published.get() + " to " + topic;
        out.line(what + ", " + bad.get() + " bad"
                + (undelivered.count() > 0 ? ", " + undelivered.count() + " not confirmed" : "")
                + (interrupted ? ", interrupted" : ""));
        out.flush();
    }

    private void notPublished(String numbers, String why) {
        terminal.message(
                input + ":" + (unit.equals("element") ? " element " : "") + numbers + ": NOT_PUBLISHED: " + why);
    }
}
