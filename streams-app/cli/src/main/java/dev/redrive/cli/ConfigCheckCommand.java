package dev.redrive.cli;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code redrive config check}. */
@Command(
        name = "check",
        description = {
            "Check the configuration and its rules; needs no broker.",
            "",
            "Every mistake is shown with file, line and path. Exit code 1 if there is one."
        })
final class ConfigCheckCommand extends Subcommand {

    @Mixin
    private ConfigOption config = new ConfigOption();

    @Option(names = "--rules", paramLabel = "FILE", description = "Check this rules file alone.")
    private @Nullable Path rules;

    @Override
    public Integer call() {
        LineOutput out = new LineOutput(terminal().out());
        CheckedRules.of(rules, config.file, terminal().environment()).lines().forEach(out::line);
        out.line("no mistakes");
        out.flush();
        return OK;
    }
}
