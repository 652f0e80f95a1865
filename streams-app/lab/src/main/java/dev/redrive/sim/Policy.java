package dev.redrive.sim;

import dev.redrive.domain.event.Input.JobMoved;
import dev.redrive.domain.lifecycle.Pipeline;
import dev.redrive.sim.ApiUser.DueChange;
import dev.redrive.sim.Scenario.Latency;

/**
 * Decides when failed jobs are retried. It receives events and requests attempts; it has the state of one run and is
 * used by one thread.
 */
interface Policy {

    /** Returns the events that it receives, and their latency. */
    default Reach reach() {
        return Reach.IN_PROCESS;
    }

    /** Handles a failed attempt; the policy must eventually request the job's next one. */
    void failed(FailedAttempt failure, PolicyContext context);

    /** Handles a job's lifecycle event; called only if the reach includes these events. */
    default void moved(MovedJob moved, PolicyContext context) {}

    /** Handles the reset of a user's allowance; called only if the reach includes it. */
    default void allowanceReset(int user, long atMs, PolicyContext context) {}

    /** Handles an announced change of a user's plan; called only if the reach includes it. */
    default void planChanged(int user, DueChange due, PolicyContext context) {}

    /** Handles a due timer that the policy has set. */
    default void timer(long token, PolicyContext context) {}

    /**
     * The events that a policy receives, and its distance from the batch system.
     *
     * @param lifecycle whether it receives submitted, accepted and succeeded attempts, including the first of each job
     * @param accounts whether it receives resets of allowances and announced changes of plans
     * @param report latency of events on the way to the policy
     * @param release latency of a requested attempt on the way to a worker
     */
    record Reach(boolean lifecycle, boolean accounts, Latency report, Latency release) {

        /** In the batch system's own process, like a retry library. */
        static final Reach IN_PROCESS = new Reach(false, false, Latency.NONE, Latency.NONE);
    }

    /**
     * A failed attempt.
     *
     * @param attempt number of the attempt, from 1
     * @param atMs time of the answer by the batch system's clock, in ms since the epoch
     * @param recordAtMs time of the record that reports it
     */
    record FailedAttempt(int job, int attempt, Reply reply, long atMs, long recordAtMs) {}

    /**
     * A lifecycle event of a job.
     *
     * @param attempt number of the attempt, from 1
     * @param atMs when, by the batch system's clock, in ms since the epoch
     * @param recordAtMs time of the record that reports it
     */
    record MovedJob(int job, int attempt, JobMoved.Stage stage, long atMs, long recordAtMs) {}

    /** The interface of the world for policies. */
    interface PolicyContext {

        long nowMs();

        /**
         * Requests a job's next attempt; max. one between two answers.
         *
         * @param atMs release time, in ms since the epoch; a past time counts as now
         * @throws IllegalStateException if no attempt of the job has failed since the last request
         */
        void attempt(int job, long atMs);

        /**
         * Sets a timer; it cannot be cancelled.
         *
         * @param token passed to the policy when it is due; 0 to 2^56 - 1
         * @param atMs due time, in ms since the epoch; a past time counts as now
         */
        void timer(long token, long atMs);
    }

    /**
     * The context in which a policy is created.
     *
     * @param world the run; only the oracle may read its state
     */
    record Setting(Scenario scenario, Jobs jobs, Dice dice, World world, Pipeline pipeline) {}
}
