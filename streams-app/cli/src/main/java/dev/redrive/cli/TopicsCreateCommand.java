package dev.redrive.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code redrive topics create}. */
@Command(
        name = "create",
        description = {
            "Create the topics that are missing.",
            "",
            "What is there already is never changed; where it differs from the configuration, that is said. Exit code 1 if a"
                    + " topic could not be made, or differs so that the pipeline must not start."
        })
final class TopicsCreateCommand extends Subcommand {

    @Mixin
    private TopicsOptions options = new TopicsOptions();

    @Override
    public Integer call() {
        return new TopicsRun(terminal(), options).create();
    }
}
