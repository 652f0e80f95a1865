package dev.redrive.cli;

import dev.redrive.config.ConfigException;
import dev.redrive.config.ConfigLoader;
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
        if (rules == null) {
            ConfigText.rulesVersions(ConfigSource.load(config.file, terminal().environment())
                            .profiles())
                    .forEach(out::line);
        } else {
            try {
                ConfigText.rulesVersions(ConfigLoader.loadRules(rules)).forEach(out::line);
            } catch (ConfigException e) {
                throw ConfigSource.invalid(e);
            }
        }
        out.line("no mistakes");
        out.flush();
        return OK;
    }
}
