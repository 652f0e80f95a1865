package dev.redrive.sim;

import dev.redrive.domain.event.Input.JobMoved;
import dev.redrive.domain.lifecycle.Pipeline;
import dev.redrive.sim.Scenario.Latency;

/**
 * Says when failed jobs are tried again. It is told what it may see, and answers by asking for attempts; it holds one
 * run's state and belongs to one thread.
 */
interface Policy {

    /** What it is told, and how far it is away. */
    default Reach reach() {
        return Reach.IN_PROCESS;
    }

    /** An attempt failed; sooner or later the policy should ask for the job's next. */
    void failed(FailedAttempt failure, PolicyContext context);

    /** A job moved on; told only to a policy whose reach says so. */
    default void moved(MovedJob moved, PolicyContext context) {}

    /** A user's allowance was filled again; told only to a policy whose reach says so. */
    default void allowanceReset(int user, long atMs, PolicyContext context) {}

    /** A timer that the policy has set is due. */
    default void timer(long token, PolicyContext context) {}

    /**
     * What a policy is told, and how far it is from the batch system.
     *
     * @param lifecycle whether it is told of submitted, accepted and succeeded attempts, the first of each job too
     * @param report how long what it is told takes to it
     * @param release how long what it asks for takes to a worker
     */
    record Reach(boolean lifecycle, boolean accounts, Latency report, Latency release) {

        /** In the batch system's own process, as a retry library is. */
        static final Reach IN_PROCESS = new Reach(false, false, Latency.NONE, Latency.NONE);
    }

    /**
     * An attempt that failed.
     *
     * @param attempt number of the attempt, from 1
     * @param atMs when the answer came, in ms since the epoch
     */
    record FailedAttempt(int job, int attempt, Reply reply, long atMs) {}

    /**
     * A job that moved on.
     *
     * @param attempt number of the attempt, from 1
     * @param atMs when, in ms since the epoch
     */
    record MovedJob(int job, int attempt, JobMoved.Stage stage, long atMs) {}

    /** The world as a policy may touch it. */
    interface PolicyContext {

        long nowMs();

        /**
         * Asks for a job's next attempt. Between two answers there can be one.
         *
         * @param atMs when it is released, in ms since the epoch; what is past is now
         * @throws IllegalStateException if no attempt of the job has failed since the last was asked for
         */
        void attempt(int job, long atMs);

        /**
         * Sets a timer; it can't be taken back.
         *
         * @param token comes back when it is due; 0 to 2^56 - 1
         * @param atMs when, in ms since the epoch; what is past is now
         */
        void timer(long token, long atMs);
    }

    /**
     * What a policy is made for.
     *
     * @param world the run; only the oracle may look into it
     */
    record Setting(Scenario scenario, Jobs jobs, Dice dice, World world, Pipeline pipeline) {}
}
