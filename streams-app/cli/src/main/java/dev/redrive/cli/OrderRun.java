package dev.redrive.cli;

import dev.redrive.avro.Command;
import dev.redrive.avro.Outcome;
import dev.redrive.serde.RegistryUnavailableException;
import dev.redrive.serde.SchemaRefusedException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.function.LongSupplier;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/** One run of {@code redrive cancel} or {@code redrive expedite}: writes a command, and waits for what becomes of it. */
final class OrderRun {

    private static final Duration POLL = Duration.ofMillis(200);
    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(1);

    private final Terminal terminal;
    private final Order order;
    private final OrderOptions options;
    private final Connection connection;
    private final LongSupplier nanoTime;
    private final Command command;
    private final Answers answers;

    OrderRun(Terminal terminal, Order order, OrderOptions options, Connection connection, LongSupplier nanoTime) {
        this.terminal = terminal;
        this.order = order;
        this.options = options;
        this.connection = connection;
        this.nanoTime = nanoTime;
        this.command =
                order.command(UUID.randomUUID().toString(), terminal.clock().instant());
        this.answers = new Answers(command);
    }

    /** Has it done, and returns the exit code. */
    int run(PipelineClients clients) {
        if (order.ofAllUsers() && !options.yes) {
            confirm();
        }
        Producer<String, SpecificRecord> producer = clients.producer(connection);
        Consumer<byte[], byte[]> consumer = clients.consumer(connection);
        try (RecordValues<Outcome> outcomes = new RecordValues<>(clients, connection, Outcome.class)) {
            int partitions =
                    partitions(consumer, connection.topics().commands()).size();
            begin(consumer);
            send(producer, order.ofAllUsers() ? partitions : 1);
            if (!options.noWait) {
                await(consumer, outcomes);
            }
        } catch (KafkaException e) {
            throw connection.failure(e);
        } finally {
            producer.close(CLOSE_TIMEOUT);
            consumer.close(CloseOptions.timeout(CLOSE_TIMEOUT));
        }
        return tell();
    }

    private void confirm() {
        if (!terminal.asks()) {
            throw new CommandFailure(
                    Reason.USAGE, "this is about all users: confirm it by --yes, for there is no terminal to ask at");
        }
        terminal.confirm(order.kind() + " " + order.about() + "?", "nothing was sent");
    }

    private List<TopicPartition> partitions(Consumer<?, ?> consumer, String topic) {
        List<PartitionInfo> found;
        try {
            found = consumer.partitionsFor(topic);
        } catch (UnknownTopicOrPartitionException e) {
            throw connection.missing(topic, e);
        }
        if (found == null || found.isEmpty()) {
            throw connection.missing(topic, null);
        }
        return found.stream()
                .map(info -> new TopicPartition(topic, info.partition()))
                .toList();
    }

    /** What is written from now on will be read. */
    private void begin(Consumer<?, ?> consumer) {
        List<TopicPartition> outcomes = partitions(consumer, connection.topics().outcomes());
        consumer.assign(outcomes);
        consumer.seekToEnd(outcomes);
        // Seeking is lazy; asking for the position fixes it before the command is written.
        outcomes.forEach(consumer::position);
    }

    private void send(Producer<String, SpecificRecord> producer, int copies) {
        String topic = connection.topics().commands();
        List<Future<RecordMetadata>> written = new ArrayList<>(copies);
        try {
            for (int partition = 0; partition < copies; partition++) {
                Integer explicit = order.ofAllUsers() ? partition : null;
                written.add(producer.send(new ProducerRecord<>(topic, explicit, command.getUserId(), command)));
            }
            producer.flush();
            for (Future<RecordMetadata> record : written) {
                RecordMetadata at = record.get();
                answers.sent(at.partition(), at.offset());
            }
        } catch (RegistryUnavailableException e) {
            throw new CommandFailure(Reason.REGISTRY_UNREACHABLE, "the schema registry: " + e.getMessage(), e);
        } catch (SchemaRefusedException e) {
            throw new CommandFailure(Reason.BROKER_FAILED, String.valueOf(e.getMessage()), e);
        } catch (ExecutionException e) {
            throw new CommandFailure(
                    Reason.BROKER_FAILED,
                    "the command " + command.getCommandId() + " is not known to be written to " + topic
                            + (copies > 1 ? " in every partition" : "") + ": "
                            + (e.getCause() == null ? e : e.getCause()).getMessage(),
                    e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CommandFailure(Reason.BROKER_FAILED, "interrupted", e);
        }
    }

    private void await(Consumer<byte[], byte[]> consumer, RecordValues<Outcome> outcomes) {
        ProgressLine progress = new ProgressLine(terminal);
        long startNanos = nanoTime.getAsLong();
        while (!answers.complete()) {
            if (nanoTime.getAsLong() - startNanos >= options.timeout.toNanos()) {
                progress.clear();
                throw unheard();
            }
            for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
                Outcome outcome = record.value() == null ? null : outcomes.read(record.topic(), record.value());
                if (outcome != null) {
                    answers.take(outcome, connection.topics().commands());
                }
            }
            progress.show(answers.heard(), answers.addressed(), answers.jobs() + " jobs");
        }
        progress.clear();
    }

    private CommandFailure unheard() {
        String heard = answers.addressed() == 1
                ? "no outcome"
                : "outcomes of " + answers.heard() + " of " + answers.addressed() + " partitions, " + answers.jobs()
                        + " jobs,";
        return new CommandFailure(
                Reason.TIMED_OUT,
                heard + " within " + options.timeout.toMillis() + " ms; the command stands and will be done:"
                        + " look for commandId " + command.getCommandId() + " in 'redrive tail outcomes'");
    }

    private int tell() {
        List<String> rejections = answers.rejections();
        String outcome = options.noWait ? "SENT" : rejections.isEmpty() ? "APPLIED" : "REJECTED";
        LineOutput out = new LineOutput(terminal.out());
        if (options.output == OutputFormat.json) {
            out.line(JsonLine.of(json(outcome, rejections)));
        } else if (rejections.isEmpty() || answers.jobs() > 0) {
            String jobs = options.noWait || order.jobId() != null ? "" : ", " + answers.jobs() + " jobs";
            out.line(order.kind() + " " + (options.noWait ? "SENT" : "APPLIED") + ": " + order.about() + jobs
                    + "; command " + command.getCommandId());
        }
        out.flush();
        if (!rejections.isEmpty()) {
            throw new CommandFailure(
                    Reason.REJECTED,
                    String.join(", ", rejections) + "; command " + command.getCommandId() + ": " + order.about());
        }
        return Subcommand.OK;
    }

    private Map<String, Object> json(String outcome, List<String> rejections) {
        Map<String, Object> values = new LinkedHashMap<>();
        values.put("commandId", command.getCommandId());
        values.put("kind", order.kind().name());
        values.put("userId", order.userId());
        values.put("jobId", order.jobId());
        values.put("operation", order.operation());
        values.put("outcome", outcome);
        values.put("jobs", answers.jobs());
        values.put("partitions", answers.addressed());
        values.put("rejections", rejections);
        return values;
    }
}
