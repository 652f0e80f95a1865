package dev.redrive.cli;

import dev.redrive.cli.CommandFailure.Reason;
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
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code redrive run}: runs one instance of a pipeline. */
@Command(
        name = "run",
        description = {
            "Run an instance of the pipeline.",
            "",
            "Checks the topics, starts, and runs until SIGTERM or Ctrl-C; then it stops in order and exits with 0. It exits"
                    + " with 1 when it cannot start or has failed for good. Instances with the same applicationId share"
                    + " the work."
        })
final class RunCommand extends Subcommand {

    @Mixin
    private ConfigSource.FileOption config = new ConfigSource.FileOption();

    @Option(names = "--create-topics", description = "Create the topics that are missing before the start.")
    private boolean createTopics;

    @Option(
            names = "--instance-id",
            paramLabel = "ID",
            description =
                    "Fixed identity of this instance, such as a pod's name, so that a restart takes its work back at"
                            + " once. No two instances may have the same.")
    private @Nullable String instanceId;

    @Override
    public Integer call() throws InterruptedException {
        return new Run(terminal(), ConfigSource.load(config.file, terminal().environment()))
                .run(createTopics, instanceId);
    }

    /** One run of {@code redrive run}. */
    static final class Run {

        private static final Logger LOG = LoggerFactory.getLogger(Run.class);

        /** Longer than the pipeline needs to stop. */
        private static final long PATIENCE_MS = 20_000;

        /** Exit code after an OutOfMemoryError; the same as that of a JVM with ExitOnOutOfMemoryError. */
        private static final int HALTED = 3;

        /** Max. delay until a broker has the controller's metadata on topics and ACLs. */
        private static final Duration LEARNING = Duration.ofSeconds(5);

        private final Terminal terminal;
        private final RedriveConfig config;

        Run(Terminal terminal, RedriveConfig config) {
            this.terminal = terminal;
            this.config = config;
        }

        int run(boolean createTopics, @Nullable String instanceId) throws InterruptedException {
            requireTopics(createTopics);
            Thread.setDefaultUncaughtExceptionHandler(Run::ended);
            try (ManagedPipeline managed = ManagedPipeline.start(config, instanceId);
                    Interruption interruption = Interruption.ends(managed.pipeline()::close, PATIENCE_MS)) {
                RedrivePipeline pipeline = managed.pipeline();
                pipeline.awaitEnd();
                if (pipeline.failed()) {
                    // A permission that cannot be checked before internal topics exist, or that was revoked since.
                    if (pipeline.refused()) {
                        refuse(findings(Connection.of(config), Duration.ZERO));
                    }
                    throw ManagedPipeline.failure(pipeline, "the log above has the cause");
                }
            }
            return Subcommand.OK;
        }

        /** Halts the process on an OutOfMemoryError: a lost thread leaves it partly working, so a restart is better. */
        private static void ended(Thread thread, Throwable failure) {
            if (failure instanceof OutOfMemoryError) {
                Runtime.getRuntime().halt(HALTED);
            }
            LOG.error("thread {} ended", thread.getName(), failure);
        }

        private void requireTopics(boolean create) {
            Connection connection = Connection.of(config);
            if (create) {
                connection.ask(admin -> admin.create(Wiring.topics(config)));
            }
            List<Finding> findings = findings(connection, LEARNING);
            refuse(findings);
            findings.forEach(finding -> terminal.message("warning: " + finding));
        }

        private List<Finding> findings(Connection connection, Duration patience) {
            TopicPlan plan = Wiring.topics(config);
            return connection.ask(admin -> admin.check(plan, config.applicationId(), patience));
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
}
