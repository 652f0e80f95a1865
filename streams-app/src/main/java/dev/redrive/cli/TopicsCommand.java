package dev.redrive.cli;

import picocli.CommandLine.Command;

@Command(name = "topics", description = "x.")
final class TopicsCommand extends Subcommand {

    @Override
    public Integer call() {
        throw new CommandFailure(Reason.INTERNAL, "not yet");
    }
}
