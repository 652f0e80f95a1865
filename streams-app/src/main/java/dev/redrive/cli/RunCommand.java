package dev.redrive.cli;

import picocli.CommandLine.Command;

@Command(name = "run", description = "x.")
final class RunCommand extends Subcommand {

    @Override
    public Integer call() {
        throw new CommandFailure(Reason.INTERNAL, "not yet");
    }
}
