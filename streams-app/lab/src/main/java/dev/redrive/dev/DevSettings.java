package dev.redrive.dev;

import dev.redrive.runtime.TopicPlan.TopicSettings;
import dev.redrive.sim.Scenario;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a development instance is made of.
 *
 * @param portBase the broker's port; its controller has the next, the schema registry the one after,
 *     health and metrics the one after that; 1024 to 65532
 * @param topics the pipeline's topics; one replica each
 * @param workload what the simulated batch system does; {@code null} for none
 */
public record DevSettings(
        int portBase,
        Path dataDirectory,
        TopicSettings topics,
        @Nullable WorkloadSettings workload,
        boolean summary) {

    public static final int DEFAULT_PORT_BASE = 19092;

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
     */
    public static Path defaultDataDirectory(Map<String, String> environment, Path home, int portBase) {
        Path given = Path.of(environment.getOrDefault("XDG_STATE_HOME", ""));
        Path state = given.isAbsolute() ? given : home.resolve(".local").resolve("state");
        return state.resolve("redrive").resolve("dev-" + portBase);
    }

    public sealed interface WorkloadSettings {

        /** Of everything that is left to chance. */
        long seed();

        /**
         * Jobs without end, against an API that shows every class of failure.
         *
         * @param users how many virtual users; the n-th does work in proportion to 1/n^0.6; 1 to 100 000
         * @param jobsPerSecond new jobs; 0 to 1000; retries come on top
         */
        record Endless(int users, double jobsPerSecond, long seed) implements WorkloadSettings {

            public static final int DEFAULT_USERS = 300;

            public static final int DEFAULT_JOBS_PER_SECOND = 8;

            public static final Endless DEFAULT = new Endless(DEFAULT_USERS, DEFAULT_JOBS_PER_SECOND, 42);

            public Endless {
                if (users < 1 || users > 100_000) {
                    throw new IllegalArgumentException("--users takes 1 to 100000, not " + users);
                }
                if (!(jobsPerSecond >= 0 && jobsPerSecond <= 1_000)) {
                    throw new IllegalArgumentException("--rate takes 0 to 1000 jobs per second, not " + jobsPerSecond);
                }
            }
        }

        /** A scenario of {@code redrive simulate} in real time, against its API; ends when all of its jobs are done. */
        record Scripted(Scenario scenario, long seed) implements WorkloadSettings {}
    }
}
