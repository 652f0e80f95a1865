package dev.redrive.dev;

import dev.redrive.avro.DeadLetter;
import dev.redrive.avro.Outcome;
import dev.redrive.avro.RetryRequest;
import dev.redrive.avro.UserState;
import dev.redrive.codec.Printable;
import dev.redrive.contract.TopicNames;
import dev.redrive.dev.SummaryModel.Summary;
import dev.redrive.dev.SummaryText.ScreenSize;
import dev.redrive.serde.AvroSerdes;
import dev.redrive.serde.RegistryUnavailableException;
import dev.redrive.serde.UndecodableException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.Deserializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Shows a pipeline's activity, from its output topics only: a screen redrawn every second on a terminal, a line every
 * two seconds elsewhere. It runs on its own thread from {@link #start} to {@link #close}.
 */
final class LiveSummary implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(LiveSummary.class);
    private static final Duration POLL = Duration.ofMillis(200);
    private static final Duration STOP_WITHIN = Duration.ofSeconds(5);
    private static final Duration ASK_SIZE_EVERY = Duration.ofSeconds(3);

    /** ECMA-48: move to the first column of the first row; erase to end of line; to end of screen; whole screen. */
    private static final String HOME = "\u001b[H";

    private static final String REST_OF_LINE = "\u001b[K";
    private static final String REST_OF_SCREEN = "\u001b[J";
    private static final String WHOLE_SCREEN = "\u001b[2J";

    private final TopicNames topics;
    private final PrintStream out;
    private final boolean terminal;
    private final SummaryText.Frame frame;
    private final Clock clock = Clock.systemUTC();
    private final SummaryModel model = new SummaryModel();
    private final KafkaConsumer<byte[], byte[]> consumer;
    private final Deserializer<Outcome> outcomes;
    private final Deserializer<DeadLetter> deadLetters;
    private final Deserializer<RetryRequest> ready;
    private final Deserializer<UserState> users;
    private final Thread thread;
    private ScreenSize size = ScreenSize.USUAL;
    private Instant sizeKnownUntil = Instant.MIN;
    private volatile boolean running = true;

    private LiveSummary(
            Map<String, ?> connection, TopicNames topics, PrintStream out, boolean terminal, SummaryText.Frame frame) {
        this.topics = topics;
        this.out = out;
        this.terminal = terminal;
        this.frame = frame;
        this.outcomes = AvroSerdes.deserializer(Outcome.class, connection);
        this.deadLetters = AvroSerdes.deserializer(DeadLetter.class, connection);
        this.ready = AvroSerdes.deserializer(RetryRequest.class, connection);
        this.users = AvroSerdes.deserializer(UserState.class, connection);
        this.consumer = DevInstance.consumer(connection, Map.of("client.id", "redrive-dev-summary"));
        this.thread = new Thread(this::run, "dev-summary");
    }

    /**
     * Starts the summary.
     *
     * @param connection {@code bootstrap.servers}, {@code schema.registry.url} and further client settings
     * @param out receives the output; not closed
     * @param terminal whether {@code out} is a terminal that supports ANSI escape sequences
     * @param frame the parts of the screen besides the numbers
     */
    static LiveSummary start(
            Map<String, ?> connection, TopicNames topics, PrintStream out, boolean terminal, SummaryText.Frame frame) {
        LiveSummary summary = new LiveSummary(connection, topics, out, terminal, frame);
        summary.thread.start();
        return summary;
    }

    private void run() {
        try (consumer) {
            consumer.assign(partitions());
            Duration every = Duration.ofSeconds(terminal ? 1 : 2);
            Instant next = clock.instant().plus(every);
            while (running) {
                inOrderOfTime(consumer.poll(POLL)).forEach(this::take);
                Instant now = clock.instant();
                if (!now.isBefore(next)) {
                    show(model.at(now), now);
                    next = now.plus(every);
                }
            }
        } catch (WakeupException stopping) {
            LOG.debug("the summary stops");
        } catch (KafkaException e) {
            LOG.error("the summary has stopped; the pipeline is not affected", e);
        }
    }

    /** Sorts by time, because blocked retries and releases are in different topics. */
    private static List<ConsumerRecord<byte[], byte[]>> inOrderOfTime(ConsumerRecords<byte[], byte[]> records) {
        List<ConsumerRecord<byte[], byte[]>> ordered = new ArrayList<>(records.count());
        records.forEach(ordered::add);
        ordered.sort(Comparator.comparingLong(ConsumerRecord::timestamp));
        return ordered;
    }

    private List<TopicPartition> partitions() {
        List<TopicPartition> partitions = new ArrayList<>();
        for (String topic : List.of(topics.outcomes(), topics.deadLetters(), topics.ready(), topics.users())) {
            consumer.partitionsFor(topic)
                    .forEach(found -> partitions.add(new TopicPartition(found.topic(), found.partition())));
        }
        return partitions;
    }

    private void take(ConsumerRecord<byte[], byte[]> record) {
        try {
            if (record.topic().equals(topics.users())) {
                model.user(
                        new String(record.key(), StandardCharsets.UTF_8),
                        record.value() == null ? null : users.deserialize(record.topic(), record.value()),
                        Instant.ofEpochMilli(record.timestamp()));
            } else if (record.value() == null) {
                LOG.debug("a record without a value was left out of the summary");
            } else if (record.topic().equals(topics.outcomes())) {
                model.outcome(outcomes.deserialize(record.topic(), record.value()));
            } else if (record.topic().equals(topics.deadLetters())) {
                model.deadLetter(deadLetters.deserialize(record.topic(), record.value()));
            } else {
                model.ready(
                        ready.deserialize(record.topic(), record.value()), Instant.ofEpochMilli(record.timestamp()));
            }
        } catch (UndecodableException | RegistryUnavailableException e) {
            // The summary is informational: it skips unreadable records.
            LOG.debug("a record was left out of the summary", e);
        }
    }

    private void show(Summary summary, Instant now) {
        if (!terminal) {
            out.println(Printable.line(SummaryText.line(summary)));
            return;
        }
        StringBuilder drawing = new StringBuilder(HOME);
        if (!now.isBefore(sizeKnownUntil)) {
            ScreenSize found = ScreenSize.ask();
            boolean other = sizeKnownUntil.equals(Instant.MIN) || !found.equals(size);
            drawing.append(other ? WHOLE_SCREEN : "");
            size = found;
            sizeKnownUntil = now.plus(ASK_SIZE_EVERY);
        }
        for (String line : SummaryText.screen(frame, summary, now, size)) {
            drawing.append(line).append(REST_OF_LINE).append(System.lineSeparator());
        }
        out.print(drawing.append(REST_OF_SCREEN));
        out.flush();
    }

    /** Stops, and waits for the thread's end, max. 5 s. */
    @Override
    public void close() {
        running = false;
        consumer.wakeup();
        try {
            thread.join(STOP_WITHIN.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        outcomes.close();
        deadLetters.close();
        ready.close();
        users.close();
    }
}
