package dev.redrive.dev;

/**
 * How much the simulated batch system does.
 *
 * @param users how many virtual users; the n-th does work in proportion to 1/n^0.6; 1 to 100 000
 * @param jobsPerSecond new jobs; 0 to 1000; retries come on top
 * @param seed of everything that is left to chance
 */
public record WorkloadSettings(int users, double jobsPerSecond, long seed) {

    /** Users where nothing is asked. */
    public static final int DEFAULT_USERS = 300;

    /** New jobs per second where nothing is asked. */
    public static final int DEFAULT_JOBS_PER_SECOND = 8;

    /** What {@code redrive dev} does where nothing is asked. */
    public static final WorkloadSettings DEFAULT = new WorkloadSettings(DEFAULT_USERS, DEFAULT_JOBS_PER_SECOND, 42);

    /** @throws IllegalArgumentException if a value is out of range */
    public WorkloadSettings {
        if (users < 1 || users > 100_000) {
            throw new IllegalArgumentException("--users takes 1 to 100000, not " + users);
        }
        if (!(jobsPerSecond >= 0 && jobsPerSecond <= 1_000)) {
            throw new IllegalArgumentException("--rate takes 0 to 1000 jobs per second, not " + jobsPerSecond);
        }
    }
}
