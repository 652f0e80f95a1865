package dev.redrive.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code redrive topics list}. */
@Command(
        name = "list",
        description = {"List the topics as they are on the brokers."})
final class TopicsListCommand extends Subcommand {

    @Mixin
    private TopicsOptions options = new TopicsOptions();

    @Override
    public Integer call() {
        return new TopicsRun(terminal(), options).list();
    }
}
