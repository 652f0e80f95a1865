package dev.redrive.cli;

import dev.redrive.cli.CommandFailure.Reason;
import dev.redrive.config.ConfigException;
import dev.redrive.config.ConfigException.Problem;
import dev.redrive.config.ConfigLoader;
import dev.redrive.config.RedriveConfig;
import dev.redrive.runtime.ClientSettings;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Loads the configuration, and reports its mistakes as a {@link CommandFailure}. */
public final class ConfigSource {

    /** Variables of the command line itself; the configuration would reject them as unknown settings. */
    private static final Set<String> OWN = Set.of(
            "REDRIVE_DEBUG",
            "REDRIVE_LOG_LEVEL",
            "REDRIVE_CLASSPATH",
            "REDRIVE_OPTS",
            "REDRIVE_CONFIG",
            "REDRIVE_SERVER",
            "REDRIVE_TOKEN");

    private ConfigSource() {}

    /** @throws CommandFailure that lists every mistake */
    public static RedriveConfig load(@Nullable Path file, Map<String, String> environment) {
        Map<String, String> settings = new HashMap<>(environment);
        settings.keySet().removeAll(OWN);
        try {
            return ConfigLoader.load(file, settings, ClientSettings.CHECKS);
        } catch (ConfigException e) {
            throw invalid(e);
        }
    }

    static CommandFailure invalid(ConfigException e) {
        List<String> mistakes = e.problems().stream().map(Problem::toString).toList();
        String count = mistakes.size() == 1 ? "1 mistake" : mistakes.size() + " mistakes";
        return new CommandFailure(Reason.CONFIG_INVALID, count + " in the configuration", mistakes, e);
    }

    /** The option for the configuration file of commands that check or print the configuration. */
    static final class FileOption {

        @Option(
                names = {"-c", "--config"},
                paramLabel = "FILE",
                defaultValue = "${env:REDRIVE_CONFIG}",
                description =
                        "Configuration in YAML; over it come variables such as REDRIVE_TOPICS__PREFIX. Default: the file"
                                + " that REDRIVE_CONFIG names, else the built-in defaults.")
        @Nullable
        Path file;
    }
}
