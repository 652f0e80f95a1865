package dev.redrive.cli;

import dev.redrive.config.RedriveConfig;
import dev.redrive.runtime.RedrivePipeline;
import dev.redrive.runtime.TopicFinding;
import dev.redrive.runtime.TopicPlan;
import dev.redrive.runtime.Wiring;
import java.util.List;
import org.apache.kafka.common.KafkaException;
import org.jspecify.annotations.Nullable;

/** One run of {@code redrive run}. */
final class PipelineRun {

    /** Longer than the pipeline itself takes to stop. */
    private static final long PATIENCE_MS = 20_000;

    private final Terminal terminal;
    private final RedriveConfig config;

    PipelineRun(Terminal terminal, RedriveConfig config) {
        this.terminal = terminal;
        this.config = config;
    }

    int run(boolean createTopics, @Nullable String instanceId) throws InterruptedException {
        requireTopics(createTopics);
        try (ManagedPipeline managed = start(instanceId);
                Interruption interruption = Interruption.ends(managed.pipeline()::close, PATIENCE_MS)) {
            RedrivePipeline pipeline = managed.pipeline();
            pipeline.awaitEnd();
            if (pipeline.failed()) {
                throw new CommandFailure(
                        Reason.PIPELINE_FAILED, "the pipeline failed for good; the log above tells why");
            }
        }
        return Subcommand.OK;
    }

    private ManagedPipeline start(@Nullable String instanceId) {
        try {
            return ManagedPipeline.start(config, instanceId);
        } catch (KafkaException e) {
            Throwable root = e;
            while (root.getCause() != null) {
                root = root.getCause();
            }
            throw new CommandFailure(
                    Reason.PIPELINE_FAILED,
                    "the pipeline cannot start (is " + config.streams().stateDir()
                            + " writable, and used by no other instance?): " + root.getMessage(),
                    e);
        }
    }

    private void requireTopics(boolean create) {
        TopicPlan plan = Wiring.topics(config);
        Topics topics = new Topics(Connection.of(config));
        if (create) {
            topics.ask(admin -> admin.create(plan));
        }
        List<TopicFinding> findings = topics.ask(admin -> admin.check(plan));
        List<String> blocking = findings.stream()
                .filter(finding -> finding.reason().blocking())
                .map(TopicFinding::toString)
                .toList();
        if (!blocking.isEmpty()) {
            String missing = findings.stream().anyMatch(finding -> finding.reason() == TopicFinding.Reason.MISSING)
                    ? " ('redrive topics create' makes what is missing)"
                    : "";
            throw new CommandFailure(
                    Reason.TOPIC_UNFIT, "the topics are not as the pipeline needs them" + missing, blocking, null);
        }
        findings.forEach(finding -> terminal.err().println("warning: " + finding));
    }
}
