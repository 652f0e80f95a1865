package dev.redrive.cli;

import picocli.CommandLine.Command;

@Command(name = "explain", description = "x.")
final class ExplainCommand extends Subcommand {

    @Override
    public Integer call() {
        throw new CommandFailure(Reason.INTERNAL, "not yet");
    }
}
