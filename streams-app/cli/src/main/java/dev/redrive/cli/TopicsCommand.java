package dev.redrive.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.ParameterException;

/** {@code redrive topics}: the pipeline's topics. */
@Command(
        name = "topics",
        synopsisSubcommandLabel = "COMMAND",
        description = "Create, check, list or export the pipeline's topics.",
        subcommands = {
            TopicsCreateCommand.class,
            TopicsCheckCommand.class,
            TopicsListCommand.class,
            TopicsExportCommand.class
        })
final class TopicsCommand extends Subcommand {

    @Override
    public Integer call() {
        throw new ParameterException(spec().commandLine(), "a command is missing: create, check, list or export");
    }
}
