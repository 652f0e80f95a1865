package dev.redrive.cli;

import dev.redrive.avro.Command;
import dev.redrive.avro.CommandKind;
import dev.redrive.avro.Outcome;
import dev.redrive.cli.CommandFailure.Reason;
import dev.redrive.cli.Subcommand.OutputFormat;
import dev.redrive.codec.InputReader.QuarantineReason;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.function.LongSupplier;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;

/** One run of {@code redrive cancel} or {@code redrive expedite}: writes a command, and waits for its outcomes. */
final class RetryCommandRun {

    private static final Duration POLL = Duration.ofMillis(200);

    private final Terminal terminal;
    private final RetryCommand.Options options;
    private final Connection connection;
    private final LongSupplier nanoTime;
    private final Command command;
    private final Answers answers;

    RetryCommandRun(
            Terminal terminal,
            String kind,
            RetryCommand.Options options,
            Connection connection,
            LongSupplier nanoTime) {
        this.terminal = terminal;
        this.options = options;
        this.connection = connection;
        this.nanoTime = nanoTime;
        this.command = Command.newBuilder()
                .setCommandId(UUID.randomUUID().toString())
                .setKind(CommandKind.valueOf(kind))
                .setUserId(Objects.requireNonNullElse(options.user, ""))
                .setJobId(options.job)
                .setOperation(options.operation)
                .setIssuedBy(terminal.issuedBy(options.issuedBy))
                .setIssuedAt(terminal.clock().instant())
                .build();
        this.answers = new Answers(command);
    }

    /** Runs the command, and returns the exit code. */
    int run(PipelineClients clients) {
        if (ofAllUsers() && !options.yes) {
            confirm();
        }
        Producer<String, SpecificRecord> producer = clients.producer(connection);
        Consumer<byte[], byte[]> consumer = clients.consumer(connection);
        try (TopicReader.Values<Outcome> outcomes = new TopicReader.Values<>(clients, connection, Outcome.class)) {
            int partitions = TopicReader.partitions(
                            consumer, connection, connection.topics().commands())
                    .size();
            begin(consumer);
            send(producer, ofAllUsers() ? partitions : 1);
            if (!options.noWait) {
                await(consumer, outcomes);
            }
        } catch (KafkaException e) {
            throw connection.failure(e);
        } finally {
            producer.close(Duration.ofSeconds(1));
            TopicReader.close(consumer);
        }
        return print();
    }

    private boolean ofAllUsers() {
        return options.user == null;
    }

    /** Returns the command's target, for messages. */
    private String about() {
        String retries = options.job != null
                ? "the pending retry of job " + options.job
                : "all pending retries" + (options.operation == null ? "" : " of the operation " + options.operation);
        return retries + (options.user == null ? " of all users" : " of user " + options.user);
    }

    private void confirm() {
        if (!terminal.asks()) {
            throw new CommandFailure(
                    Reason.USAGE, "this is about all users: confirm it by --yes, for there is no terminal to ask at");
        }
        terminal.confirm(command.getKind() + " " + about() + "?", "nothing was sent");
    }

    /** Positions the consumer at the current end of the outcomes. */
    private void begin(Consumer<?, ?> consumer) {
        TopicReader.assignAtEnd(
                consumer,
                TopicReader.partitions(consumer, connection, connection.topics().outcomes()));
    }

    private void send(Producer<String, SpecificRecord> producer, int copies) {
        String topic = connection.topics().commands();
        List<Future<RecordMetadata>> written = new ArrayList<>(copies);
        try {
            for (int partition = 0; partition < copies; partition++) {
                Integer explicit = ofAllUsers() ? partition : null;
                written.add(producer.send(new ProducerRecord<>(topic, explicit, command.getUserId(), command)));
            }
            producer.flush();
            for (Future<RecordMetadata> record : written) {
                RecordMetadata at = record.get();
                answers.sent(at.partition(), at.offset());
            }
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

    private void await(Consumer<byte[], byte[]> consumer, TopicReader.Values<Outcome> outcomes) {
        ProgressLine progress = new ProgressLine(terminal);
        long startNanos = nanoTime.getAsLong();
        while (!answers.complete()) {
            if (nanoTime.getAsLong() - startNanos >= options.timeout.toNanos()) {
                progress.clear();
                throw timedOut();
            }
            for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
                Outcome outcome = record.value() == null ? null : outcomes.read(record.topic(), record.value());
                if (outcome != null) {
                    answers.take(outcome, connection.topics().commands());
                }
            }
            progress.show(answers.received(), answers.addressed(), answers.jobs() + " jobs");
        }
        progress.clear();
    }

    private CommandFailure timedOut() {
        String received = answers.addressed() == 1
                ? "no outcome"
                : "outcomes of " + answers.received() + " of " + answers.addressed() + " partitions, " + answers.jobs()
                        + " jobs,";
        return new CommandFailure(
                Reason.TIMED_OUT,
                received + " within " + options.timeout.toMillis() + " ms; the command is written and takes effect:"
                        + " find commandId " + command.getCommandId() + " in 'redrive tail outcomes'");
    }

    private int print() {
        List<String> rejections = answers.rejections();
        String outcome = options.noWait ? "SENT" : rejections.isEmpty() ? "APPLIED" : "REJECTED";
        LineOutput out = new LineOutput(terminal.out());
        if (options.output == OutputFormat.json) {
            out.line(JsonLine.of(json(outcome, rejections)));
        } else if (rejections.isEmpty() || answers.jobs() > 0) {
            String jobs = options.noWait || options.job != null ? "" : ", " + answers.jobs() + " jobs";
            out.line(command.getKind() + " " + (options.noWait ? "SENT" : "APPLIED") + ": " + about() + jobs
                    + "; command " + command.getCommandId());
        }
        out.flush();
        if (!rejections.isEmpty()) {
            throw new CommandFailure(
                    Reason.REJECTED,
                    String.join(", ", rejections) + "; command " + command.getCommandId() + ": " + about());
        }
        return Subcommand.OK;
    }

    private Map<String, Object> json(String outcome, List<String> rejections) {
        Map<String, Object> values = new LinkedHashMap<>();
        values.put("commandId", command.getCommandId());
        values.put("kind", command.getKind().name());
        values.put("userId", options.user);
        values.put("jobId", options.job);
        values.put("operation", options.operation);
        values.put("outcome", outcome);
        values.put("jobs", answers.jobs());
        values.put("partitions", answers.addressed());
        values.put("rejections", rejections);
        return values;
    }

    /**
     * The pipeline's outcomes of a command: one for a single job; for many jobs one per addressed partition.
     * Used by one thread.
     */
    private static final class Answers {

        private final Command command;

        /** Offsets of the written records, by partition. */
        private final Map<Integer, Set<Long>> sent = new HashMap<>();

        private final Map<Integer, Outcome> byPartition = new TreeMap<>();
        private int addressed;
        private int failed;

        /** Collects the answers to a command. */
        Answers(Command command) {
            this.command = command;
        }

        /** Records where the command was written. */
        void sent(int partition, long offset) {
            addressed++;
            sent.computeIfAbsent(partition, missing -> new HashSet<>()).add(offset);
        }

        /**
         * Adds an outcome, if it is an answer to this command.
         *
         * @param commands the command topic
         */
        void take(Outcome outcome, String commands) {
            if (answers(outcome) && ofOneAmongMany(outcome)) {
                failed++;
            } else if (answers(outcome) || quarantines(outcome, commands)) {
                Integer partition = outcome.getSourcePartition();
                // A command about many jobs may end in a timer, not at its record; that outcome has no partition.
                byPartition.put(partition == null ? -1 - byPartition.size() : partition, outcome);
            }
        }

        private boolean answers(Outcome outcome) {
            return command.getCommandId().equals(outcome.getCommandId())
                    && outcome.getInput().equals("COMMAND")
                    && Objects.equals(command.getJobId(), outcome.getJobId());
        }

        /** Whether the outcome reports one job that failed while the command continues with the others. */
        private boolean ofOneAmongMany(Outcome outcome) {
            return command.getJobId() == null
                    && QuarantineReason.PROCESSING_FAILED.name().equals(outcome.getReason());
        }

        /** Whether the command was quarantined: an unreadable record has no command id, but its position matches. */
        private boolean quarantines(Outcome outcome, String commands) {
            Integer partition = outcome.getSourcePartition();
            return outcome.getOutcome().equals("QUARANTINED")
                    && commands.equals(outcome.getSourceTopic())
                    && partition != null
                    && sent.getOrDefault(partition, Set.of()).contains(outcome.getSourceOffset());
        }

        boolean complete() {
            return byPartition.size() >= addressed;
        }

        int addressed() {
            return addressed;
        }

        int received() {
            return byPartition.size();
        }

        /** Returns the number of jobs it was applied to, by the outcomes received so far. */
        long jobs() {
            return byPartition.values().stream()
                    .filter(Answers::applied)
                    .mapToLong(outcome ->
                            Objects.requireNonNullElse(outcome.getJobs(), outcome.getJobId() == null ? 0 : 1))
                    .sum();
        }

        /** Returns why it was not applied, for each rejecting partition and for jobs that failed. */
        List<String> rejections() {
            List<String> rejections = new ArrayList<>();
            if (failed > 0) {
                rejections.add("REJECTED " + QuarantineReason.PROCESSING_FAILED + " for " + failed + " jobs");
            }
            byPartition.forEach((partition, outcome) -> {
                if (!applied(outcome)) {
                    rejections.add(outcome.getOutcome() + " " + outcome.getReason()
                            + (addressed > 1 && partition >= 0 ? " in partition " + partition : ""));
                }
            });
            return rejections;
        }

        private static boolean applied(Outcome outcome) {
            return outcome.getOutcome().equals("APPLIED");
        }
    }
}
