package dev.redrive.sim;

/**
 * What one policy came to in one scenario under one seed.
 *
 * @param seed the seed
 * @param makespanMs from the first arrival to the last job's end; to the scenario's bound when a job is unfinished
 * @param ratio makespan in times of the oracle's
 * @param meanJobMs from a job's arrival to its end, the mean over all jobs
 * @param calls calls to the API
 * @param wasted calls that were answered 429, 402 or 503
 * @param retries calls that the policy has asked for: all but the first of each job
 * @param wastedRetries retries that were answered 429, 402 or 503
 * @param allowanceBurnt calls that have cost one of an allowance
 * @param completed jobs that are done
 * @param unfinished jobs that are not
 * @param worstSlowdown the most that a user's time, from its first arrival to its last job's end, is in times of what it is
 *     under the oracle
 */
public record Figures(
        long seed,
        long makespanMs,
        double ratio,
        long meanJobMs,
        long calls,
        long wasted,
        long retries,
        long wastedRetries,
        long allowanceBurnt,
        int completed,
        int unfinished,
        double worstSlowdown) {

    static Figures of(long seed, RunResult run, RunResult oracle) {
        Calls calls = run.calls();
        return new Figures(
                seed,
                run.makespanMs(),
                (double) run.makespanMs() / oracle.makespanMs(),
                run.meanJobMs(),
                calls.all(),
                calls.wasted(),
                calls.retries(),
                calls.wastedRetries(),
                run.allowanceBurnt(),
                run.completed(),
                run.unfinished(),
                run.worstSlowdown(oracle));
    }

    /** Wasted calls as a share of all, from 0 to 1. */
    public double wastedShare() {
        return share(wasted, calls);
    }

    /** Wasted retries as a share of all retries, from 0 to 1. */
    public double wastedRetryShare() {
        return share(wastedRetries, retries);
    }

    /** Calls per completed job; 0 when none is. */
    public double callsPerJob() {
        return share(calls, completed);
    }

    private static double share(long part, long whole) {
        return whole == 0 ? 0 : (double) part / whole;
    }
}
