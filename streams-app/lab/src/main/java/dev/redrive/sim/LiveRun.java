package dev.redrive.sim;

import dev.redrive.domain.event.Input.AccountChanged;
import dev.redrive.domain.event.Input.JobMoved.Stage;
import dev.redrive.domain.lifecycle.Pipeline;
import dev.redrive.sim.ApiAnswer.Response;
import dev.redrive.sim.ApiUser.DueChange;
import dev.redrive.sim.Scenario.Latency;
import dev.redrive.sim.Simulation.Figures;
import dev.redrive.sim.Simulation.PolicyReport;
import java.time.Instant;
import java.util.List;
import java.util.Set;

/**
 * A run of a scenario in real time. It is the same world as in a simulation: the same jobs, API, strangers, changes and
 * clocks under the same seed, with a pipeline in place of a policy. Reports and releases take the time that they take.
 *
 * <p>The caller passes the time in, which must not decrease. Used by one thread.
 */
public final class LiveRun {

    private final Scenario scenario;
    private final Jobs jobs;
    private final long seed;
    private final boolean lifecycle;
    private final Pipeline pipeline;
    private final World world;
    private long ignored;

    /**
     * Creates a run.
     *
     * @param startMs its start, in ms since the epoch
     * @param lifecycle whether lifecycle and account events are reported; otherwise failures only
     * @param pipeline the pipeline's rules, for the simulation of the same scenario
     */
    public LiveRun(Scenario scenario, long seed, long startMs, boolean lifecycle, Pipeline pipeline, Reports reports) {
        this.scenario = scenario;
        this.jobs = Jobs.of(scenario, seed, startMs);
        this.seed = seed;
        this.lifecycle = lifecycle;
        this.pipeline = pipeline;
        this.world = new World(scenario, jobs, seed, setting -> new Reporter(jobs, lifecycle, reports), pipeline);
    }

    /** The batch system's channel to the pipeline. Times are by the batch system's clock, which may be wrong. */
    public interface Reports {

        /** Reports a failed attempt; attempts are numbered from 1. */
        void failed(int job, int attempt, Response response, Instant at);

        /** Reports a submitted, accepted or succeeded attempt. */
        void moved(int job, int attempt, Stage stage, Instant at);

        /** Reports a change of a user's account. */
        void accountChanged(AccountChanged change);
    }

    public Jobs jobs() {
        return jobs;
    }

    /** Handles what is due by a time, in ms since the epoch. */
    public void advance(long nowMs) {
        world.advance(nowMs);
    }

    /** Returns when something is due next, in ms since the epoch; {@link Long#MAX_VALUE} if nothing is. */
    public long nextMs() {
        return world.nextMs();
    }

    /**
     * Makes the next attempt of a failed job now, as a released retry demands. Any other attempt is ignored: a release
     * that is read twice.
     *
     * @param job its number
     * @param attempt the number of the attempt
     */
    public void release(int job, int attempt, long nowMs) {
        world.advance(nowMs);
        if (!world.finished() && !world.release(job, attempt)) {
            ignored++;
        }
    }

    /** Returns the number of releases that were ignored. */
    public long ignored() {
        return ignored;
    }

    /** Returns the number of jobs that are done. */
    public int completed() {
        return world.completed();
    }

    /** Whether all jobs are done, or the scenario's bound is reached. */
    public boolean finished() {
        return world.finished();
    }

    /** Returns the figures of a finished run, relative to the oracle's on the same jobs. */
    public PolicyReport report() {
        World oracle = new World(scenario, jobs, seed, PolicyKind.ORACLE.maker(), pipeline);
        return new PolicyReport(scenario.name(), policy(), List.of(Figures.of(seed, world.result(), oracle.run())));
    }

    /** Returns the figures of the same scenario and seed in virtual time: Redrive's, then the oracle's. */
    public List<PolicyReport> simulated() throws InterruptedException {
        return new Simulation(List.of(scenario), Set.of(policy(), PolicyKind.ORACLE), List.of(seed), pipeline)
                .run(1, done -> {});
    }

    private PolicyKind policy() {
        return lifecycle ? PolicyKind.REDRIVE : PolicyKind.REDRIVE_FAILURES;
    }

    /** Stands in for the policy: reports to a pipeline, whose releases come from outside. */
    private record Reporter(Jobs jobs, boolean lifecycle, Reports reports) implements Policy {

        @Override
        public Reach reach() {
            return new Reach(lifecycle, lifecycle, Latency.NONE, Latency.NONE);
        }

        @Override
        public void failed(FailedAttempt failure, PolicyContext context) {
            Response response =
                    ApiAnswer.of(failure.reply(), jobs.service(failure.job()).category());
            reports.failed(failure.job(), failure.attempt(), response, Instant.ofEpochMilli(failure.atMs()));
        }

        @Override
        public void moved(MovedJob moved, PolicyContext context) {
            reports.moved(moved.job(), moved.attempt(), moved.stage(), Instant.ofEpochMilli(moved.atMs()));
        }

        @Override
        public void allowanceReset(int user, long atMs, PolicyContext context) {
            reports.accountChanged(RedrivePolicy.reset(user, atMs));
        }

        @Override
        public void planChanged(int user, DueChange due, PolicyContext context) {
            reports.accountChanged(RedrivePolicy.change(user, due));
        }
    }
}
