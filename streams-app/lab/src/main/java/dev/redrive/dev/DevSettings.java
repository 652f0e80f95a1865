package dev.redrive.dev;

import dev.redrive.domain.lifecycle.Pipeline;
import dev.redrive.runtime.TopicPlan.TopicSettings;
import dev.redrive.sim.Scenario;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The settings of a development instance.
 *
 * @param portBase the broker's port; + 1 is the controller's, + 2 the schema registry's, + 3 that of health and
 *     metrics, + 4 that of the HTTP API; 1024 to 65532
 * @param dataDirectory where the broker's data, the state and the log are kept
 * @param topics the pipeline's topics; one replica each
 * @param workload the simulated workload; {@code null} for none
 * @param summary whether the screen with rates and pending retries is shown
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

    /** Returns the log file; the command line logs to it to keep the screen intact. */
    public Path logFile() {
        return logFile(dataDirectory);
    }

    /** Returns the log file of an instance with this data directory. */
    public static Path logFile(Path dataDirectory) {
        return dataDirectory.toAbsolutePath().normalize().resolve("redrive.log");
    }

    /**
     * Returns the default data directory: {@code redrive/dev-<portBase>} under {@code XDG_STATE_HOME}, which is
     * {@code ~/.local/state} when unset, empty or relative (XDG Base Directory Specification 0.8).
     */
    public static Path defaultDataDirectory(Map<String, String> environment, Path home, int portBase) {
        Path given = Path.of(environment.getOrDefault("XDG_STATE_HOME", ""));
        Path state = given.isAbsolute() ? given : home.resolve(".local").resolve("state");
        return state.resolve("redrive").resolve("dev-" + portBase);
    }

    public sealed interface WorkloadSettings {

        /** Seed of all random choices. */
        long seed();

        /**
         * Endless jobs, on an API that produces every class of failure.
         *
         * @param users number of virtual users; the n-th user's share is proportional to 1/n^0.6; 1 to 100 000
         * @param jobsPerSecond new jobs; 0 to 1000; without retries
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

        /**
         * A scenario of {@code redrive simulate} in real time, on its API; ends when all of its jobs are done, or at its
         * bound.
         *
         * @param lifecycle whether lifecycle and account events are published; otherwise failures only
         * @param pipeline the pipeline's rules, for the simulation of the same scenario
         */
        record Scripted(Scenario scenario, long seed, boolean lifecycle, Pipeline pipeline)
                implements WorkloadSettings {}
    }
}
