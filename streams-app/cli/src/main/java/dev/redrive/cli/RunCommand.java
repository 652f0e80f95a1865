package dev.redrive.cli;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code redrive run}: one instance of a pipeline. */
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
    private ConfigOption config = new ConfigOption();

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
        return new PipelineRun(
                        terminal(), ConfigSource.load(config.file, terminal().environment()))
                .run(createTopics, instanceId);
    }
}
