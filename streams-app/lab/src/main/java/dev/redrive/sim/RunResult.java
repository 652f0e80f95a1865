package dev.redrive.sim;

/**
 * What one run came to.
 *
 * @param makespanMs from the first arrival to the last job's end; to the bound when a job is unfinished
 * @param meanJobMs from a job's arrival to its end, the mean over all; to the bound for a job that is unfinished
 * @param completed jobs that are done
 * @param unfinished jobs that are not
 * @param calls calls to the API
 * @param allowanceBurnt calls that have cost one of an allowance
 * @param userMs by user: from its first arrival to its last job's end, or to the bound; 0 for a user without jobs
 */
record RunResult(
        long makespanMs,
        long meanJobMs,
        int completed,
        int unfinished,
        Calls calls,
        int allowanceBurnt,
        long[] userMs) {

    static RunResult of(Jobs jobs, long[] endedAtMs, long boundMs, Calls calls, int allowanceBurnt) {
        long[] firstMs = new long[jobs.users()];
        long[] lastMs = new long[jobs.users()];
        long last = 0;
        long sum = 0;
        int completed = 0;
        for (int job = 0; job < jobs.count(); job++) {
            int user = jobs.user(job);
            firstMs[user] = firstMs[user] == 0 ? jobs.arrivalMs(job) : firstMs[user];
            completed += endedAtMs[job] == 0 ? 0 : 1;
            long endMs = endedAtMs[job] == 0 ? boundMs : endedAtMs[job];
            lastMs[user] = Math.max(lastMs[user], endMs);
            last = Math.max(last, endMs);
            sum += endMs - jobs.arrivalMs(job);
        }
        for (int user = 0; user < lastMs.length; user++) {
            lastMs[user] -= firstMs[user];
        }
        int unfinished = jobs.count() - completed;
        long makespan = last - jobs.arrivalMs(0);
        return new RunResult(makespan, sum / jobs.count(), completed, unfinished, calls, allowanceBurnt, lastMs);
    }

    /** The most that a user's time is, in times of what it is in another run of the same jobs. */
    double worstSlowdown(RunResult other) {
        double worst = 0;
        for (int user = 0; user < userMs.length; user++) {
            if (other.userMs[user] > 0) {
                worst = Math.max(worst, (double) userMs[user] / other.userMs[user]);
            }
        }
        return worst;
    }
}
