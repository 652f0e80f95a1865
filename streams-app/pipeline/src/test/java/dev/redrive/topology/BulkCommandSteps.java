package dev.redrive.topology;

import dev.redrive.avro.Command;
import dev.redrive.avro.CommandKind;
import dev.redrive.avro.Outcome;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Commands about many jobs, what they are about, and how they are answered. */
final class BulkCommandSteps {

    private BulkCommandSteps() {}

    /** A retry that is due in so long. */
    static void pending(PipelineHarness pipeline, String user, String job, String operation, int seconds) {
        pipeline.publish(pipeline.failure(user, job, 1)
                .setOperation(operation)
                .setResponseHeaders(Map.of("Retry-After", Integer.toString(seconds)))
                .build());
    }

    static void pending(PipelineHarness pipeline, String user, String job) {
        pending(pipeline, user, job, "song", 600);
    }

    static Command.Builder issue(
            PipelineHarness pipeline, String id, CommandKind kind, String user, @Nullable String operation) {
        return Command.newBuilder()
                .setCommandId(id)
                .setKind(kind)
                .setUserId(user)
                .setOperation(operation)
                .setIssuedAt(pipeline.now());
    }

    static void command(
            PipelineHarness pipeline, String id, CommandKind kind, String user, @Nullable String operation) {
        pipeline.publish(issue(pipeline, id, kind, user, operation).build());
    }

    /** Outcomes of commands, in their order. */
    static List<Outcome> commands(PipelineHarness pipeline) {
        return pipeline.outcomes().stream()
                .map(PipelineHarness.Out::value)
                .filter(outcome -> outcome.getInput().equals("COMMAND"))
                .toList();
    }

    static Set<String> jobs(List<Outcome> outcomes) {
        Set<String> jobs = new HashSet<>();
        outcomes.stream().map(Outcome::getJobId).filter(job -> job != null).forEach(jobs::add);
        return jobs;
    }

    static List<String> answers(List<Outcome> outcomes) {
        return outcomes.stream()
                .filter(outcome -> outcome.getJobId() == null)
                .map(outcome -> outcome.getCommandId() + " " + outcome.getOutcome() + " " + outcome.getReason() + " "
                        + outcome.getJobs())
                .toList();
    }
}
