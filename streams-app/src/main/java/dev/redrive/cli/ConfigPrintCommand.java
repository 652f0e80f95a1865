package dev.redrive.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code redrive config print}. */
@Command(
        name = "print",
        description = {
            "Print the configuration as it takes effect: defaults, file and environment put together.",
            "",
            "Secrets are masked. What is printed can be used as a file, but for them."
        })
final class ConfigPrintCommand extends Subcommand {

    /** How to print. */
    enum Format {
        yaml,
        json
    }

    @Mixin
    private ConfigOption config = new ConfigOption();

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FORMAT",
            defaultValue = "yaml",
            description = "${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}.")
    private Format format = Format.yaml;

    @Override
    public Integer call() {
        LineOutput out = new LineOutput(terminal().out());
        out.line(ConfigText.of(ConfigSource.load(config.file, terminal().environment()), format == Format.json));
        out.flush();
        return OK;
    }
}
