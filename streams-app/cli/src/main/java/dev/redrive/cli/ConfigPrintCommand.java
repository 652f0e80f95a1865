package dev.redrive.cli;

import dev.redrive.config.ConfigPrinter;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code redrive config print}. */
@Command(
        name = "print",
        description = {
            "Print the configuration as it takes effect: defaults, file and environment put together.",
            "",
            "Secrets are masked. What is printed can be used as a file, but for them."
        })
final class ConfigPrintCommand extends Subcommand {

    @Mixin
    private ConfigOption config = new ConfigOption();

    @Override
    public Integer call() {
        LineOutput out = new LineOutput(terminal().out());
        out.lines(ConfigPrinter.print(ConfigSource.load(config.file, terminal().environment()))
                .strip());
        out.flush();
        return OK;
    }
}
