package dev.redrive.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.ParameterException;

/** {@code redrive config}: the configuration itself. */
@Command(
        name = "config",
        synopsisSubcommandLabel = "COMMAND",
        description = "Check or print the configuration.",
        subcommands = {ConfigCheckCommand.class, ConfigPrintCommand.class})
final class ConfigCommand extends Subcommand {

    @Override
    public Integer call() {
        throw new ParameterException(spec().commandLine(), "a command is missing: check or print");
    }
}
