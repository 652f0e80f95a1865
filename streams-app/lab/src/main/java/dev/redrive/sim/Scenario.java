package dev.redrive.sim;

import java.time.Duration;

/**
 * A world to try retries in.
 *
 * @param name a word of the command line
 * @param summary what it is, in one line
 * @param load which jobs arrive
 * @param api how the API behaves
 * @param bound when a run ends at the latest, from the start; what is not done by then is unfinished
 */
public record Scenario(String name, String summary, Load load, ApiBehaviour api, Duration bound) {

    /** How long the API takes for an answer; half of it on the way there, half on the way back. */
    public static final Latency ANSWER = new Latency(80, 250);

    /** How long a report takes to whoever does not sit in the batch system's own process. */
    public static final Latency REPORT = new Latency(30, 120);

    /** How long a release takes to a worker: the commit and the worker's poll. */
    public static final Latency RELEASE = new Latency(30, 150);

    /** The most that a run may last: what the queue of events can hold. */
    static final Duration LONGEST_BOUND = Duration.ofDays(90);

    /** @throws IllegalArgumentException if the bound is out of range */
    public Scenario {
        if (bound.toMillis() < 1 || bound.compareTo(LONGEST_BOUND) > 0) {
            throw new IllegalArgumentException("a scenario is bound to at most 90 days: " + name);
        }
    }

    /**
     * The same with other jobs, and users in proportion.
     *
     * @throws IllegalArgumentException if there are too many or too few
     */
    public Scenario withJobs(int jobs) {
        return new Scenario(name, summary, load.withJobs(jobs), api, bound);
    }
}
