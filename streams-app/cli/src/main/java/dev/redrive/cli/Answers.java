package dev.redrive.cli;

import dev.redrive.avro.Command;
import dev.redrive.avro.Outcome;
import dev.redrive.codec.InputReader.QuarantineReason;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;

/**
 * What the pipeline answers to a command: of one job one outcome; of many jobs one for each partition that was addressed.
 * Used by one thread.
 */
final class Answers {

    private final Command command;
    private final Map<Integer, Set<Long>> sent = new HashMap<>();
    private final Map<Integer, Outcome> byPartition = new TreeMap<>();
    private int addressed;
    private int failed;

    /** Answers to a command. */
    Answers(Command command) {
        this.command = command;
    }

    /** The command was written there. */
    void sent(int partition, long offset) {
        addressed++;
        sent.computeIfAbsent(partition, missing -> new HashSet<>()).add(offset);
    }

    /**
     * Takes an outcome, if it is an answer to this command.
     *
     * @param commands the topic of the commands
     */
    void take(Outcome outcome, String commands) {
        if (answers(outcome) && ofOneAmongMany(outcome)) {
            failed++;
        } else if (answers(outcome) || quarantines(outcome, commands)) {
            Integer partition = outcome.getSourcePartition();
            // Where many jobs take more than one step, the last of these may begin with a timer, which stands nowhere.
            byPartition.put(partition == null ? -1 - byPartition.size() : partition, outcome);
        }
    }

    private boolean answers(Outcome outcome) {
        return command.getCommandId().equals(outcome.getCommandId())
                && outcome.getInput().equals("COMMAND")
                && Objects.equals(command.getJobId(), outcome.getJobId());
    }

    /** One of the jobs could not be dealt with; the command goes on with the others. */
    private boolean ofOneAmongMany(Outcome outcome) {
        return command.getJobId() == null
                && QuarantineReason.PROCESSING_FAILED.name().equals(outcome.getReason());
    }

    /** A record that could not be read has no command id, but it stands where the command was written. */
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

    int heard() {
        return byPartition.size();
    }

    /** To how many jobs it was applied, as far as was heard. */
    long jobs() {
        return byPartition.values().stream()
                .filter(Answers::applied)
                .mapToLong(outcome -> Objects.requireNonNullElse(outcome.getJobs(), outcome.getJobId() == null ? 0 : 1))
                .sum();
    }

    /** Why it was not applied, for each partition where it was not, and for jobs that could not be dealt with. */
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
