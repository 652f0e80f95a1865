package dev.redrive.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code redrive topics check}. */
@Command(
        name = "check",
        description = {
            "Check the topics against the configuration, and whether this client has the pipeline's rights.",
            "",
            "Exit code 1 if a difference or a missing right keeps the pipeline from starting."
        })
final class TopicsCheckCommand extends Subcommand {

    @Mixin
    private TopicsOptions options = new TopicsOptions();

    @Override
    public Integer call() {
        return new TopicsRun(terminal(), options).check();
    }
}
