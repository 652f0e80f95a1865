package dev.redrive.cli;

import dev.redrive.config.RedriveConfig;
import dev.redrive.runtime.Finding;
import dev.redrive.runtime.Finding.AccessFinding;
import dev.redrive.runtime.Finding.TopicFinding;
import dev.redrive.runtime.RedrivePipeline;
import dev.redrive.runtime.TopicPlan;
import dev.redrive.runtime.Wiring;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One run of {@code redrive run}. */
final class PipelineRun {

    private static final Logger LOG = LoggerFactory.getLogger(PipelineRun.class);

    /** Longer than the pipeline itself takes to stop. */
    private static final long PATIENCE_MS = 20_000;

    /** Exit code of a process that ran out of heap; that of a JVM with ExitOnOutOfMemoryError. */
    private static final int HALTED = 3;

    /** How much later than the controller a broker may learn of topics and rights. */
    private static final Duration LEARNING = Duration.ofSeconds(5);

    private final Terminal terminal;
    private final RedriveConfig config;

    PipelineRun(Terminal terminal, RedriveConfig config) {
        this.terminal = terminal;
        this.config = config;
    }

    int run(boolean createTopics, @Nullable String instanceId) throws InterruptedException {
        requireTopics(createTopics);
        Thread.setDefaultUncaughtExceptionHandler(PipelineRun::ended);
        try (ManagedPipeline managed = ManagedPipeline.start(config, instanceId);
                Interruption interruption = Interruption.ends(managed.pipeline()::close, PATIENCE_MS)) {
            RedrivePipeline pipeline = managed.pipeline();
            pipeline.awaitEnd();
            if (pipeline.failed()) {
                // A right that cannot be looked at before internal topics exist, or that was taken away since.
                if (pipeline.refused()) {
                    refuse(findings(new Topics(Connection.of(config)), Duration.ZERO));
                }
                throw ManagedPipeline.failure(pipeline, "the log above tells why");
            }
        }
        return Subcommand.OK;
    }

    /** A thread that ended for want of heap leaves the process half alive: it is better started again. */
    private static void ended(Thread thread, Throwable failure) {
        if (failure instanceof OutOfMemoryError) {
            Runtime.getRuntime().halt(HALTED);
        }
        LOG.error("thread {} ended", thread.getName(), failure);
    }

    private void requireTopics(boolean create) {
        Topics topics = new Topics(Connection.of(config));
        if (create) {
            topics.ask(admin -> admin.create(Wiring.topics(config)));
        }
        List<Finding> findings = findings(topics, LEARNING);
        refuse(findings);
        findings.forEach(finding -> terminal.message("warning: " + finding));
    }

    private List<Finding> findings(Topics topics, Duration patience) {
        TopicPlan plan = Wiring.topics(config);
        return topics.ask(admin -> admin.check(plan, config.applicationId(), patience));
    }

    private static void refuse(List<Finding> findings) {
        List<String> blocking = findings.stream()
                .filter(Finding::blocking)
                .map(Finding::toString)
                .toList();
        if (blocking.isEmpty()) {
            return;
        }
        if (findings.stream().filter(Finding::blocking).allMatch(AccessFinding.class::isInstance)) {
            throw new CommandFailure(
                    Reason.NOT_AUTHORIZED, "the brokers do not allow what the pipeline needs", blocking, null);
        }
        boolean missing = findings.stream()
                .anyMatch(finding ->
                        finding instanceof TopicFinding topic && topic.reason() == TopicFinding.Reason.MISSING);
        throw new CommandFailure(
                Reason.TOPIC_UNFIT,
                "the topics are not as the pipeline needs them"
                        + (missing ? " ('redrive topics create' makes what is missing)" : ""),
                blocking,
                null);
    }
}
