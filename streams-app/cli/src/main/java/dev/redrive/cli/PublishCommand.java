package dev.redrive.cli;

import dev.redrive.cli.CommandFailure.Reason;
import dev.redrive.codec.InputRecords;
import dev.redrive.codec.NaturalJson.NaturalJsonResult;
import dev.redrive.codec.NaturalJson.NaturalJsonResult.Problem;
import dev.redrive.codec.NaturalJson.NaturalJsonResult.Read;
import dev.redrive.codec.NaturalJson.NaturalJsonResult.Refused;
import dev.redrive.runtime.Wiring;
import dev.redrive.serde.RegistryUnavailableException;
import dev.redrive.serde.SchemaRefusedException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code redrive publish}: publishes JSON lines to an input topic. */
@Command(
        name = "publish",
        description = {
            "Publish failures, or other inputs, from JSON lines or a JSON array.",
            "",
            "One object a line, or over several lines, or as an element of one array that is the whole file; an object has"
                    + " at most 1 MiB. A bad one is reported with the number of its first line and does not stop the"
                    + " others, unless they may be parts of it. A broker that goes away is waited for, up to a minute; then the lines that are not known to be"
                    + " written are reported by their numbers. Exit code 1 if any line was bad or is not known to be"
                    + " written.",
            "May be absent: failedAt, at, issuedAt (now), commandId (a random UUID), cause (RESPONSE with httpStatus, else"
                    + " NETWORK) and all that the schema has a default for. Instants are ISO-8601 or milliseconds since"
                    + " 1970. errorBody and request.body may be JSON values or strings; a request body of bytes that are"
                    + " not text is {\"base64\": \"…\"}."
        },
        footer = {
            "Example of a line:",
            "  {\"userId\":\"u1\",\"jobId\":\"j1\",\"attempt\":1,\"service\":\"music\",\"operation\":\"music.song.generate\",",
            "   \"route\":\"/v1/music/songs\",\"httpStatus\":429,\"responseHeaders\":{\"Retry-After\":\"2\"},",
            "   \"request\":{\"body\":{\"prompt\":\"a song\"}}}"
        })
final class PublishCommand extends Subcommand {

    @Parameters(paramLabel = "FILE", description = "A file of JSON lines or a JSON array; - reads standard input.")
    private String file = "";

    @Option(
            names = {"-t", "--topic"},
            paramLabel = "TOPIC",
            defaultValue = "failures",
            description = "What the lines are: ${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}.")
    private InputRecords.Topic topic = InputRecords.Topic.failures;

    @Option(names = "--strict", description = "Stop at the first bad line; lines before it stay published.")
    private boolean strict;

    @Option(names = "--dry-run", description = "Check the lines, and publish nothing; needs no broker.")
    private boolean dryRun;

    @Mixin
    private ConnectionOptions connection = new ConnectionOptions();

    @Override
    public Integer call() {
        InputRecords records = new InputRecords(
                topic,
                Wiring.mapper(ConfigSource.load(connection.config, terminal().environment())),
                terminal().clock());
        Connection target = connection.resolve(terminal().environment());
        try (JsonInput values = JsonInput.open(file, terminal().in())) {
            Run run = dryRun
                    ? Run.check(terminal(), records, strict)
                    : Run.publish(terminal(), records, strict, target, clients());
            return run.run(values);
        } catch (IOException e) {
            throw new CommandFailure(Reason.FILE_UNREADABLE, "cannot read " + file + ": " + e.getMessage(), e);
        }
    }

    /**
     * One run of {@code redrive publish}: reads, checks, sends values; the producer's thread counts acknowledgements.
     */
    static final class Run {

        /** Longer than the producer's delivery timeout, so that every line is reported as written or not. */
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

        private Run(
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

        /** Returns a run that checks the values and publishes nothing. */
        static Run check(Terminal terminal, InputRecords records, boolean strict) {
            return new Run(terminal, records, strict, "", null);
        }

        /** Returns a run that publishes to the pipeline's topic of that kind. */
        static Run publish(
                Terminal terminal,
                InputRecords records,
                boolean strict,
                Connection connection,
                PipelineClients clients) {
            String topic = records.topicName(connection.topics());
            Producer<String, SpecificRecord> producer = clients.producer(connection);
            try {
                requireTopic(topic, connection, clients);
            } catch (CommandFailure e) {
                producer.close(Duration.ZERO);
                throw e;
            }
            return new Run(terminal, records, strict, topic, producer);
        }

        /** Uses a consumer, which fails within seconds; a producer waits as long as a broker's restart may take. */
        private static void requireTopic(String topic, Connection connection, PipelineClients clients) {
            try (Consumer<byte[], byte[]> consumer = clients.consumer(connection)) {
                TopicReader.partitions(consumer, connection, topic);
            } catch (KafkaException e) {
                throw connection.failure(e);
            }
        }

        /** Publishes every valid value, and returns the exit code. */
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
                if (mistake != null && hasMore()) {
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
            return hasMore() ? values.next() : null;
        }

        private boolean hasMore() {
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
                fail(Connection.registryFailure(e));
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

        /** A failure after an interruption is a consequence of it and is not reported. */
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

        /** Waits until all sent records are acknowledged, and reports the result; later calls have no effect. */
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

    /**
     * Numbers of lines that were sent and not acknowledged. Used by the sending thread and the producer's thread.
     * Bounded by the producer's buffer, because the first failure stops the reading.
     */
    static final class Undelivered {

        private final ConcurrentSkipListSet<Long> lines = new ConcurrentSkipListSet<>();

        void add(long line) {
            lines.add(line);
        }

        int count() {
            return lines.size();
        }

        /** Returns the numbers in order, adjacent ones as a range: {@code 3}, {@code 5-9}. */
        List<String> ranges() {
            List<String> ranges = new ArrayList<>();
            long first = -1;
            long last = -1;
            for (long line : lines) {
                if (first >= 0 && line != last + 1) {
                    ranges.add(range(first, last));
                    first = -1;
                }
                first = first < 0 ? line : first;
                last = line;
            }
            if (first >= 0) {
                ranges.add(range(first, last));
            }
            return ranges;
        }

        private static String range(long first, long last) {
            return first == last ? Long.toString(first) : first + "-" + last;
        }
    }
}
