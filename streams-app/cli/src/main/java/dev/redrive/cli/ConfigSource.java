package dev.redrive.cli;

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

/** Loads the configuration, and says in the command line's way what is wrong with it. */
public final class ConfigSource {

    /** Variables that the command line itself reads; to the configuration they would be unknown settings. */
    private static final Set<String> OWN =
            Set.of("REDRIVE_DEBUG", "REDRIVE_LOG_LEVEL", "REDRIVE_CLASSPATH", "REDRIVE_OPTS", "REDRIVE_CONFIG");

    private ConfigSource() {}

    /** @throws CommandFailure with every mistake */
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

    /** The configuration file of commands that are about the configuration itself. */
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
