package dev.redrive.server;

import dev.redrive.avro.Command;
import dev.redrive.server.CommandAnswers.Answer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;

/**
 * Writes commands and awaits the pipeline's answers. A command about all users goes to every partition with an empty
 * key. Safe for use by several threads.
 */
public final class CommandWriter {

    private static final Duration WRITTEN_WITHIN = Duration.ofSeconds(35);

    private final RecordWriter writer;
    private final String topic;
    private final CommandAnswers answers;

    /**
     * Creates the writer.
     *
     * @param topic the topic of the commands
     */
    public CommandWriter(RecordWriter writer, String topic, CommandAnswers answers) {
        this.writer = writer;
        this.topic = topic;
        this.answers = answers;
    }

    /** The command is not known to be written in every partition. */
    public static final class NotWrittenException extends Exception {

        private static final long serialVersionUID = 1L;

        NotWrittenException(Throwable cause) {
            super(cause);
        }
    }

    /**
     * Writes a command; an empty user id means all users.
     *
     * @return completes with the answers of all partitions that it was written to
     * @throws NotWrittenException if Kafka or the registry has not accepted it
     */
    public CompletableFuture<Answer> write(Command command) throws NotWrittenException, InterruptedException {
        boolean all = command.getUserId().isEmpty();
        List<CompletableFuture<RecordMetadata>> sent = new ArrayList<>();
        try {
            int copies = all ? writer.partitions(topic) : 1;
            CompletableFuture<Answer> answer = answers.expect(command, copies);
            for (int partition = 0; partition < copies; partition++) {
                sent.add(writer.write(topic, all ? partition : null, command.getUserId(), command));
            }
            for (CompletableFuture<RecordMetadata> record : sent) {
                RecordMetadata at = record.get(WRITTEN_WITHIN.toMillis(), TimeUnit.MILLISECONDS);
                answers.written(command.getCommandId(), at.partition(), at.offset());
            }
            return answer;
        } catch (ExecutionException | TimeoutException e) {
            throw new NotWrittenException(e.getCause() == null ? e : e.getCause());
        } catch (KafkaException e) {
            throw new NotWrittenException(e);
        }
    }
}
