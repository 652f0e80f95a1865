package dev.redrive.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.ParameterException;

/** {@code redrive inputs}: the records that the pipeline reads. */
@Command(
        name = "inputs",
        synopsisSubcommandLabel = "COMMAND",
        description = "Skip an input record that the pipeline cannot get past.",
        subcommands = InputsSkipCommand.class)
final class InputsCommand extends Subcommand {

    @Override
    public Integer call() {
        throw new ParameterException(spec().commandLine(), "a command is missing: skip");
    }
}
