package dev.redrive.cli;

import dev.redrive.config.ConfigException;
import dev.redrive.config.ConfigLoader;
import dev.redrive.config.ConfigPrinter;
import dev.redrive.domain.classify.Profile.Profiles;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** {@code redrive config}: checks and prints the configuration. */
@Command(
        name = "config",
        synopsisSubcommandLabel = "COMMAND",
        description = "Check or print the configuration.",
        subcommands = {ConfigCommand.CheckCommand.class, ConfigCommand.PrintCommand.class})
final class ConfigCommand extends Subcommand {

    @Override
    public Integer call() {
        throw new ParameterException(spec().commandLine(), "a command is missing: check or print");
    }

    /** {@code redrive config check}. */
    @Command(
            name = "check",
            description = {
                "Check the configuration and its rules; needs no broker.",
                "",
                "Every mistake is shown with file, line and path. Exit code 1 if there is one."
            })
    static final class CheckCommand extends Subcommand {

        @Mixin
        private ConfigSource.FileOption config = new ConfigSource.FileOption();

        @Option(names = "--rules", paramLabel = "FILE", description = "Check this rules file alone.")
        private @Nullable Path rules;

        @Override
        public Integer call() {
            LineOutput out = new LineOutput(terminal().out());
            profiles()
                    .all()
                    .forEach(profile -> out.line("profile " + profile.name() + ": "
                            + profile.rules().rules().size() + " rules, version "
                            + profile.rules().version()));
            out.line("no mistakes");
            out.flush();
            return OK;
        }

        /** Returns the profiles of a rules file, or of the whole configuration. */
        private Profiles profiles() {
            if (rules == null) {
                return ConfigSource.load(config.file, terminal().environment()).profiles();
            }
            try {
                return ConfigLoader.loadRules(rules);
            } catch (ConfigException e) {
                throw ConfigSource.invalid(e);
            }
        }
    }

    /** {@code redrive config print}. */
    @Command(
            name = "print",
            description = {
                "Print the configuration as it takes effect: defaults, file and environment put together.",
                "",
                "Secrets are masked. What is printed can be used as a file, but for them."
            })
    static final class PrintCommand extends Subcommand {

        @Mixin
        private ConfigSource.FileOption config = new ConfigSource.FileOption();

        @Override
        public Integer call() {
            LineOutput out = new LineOutput(terminal().out());
            out.lines(ConfigPrinter.print(
                            ConfigSource.load(config.file, terminal().environment()))
                    .strip());
            out.flush();
            return OK;
        }
    }
}
