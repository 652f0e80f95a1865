package dev.redrive.server;

import dev.redrive.avro.Command;
import dev.redrive.avro.Outcome;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The pipeline's answers to the commands that this instance wrote, as the index's feed reads them from the ledger. The
 * latest 10,000 commands are kept. Safe for use by several threads.
 */
public final class CommandAnswers {

    private static final int MAX_COMMANDS = 10_000;

    /** Reason of outcomes of single jobs that failed while their command about many jobs went on. */
    private static final String PROCESSING_FAILED = "PROCESSING_FAILED";

    private final Map<String, Waiting> commands = new LinkedHashMap<>();
    private final Map<String, String> idsByPosition = new LinkedHashMap<>();
    private final String commandTopic;

    /**
     * Creates the registry.
     *
     * @param commandTopic the topic of the commands, to find those that the pipeline could not read
     */
    public CommandAnswers(String commandTopic) {
        this.commandTopic = commandTopic;
    }

    /**
     * What is known of a command.
     *
     * @param command the command
     * @param expected number of partitions that answer
     * @param outcomes the answers so far, in the order of their arrival
     * @param failedJobs jobs that a command about many failed for
     */
    public record Answer(Command command, int expected, List<Outcome> outcomes, int failedJobs) {

        public Answer {
            outcomes = List.copyOf(outcomes);
        }

        /** Returns whether every partition has answered. */
        public boolean complete() {
            return outcomes.size() >= expected;
        }

        /** Returns the number of jobs that it was applied to. */
        public long jobs() {
            return outcomes.stream()
                    .filter(outcome -> !isRejection(outcome))
                    .mapToLong(outcome ->
                            Objects.requireNonNullElse(outcome.getJobs(), outcome.getJobId() == null ? 0 : 1))
                    .sum();
        }

        /** Returns whether no partition has applied it. */
        public boolean rejected() {
            return !outcomes.isEmpty() && outcomes.stream().allMatch(Answer::isRejection);
        }

        private static boolean isRejection(Outcome outcome) {
            return outcome.getOutcome().equals("REJECTED")
                    || outcome.getOutcome().equals("QUARANTINED");
        }

        /** Returns the distinct reasons of partitions that have not applied it. */
        public List<String> rejections() {
            return outcomes.stream()
                    .filter(Answer::isRejection)
                    .map(outcome -> outcome.getReason() == null ? outcome.getOutcome() : outcome.getReason())
                    .distinct()
                    .toList();
        }
    }

    private static final class Waiting {
        private final Command command;
        private final int expected;
        private final List<Outcome> outcomes = new ArrayList<>();
        private final CompletableFuture<Answer> answer = new CompletableFuture<>();
        private int failedJobs;

        Waiting(Command command, int expected) {
            this.command = command;
            this.expected = expected;
        }

        Answer snapshot() {
            return new Answer(command, expected, outcomes, failedJobs);
        }
    }

    /**
     * Registers a command before it is written.
     *
     * @param expected number of partitions that it is written to
     * @return completes when every partition has answered; never if the command is no longer kept by then
     */
    public synchronized CompletableFuture<Answer> expect(Command command, int expected) {
        Waiting waiting = new Waiting(command, expected);
        commands.put(command.getCommandId(), waiting);
        evict(commands);
        return waiting.answer;
    }

    /** Notes where a command was written, to recognize it if it cannot be read. */
    public synchronized void written(String commandId, int partition, long offset) {
        idsByPosition.put(partition + "/" + offset, commandId);
        evict(idsByPosition);
    }

    private static void evict(Map<String, ?> map) {
        Iterator<?> oldest = map.keySet().iterator();
        while (map.size() > MAX_COMMANDS) {
            oldest.next();
            oldest.remove();
        }
    }

    /** Takes an outcome from the ledger; those of others' commands, and of other inputs, are ignored. */
    public void outcome(Outcome outcome) {
        Waiting waiting;
        Answer complete;
        synchronized (this) {
            waiting = commands.get(commandId(outcome));
            if (waiting == null) {
                return;
            }
            if (waiting.command.getJobId() == null && outcome.getJobId() != null) {
                // One of many jobs; the command goes on and ends with an outcome without a job.
                waiting.failedJobs += PROCESSING_FAILED.equals(outcome.getReason()) ? 1 : 0;
                return;
            }
            if (waiting.outcomes.size() >= waiting.expected) {
                return;
            }
            waiting.outcomes.add(outcome);
            complete = waiting.snapshot();
        }
        if (complete.complete()) {
            waiting.answer.complete(complete);
        }
    }

    private String commandId(Outcome outcome) {
        String id = outcome.getCommandId();
        if (id != null) {
            return outcome.getInput().equals("COMMAND") ? id : "";
        }
        boolean unreadable =
                outcome.getOutcome().equals("QUARANTINED") && commandTopic.equals(outcome.getSourceTopic());
        return unreadable
                ? idsByPosition.getOrDefault(outcome.getSourcePartition() + "/" + outcome.getSourceOffset(), "")
                : "";
    }

    /** Returns what is known of a command of this instance; {@code null} if it is not kept. */
    public synchronized @Nullable Answer find(String commandId) {
        Waiting waiting = commands.get(commandId);
        return waiting == null ? null : waiting.snapshot();
    }
}
