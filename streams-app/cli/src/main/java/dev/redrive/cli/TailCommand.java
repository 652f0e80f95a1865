package dev.redrive.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.redrive.cli.CommandFailure.Reason;
import dev.redrive.codec.NaturalJson;
import dev.redrive.contract.TopicNames;
import dev.redrive.runtime.Topic;
import dev.redrive.serde.RegistryUnavailableException;
import dev.redrive.serde.UndecodableException;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import org.apache.avro.generic.GenericRecord;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.Deserializer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.TypeConversionException;

/** {@code redrive tail}: prints a topic's records as JSON lines. */
@Command(
        name = "tail",
        description = {
            "Show a topic's records as JSON lines, as they come.",
            "",
            "Only new records are shown, unless --from-beginning is given; of transactions only what was committed. Each"
                    + " line is an object {topic, partition, offset, timestamp, key, headers, value}; bytes that cannot"
                    + " be decoded are shown as base64. Ends by --max, by --timeout, or by Ctrl-C."
        },
        footer = {
            "Examples:",
            "  redrive tail ready --max 1 --timeout 30s",
            "  redrive tail dead-letters --from-beginning --timeout 0s --value-only | jq -r .reason | sort | uniq -c",
            "  redrive tail outcomes --user u1"
        })
final class TailCommand extends Subcommand {

    @Parameters(
            paramLabel = "TOPIC",
            completionCandidates = Words.class,
            converter = Converter.class,
            description = "One of ${COMPLETION-CANDIDATES}.")
    @SuppressWarnings("NullAway.Init") // picocli requires it; a default would load the topics with each help
    private Topic topic;

    @Option(names = "--from-beginning", description = "Start with the oldest record that is kept.")
    private boolean fromBeginning;

    @Option(names = "--max", paramLabel = "N", description = "End after N records.")
    private @Nullable Long max;

    @Option(
            names = "--timeout",
            paramLabel = "DURATION",
            description =
                    "End when no record was shown for this long, e.g. 500ms, 30s, 10m; 0s ends with the last record"
                            + " that was there at the start. The exit code is 0 all the same.")
    private @Nullable Duration timeout;

    @Option(
            names = "--user",
            paramLabel = "ID",
            description =
                    "Only records with this key, which is the user's id (in error-rates service/operation, in alerts"
                            + " the fingerprint).")
    private @Nullable String user;

    @Option(
            names = "--tier",
            paramLabel = "TIER",
            split = ",",
            description = "retry: only these tiers, e.g. 10s,1m. Default: all that exist.")
    private List<String> tiers = List.of();

    @Option(names = "--value-only", description = "Print the value alone, without topic, key and headers.")
    private boolean valueOnly;

    @Mixin
    private ConnectionOptions connection = new ConnectionOptions();

    @Override
    public Integer call() {
        if (max != null && max < 1) {
            throw new CommandFailure(Reason.USAGE, "--max takes 1 or more, not " + max);
        }
        if (!tiers.isEmpty() && topic != Topic.RETRY) {
            throw new CommandFailure(Reason.USAGE, "--tier goes with 'tail retry' alone");
        }
        Query query = new Query(topic, tiers, fromBeginning, max, timeout, user, valueOnly);
        return new Run(terminal(), query, connection.resolve(terminal().environment()), System::nanoTime)
                .run(clients());
    }

    /**
     * The records to show.
     *
     * @param topic the topic, or all topics of delayed retries
     * @param tiers tiers of delayed retries to show; empty for all
     * @param fromBeginning start at the oldest record, not at the end
     * @param max max. number of records
     * @param timeout end when no record was shown for this time
     * @param user only records with this key
     * @param valueOnly print values only
     */
    record Query(
            Topic topic,
            List<String> tiers,
            boolean fromBeginning,
            @Nullable Long max,
            @Nullable Duration timeout,
            @Nullable String user,
            boolean valueOnly) {}

    /** One run of {@code redrive tail}. */
    static final class Run {

        private static final Duration POLL = Duration.ofMillis(200);
        private static final long PATIENCE_MS = 5_000;

        /** Number of lines that are flushed singly, so that the end of a reader such as {@code head} is noticed. */
        private static final int SINGLE_LINES = 200;

        private final Terminal terminal;
        private final TailCommand.Query query;
        private final Connection connection;
        private final LongSupplier nanoTime;
        private final LineOutput out;
        private final byte @Nullable [] wantedKey;

        private long shown;
        private long lastShownNanos;
        private Map<TopicPartition, Long> backlog = Map.of();
        private volatile boolean stopped;

        Run(Terminal terminal, TailCommand.Query query, Connection connection, LongSupplier nanoTime) {
            this.terminal = terminal;
            this.query = query;
            this.connection = connection;
            this.nanoTime = nanoTime;
            this.out = new LineOutput(terminal.out());
            String user = query.user();
            this.wantedKey = user == null ? null : user.getBytes(StandardCharsets.UTF_8);
        }

        /** Shows records until an end condition is met, and returns the exit code. */
        int run(PipelineClients clients) {
            RecordJson json = new RecordJson(
                    query.topic() == Topic.QUARANTINE ? null : clients.values(connection), query.valueOnly());
            Consumer<byte[], byte[]> consumer = clients.consumer(connection);
            try (Interruption interruption = Interruption.calls(() -> stop(consumer), PATIENCE_MS)) {
                show(consumer, json);
            } catch (WakeupException e) {
                // Only an interruption calls the consumer's wakeup.
                stopped = true;
            } catch (KafkaException e) {
                throw connection.failure(e);
            } finally {
                TopicReader.close(consumer);
            }
            return Subcommand.OK;
        }

        private void stop(Consumer<?, ?> consumer) {
            stopped = true;
            consumer.wakeup();
        }

        private void show(Consumer<byte[], byte[]> consumer, RecordJson json) {
            List<TopicPartition> partitions = partitions(consumer);
            if (query.fromBeginning()) {
                consumer.assign(partitions);
                consumer.seekToBeginning(partitions);
            } else {
                TopicReader.assignAtEnd(consumer, partitions);
            }
            backlog = query.timeout() == null ? Map.of() : consumer.endOffsets(partitions);
            lastShownNanos = nanoTime.getAsLong();
            while (!stopped && !full() && !idle(consumer)) {
                ConsumerRecords<byte[], byte[]> records = consumer.poll(POLL);
                for (ConsumerRecord<byte[], byte[]> record : records) {
                    if (!full() && wanted(record)) {
                        out.line(json.line(record));
                        shown++;
                        if (shown <= SINGLE_LINES) {
                            out.flush();
                        }
                        lastShownNanos = nanoTime.getAsLong();
                    }
                }
                out.flush();
            }
        }

        private boolean wanted(ConsumerRecord<byte[], byte[]> record) {
            return wantedKey == null || Arrays.equals(wantedKey, record.key());
        }

        private boolean full() {
            Long max = query.max();
            return max != null && shown >= max;
        }

        /** Whether no record was shown within the timeout; records older than the start are read to their end first. */
        private boolean idle(Consumer<?, ?> consumer) {
            Duration timeout = query.timeout();
            if (timeout == null || nanoTime.getAsLong() - lastShownNanos < timeout.toNanos()) {
                return false;
            }
            return backlog.entrySet().stream().allMatch(end -> consumer.position(end.getKey()) >= end.getValue());
        }

        private List<TopicPartition> partitions(Consumer<byte[], byte[]> consumer) {
            List<String> topics = query.topic() == Topic.RETRY && query.tiers().isEmpty()
                    ? tiers(consumer)
                    : topics(connection.topics()).toList();
            return topics.stream()
                    .flatMap(topic -> TopicReader.partitions(consumer, connection, topic).stream())
                    .toList();
        }

        private List<String> tiers(Consumer<byte[], byte[]> consumer) {
            String ready = connection.topics().ready();
            String start = connection.topics().retry("");
            List<String> tiers = consumer.listTopics().keySet().stream()
                    .filter(topic -> topic.startsWith(start) && !topic.equals(ready))
                    .sorted()
                    .toList();
            if (tiers.isEmpty()) {
                throw new CommandFailure(
                        Reason.TOPIC_UNFIT,
                        "no topic of delayed retries exists at " + connection.bootstrapServers()
                                + " (create it with 'redrive topics create')");
            }
            return tiers;
        }

        private Stream<String> topics(TopicNames names) {
            return query.topic() == Topic.RETRY
                    ? query.tiers().stream().map(names::retry)
                    : Stream.of(query.topic().name(names));
        }
    }

    /** The topics that can be shown: the outputs, and the delayed retries under one word. */
    private static Stream<Topic> shown() {
        return Stream.concat(Topic.outputs().stream(), Stream.of(Topic.RETRY));
    }

    /** The names of the topics, for help and completion. */
    static final class Words extends ArrayList<String> {
        Words() {
            super(shown().map(Topic::word).toList());
        }
    }

    /** Parses the name of a topic. */
    static final class Converter implements ITypeConverter<Topic> {
        @Override
        public Topic convert(String text) {
            return shown().filter(topic -> topic.word().equals(text.toLowerCase(Locale.ROOT)))
                    .findFirst()
                    .orElseThrow(() -> new TypeConversionException("'" + text + "' is not one of " + new Words()));
        }
    }

    /** Formats a Kafka record as one line of JSON. Used by one thread. */
    static final class RecordJson {

        private static final DateTimeFormatter MILLIS =
                new DateTimeFormatterBuilder().appendInstant(3).toFormatter();

        private final JsonFactory factory = new JsonFactory();
        private final NaturalJson naturalJson = new NaturalJson();
        private final @Nullable Deserializer<GenericRecord> values;
        private final boolean valueOnly;

        /**
         * Creates a formatter.
         *
         * @param values decodes the values; {@code null} shows them as base64
         * @param valueOnly print only the value
         */
        RecordJson(@Nullable Deserializer<GenericRecord> values, boolean valueOnly) {
            this.values = values;
            this.valueOnly = valueOnly;
        }

        /** @throws CommandFailure if the registry does not answer */
        String line(ConsumerRecord<byte[], byte[]> record) {
            StringWriter text = new StringWriter();
            try (JsonGenerator json = factory.createGenerator(text)) {
                if (valueOnly) {
                    json.writeRawValue(value(record.topic(), record.value()));
                } else {
                    envelope(record, json);
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            return text.toString();
        }

        private void envelope(ConsumerRecord<byte[], byte[]> record, JsonGenerator json) throws IOException {
            json.writeStartObject();
            json.writeStringField("topic", record.topic());
            json.writeNumberField("partition", record.partition());
            json.writeNumberField("offset", record.offset());
            json.writeStringField("timestamp", MILLIS.format(Instant.ofEpochMilli(record.timestamp())));
            json.writeFieldName("key");
            text(record.key(), json);
            json.writeObjectFieldStart("headers");
            // Names are unique in a JSON object; of duplicate headers, Kafka's readers use the last.
            Map<String, byte @Nullable []> headers = new LinkedHashMap<>();
            for (Header header : record.headers()) {
                headers.put(header.key(), header.value());
            }
            for (Map.Entry<String, byte @Nullable []> header : headers.entrySet()) {
                json.writeFieldName(header.getKey());
                text(header.getValue(), json);
            }
            json.writeEndObject();
            json.writeFieldName("value");
            json.writeRawValue(value(record.topic(), record.value()));
            json.writeEndObject();
        }

        /** Returns the value as JSON; a value that cannot be decoded becomes base64 with the reason. */
        private String value(String topic, byte @Nullable [] bytes) {
            if (bytes == null) {
                return "null";
            }
            if (values == null) {
                return undecoded(bytes, null);
            }
            try {
                GenericRecord value = values.deserialize(topic, bytes);
                return value == null ? "null" : naturalJson.write(value);
            } catch (UndecodableException e) {
                return undecoded(bytes, e.reason().name());
            } catch (IllegalArgumentException e) {
                return undecoded(bytes, "UNSUPPORTED_SCHEMA");
            } catch (RegistryUnavailableException e) {
                throw Connection.registryFailure(e);
            }
        }

        private static String undecoded(byte[] bytes, @Nullable String reason) {
            String base64 = "\"base64\":\"" + Base64.getEncoder().encodeToString(bytes) + "\"";
            return reason == null ? "{" + base64 + "}" : "{\"undecodable\":\"" + reason + "\"," + base64 + "}";
        }

        private static void text(byte @Nullable [] bytes, JsonGenerator json) throws IOException {
            if (bytes == null) {
                json.writeNull();
                return;
            }
            try {
                json.writeString(StandardCharsets.UTF_8
                        .newDecoder()
                        .decode(ByteBuffer.wrap(bytes))
                        .toString());
            } catch (CharacterCodingException e) {
                json.writeRawValue(undecoded(bytes, null));
            }
        }
    }
}
