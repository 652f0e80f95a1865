package dev.redrive.cli;

import picocli.CommandLine.Command;

@Command(name = "dev", description = "x.")
final class DevCommand extends Subcommand {

    @Override
    public Integer call() {
        throw new CommandFailure(Reason.INTERNAL, "not yet");
    }
}
