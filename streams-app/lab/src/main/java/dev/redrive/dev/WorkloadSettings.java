package dev.redrive.dev;

import dev.redrive.sim.Scenario;

/** What the simulated batch system does. */
public sealed interface WorkloadSettings {

    /** Of everything that is left to chance. */
    long seed();

    /**
     * Jobs without end, against an API that shows every class of failure.
     *
     * @param users how many virtual users; the n-th does work in proportion to 1/n^0.6; 1 to 100 000
     * @param jobsPerSecond new jobs; 0 to 1000; retries come on top
     * @param seed of everything that is left to chance
     */
    record Endless(int users, double jobsPerSecond, long seed) implements WorkloadSettings {

        /** Users where nothing is asked. */
        public static final int DEFAULT_USERS = 300;

        /** New jobs per second where nothing is asked. */
        public static final int DEFAULT_JOBS_PER_SECOND = 8;

        /** What {@code redrive dev} does where nothing is asked. */
        public static final Endless DEFAULT = new Endless(DEFAULT_USERS, DEFAULT_JOBS_PER_SECOND, 42);

        /** @throws IllegalArgumentException if a value is out of range */
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
     * A scenario of {@code redrive simulate} in real time, against its API; ends when all of its jobs are done.
     *
     * @param scenario the scenario
     * @param seed of everything that is left to chance
     */
    record Scripted(Scenario scenario, long seed) implements WorkloadSettings {}
}
