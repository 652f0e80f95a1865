package dev.redrive.cli;

import picocli.CommandLine.Command;

@Command(name = "config", description = "x.")
final class ConfigCommand extends Subcommand {

    @Override
    public Integer call() {
        throw new CommandFailure(Reason.INTERNAL, "not yet");
    }
}
