package dev.redrive.dev;

import dev.redrive.runtime.TopicSettings;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a development instance is made of.
 *
 * @param portBase the broker's port; its controller has the next, the schema registry the one after,
 *     health and metrics the one after that; 1024 to 65532
 * @param dataDirectory where everything is kept
 * @param topics the pipeline's topics; one replica each
 * @param workload what the simulated batch system does; {@code null} for none
 * @param summary whether a summary is shown
 */
public record DevSettings(
        int portBase,
        Path dataDirectory,
        TopicSettings topics,
        @Nullable WorkloadSettings workload,
        boolean summary) {

    /** The port base where nothing is asked. */
    public static final int DEFAULT_PORT_BASE = 19092;

    /** @throws IllegalArgumentException if the port base is out of range */
    public DevSettings {
        if (portBase < 1_024 || portBase > 65_532) {
            throw new IllegalArgumentException("--port-base takes 1024 to 65532, not " + portBase);
        }
    }

    /** Where the command line lets the log go, so that it does not break the screen. */
    public Path logFile() {
        return logFile(dataDirectory);
    }

    /** The same of an instance with this data directory. */
    public static Path logFile(Path dataDirectory) {
        return dataDirectory.toAbsolutePath().normalize().resolve("redrive.log");
    }

    /**
     * The data directory where nothing is asked: {@code redrive/dev-<portBase>} under {@code XDG_STATE_HOME}, which is
     * {@code ~/.local/state} when unset, empty or relative (XDG Base Directory Specification 0.8).
     *
     * @param environment the process's environment
     * @param home the user's home directory
     */
    public static Path defaultDataDirectory(Map<String, String> environment, Path home, int portBase) {
        Path given = Path.of(environment.getOrDefault("XDG_STATE_HOME", ""));
        Path state = given.isAbsolute() ? given : home.resolve(".local").resolve("state");
        return state.resolve("redrive").resolve("dev-" + portBase);
    }
}
