package dev.redrive.sim;

import java.time.Duration;

/**
 * The jobs of a scenario. Each arrives at a time of its own within the span; all times are equally likely.
 *
 * @param users how many users, 1 to 100 000
 * @param jobs how many jobs, 1 to 1 000 000
 * @param span from the first that may arrive to the last
 * @param hotShare share of the jobs that are the first user's, from 0 to 1; the others have as many each; 0 for no such
 *     user
 */
public record Load(int users, int jobs, Duration span, double hotShare) {

    static final int MOST_USERS = 100_000;
    static final int MOST_JOBS = 1_000_000;

    /** @throws IllegalArgumentException if a value is out of range */
    public Load {
        if (users < 1 || users > MOST_USERS || jobs < 1 || jobs > MOST_JOBS) {
            throw new IllegalArgumentException("a load takes 1 to 100000 users and 1 to 1000000 jobs");
        }
        if (!(hotShare >= 0 && hotShare <= 1) || span.isNegative()) {
            throw new IllegalArgumentException("a load takes a share from 0 to 1 and a span that is not negative");
        }
    }

    /** Other jobs, and users in proportion, so that each has as many as before. */
    Load withJobs(int others) {
        int scaled = (int) Math.max(hotShare > 0 ? 2 : 1, Math.round((double) users * others / jobs));
        return new Load(Math.min(scaled, MOST_USERS), others, span, hotShare);
    }
}
