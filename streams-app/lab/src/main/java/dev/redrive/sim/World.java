package dev.redrive.sim;

import dev.redrive.domain.event.Input.JobMoved.Stage;
import dev.redrive.domain.lifecycle.Pipeline;
import dev.redrive.sim.ApiBehaviour.Outage;
import dev.redrive.sim.ApiUser.DueChange;
import dev.redrive.sim.Policy.FailedAttempt;
import dev.redrive.sim.Policy.MovedJob;
import dev.redrive.sim.Policy.PolicyContext;
import dev.redrive.sim.Policy.Reach;
import dev.redrive.sim.Reply.Calls;
import dev.redrive.sim.Scenario.Latency;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One run of a scenario under one policy. A job's first attempt is made at its arrival, under any policy; every later
 * one when the policy requests it. Its time is virtual in {@link #run}, and given by the caller in {@link #advance}.
 * Used by one thread.
 */
final class World implements PolicyContext {

    private static final int KIND_SHIFT = 56;
    private static final long ARGUMENT = (1L << KIND_SHIFT) - 1;

    private static final int SEND = 0;
    private static final int AT_API = 1;
    private static final int ANSWERED = 2;
    private static final int ENDED = 3;
    private static final int REPORTED = 4;
    private static final int TIMER = 5;
    private static final int CHANGED = 6;
    private static final int STRANGER = 7;
    private static final int STRANGER_ENDED = 8;

    private enum JobPhase {
        TO_ARRIVE,
        UNDER_WAY,
        FAILED,
        ACCEPTED,
        DONE
    }

    private final Jobs jobs;
    private final Platform platform;
    private final Policy policy;
    private final Reach reach;
    private final long boundMs;
    private final Dice answers;
    private final Dice releases;
    private final Dice strangers;
    private final int[] strangerCalls;
    private final double strangersPerMinute;
    private final long clockSkewMs;
    private final boolean appendTime;
    private final ReportRoute reports;
    private final IdleTime idle;
    private final boolean[] waits;
    private final List<Edge> edges = new ArrayList<>();
    private final EventQueue queue = new EventQueue();
    private final Calls calls = new Calls();
    private final JobPhase[] phases;
    private final int[] attempts;
    private final @Nullable Reply[] replies;
    private final long[] acceptedAtMs;
    private final long[] endedAtMs;
    private int arrived;
    private int completed;
    private long nowMs;

    World(Scenario scenario, Jobs jobs, long seed, Function<Policy.Setting, Policy> maker, Pipeline pipeline) {
        Dice dice = new Dice(seed);
        this.jobs = jobs;
        this.nowMs = jobs.startMs();
        this.platform = new Platform(scenario.api(), jobs, seed);
        this.boundMs = jobs.startMs() + scenario.bound().toMillis();
        this.answers = dice.about("answer");
        this.releases = dice.about("release");
        this.strangers = dice.about("stranger");
        this.strangerCalls = new int[jobs.users()];
        this.strangersPerMinute = scenario.load().strangersPerMinute();
        this.clockSkewMs = scenario.workers().clockSkew().toMillis();
        this.appendTime = scenario.workers().appendTime();
        this.idle = new IdleTime(platform, jobs);
        this.waits = new boolean[jobs.count()];
        this.phases = new JobPhase[jobs.count()];
        Arrays.fill(phases, JobPhase.TO_ARRIVE);
        this.attempts = new int[jobs.count()];
        this.replies = new Reply[jobs.count()];
        this.acceptedAtMs = new long[jobs.count()];
        this.endedAtMs = new long[jobs.count()];
        this.policy = maker.apply(new Policy.Setting(scenario, jobs, dice.about("policy"), this, pipeline));
        this.reach = policy.reach();
        this.reports = new ReportRoute(reach.report(), dice.about("report"), jobs.users());
        if (reach.accounts()) {
            announceResets(scenario.api());
        }
        planEdges();
        for (int user = 0; user < jobs.users() && strangersPerMinute > 0; user++) {
            nextStranger(user);
        }
    }

    /**
     * An instant at which the API's state changes although no call or job does it.
     *
     * @param due the change of one user's plan; {@code null} for the start or the end of an outage
     */
    private record Edge(int user, @Nullable DueChange due) {}

    private void planEdges() {
        for (Outage outage : platform.outages()) {
            addEdge(jobs.startMs() + outage.from().toMillis(), new Edge(-1, null));
            addEdge(jobs.startMs() + outage.endMs(), new Edge(-1, null));
        }
        for (int user = 0; user < jobs.users(); user++) {
            for (DueChange due : platform.changes(user)) {
                addEdge(due.atMs(), new Edge(user, due));
            }
        }
    }

    private void addEdge(long atMs, Edge edge) {
        edges.add(edge);
        add(atMs, CHANGED, edges.size() - 1);
    }

    /** Runs in virtual time until every job is done, or the bound is reached. */
    RunResult run() {
        while (!finished()) {
            advance(nextMs());
        }
        return result();
    }

    /** Returns when the next event is due, in ms since the epoch; {@link Long#MAX_VALUE} if there is none. */
    long nextMs() {
        return Math.min(arrivalMs(), eventMs());
    }

    private long arrivalMs() {
        return arrived < jobs.count() ? jobs.arrivalMs(arrived) : Long.MAX_VALUE;
    }

    private long eventMs() {
        return queue.isEmpty() ? Long.MAX_VALUE : jobs.startMs() + queue.firstMs();
    }

    /** Whether every job is done, or the bound is reached. */
    boolean finished() {
        return completed == jobs.count() || nowMs >= boundMs;
    }

    /** Handles all events that are due by a time, each at its own, and goes on to that time, but not beyond the bound. */
    void advance(long untilMs) {
        long toMs = Math.min(untilMs, boundMs);
        while (completed < jobs.count() && nextMs() <= toMs) {
            nowMs = nextMs();
            if (arrivalMs() <= nowMs) {
                phases[arrived] = JobPhase.UNDER_WAY;
                send(arrived++);
            } else {
                long event = queue.take();
                happen((int) (event >>> KIND_SHIFT), event & ARGUMENT);
            }
        }
        nowMs = Math.max(nowMs, toMs);
    }

    /** Returns the result of a finished run. */
    RunResult result() {
        for (int user = 0; user < jobs.users(); user++) {
            idle.before(user, completed < jobs.count() ? boundMs : nowMs);
        }
        return RunResult.of(jobs, endedAtMs, boundMs, calls, platform.accepted(), idle);
    }

    private void happen(int kind, long argument) {
        switch (kind) {
            case SEND -> send((int) argument);
            case AT_API -> atApi((int) argument);
            case ANSWERED -> answered((int) argument);
            case ENDED -> ended((int) argument);
            case REPORTED -> reported(reports.take((int) argument));
            case TIMER -> policy.timer(argument, this);
            case CHANGED -> changed(edges.get((int) argument));
            case STRANGER -> stranger((int) argument);
            case STRANGER_ENDED -> strangerEnded((int) argument);
            default -> throw new IllegalStateException("there is no event of kind " + kind);
        }
    }

    private void send(int job) {
        int attempt = ++attempts[job];
        reportMoved(job, Stage.SUBMITTED, nowMs);
        add(nowMs + requestMs(job, attempt), AT_API, job);
    }

    /** Returns the latency of an attempt's call to the API, in ms. */
    long requestMs(int job, int attempt) {
        return Scenario.ANSWER.draw(answers, job, attempt) / 2;
    }

    private long responseMs(int job, int attempt) {
        long whole = Scenario.ANSWER.draw(answers, job, attempt);
        return whole - whole / 2;
    }

    /** Makes a failed job's next attempt so that its call reaches the API now, as if sent earlier. */
    void attemptReachingNow(int job) {
        startAttempt(job);
        attempts[job]++;
        atApi(job);
    }

    private void atApi(int job) {
        int attempt = attempts[job];
        int user = jobs.user(job);
        idle.before(user, nowMs);
        Reply refusal = platform.call(job, nowMs);
        calls.count(refusal == null ? Reply.Kind.ACCEPTED : refusal.kind(), attempt > 1);
        replies[job] = refusal;
        if (refusal == null) {
            phases[job] = JobPhase.ACCEPTED;
            acceptedAtMs[job] = nowMs;
            idle.accepted(user, nowMs);
            add(nowMs + platform.lengthMs(job, nowMs), ENDED, job);
        }
        if (waits[job] != (refusal != null)) {
            waits[job] = refusal != null;
            if (refusal == null) {
                idle.stopsWaiting(user, jobs.service(job));
            } else {
                idle.startsWaiting(user, jobs.service(job));
            }
        }
        idle.after(user, nowMs);
        if (refusal != null || reach.lifecycle()) {
            add(nowMs + responseMs(job, attempt), ANSWERED, job);
        }
    }

    private void answered(int job) {
        Reply refusal = replies[job];
        if (refusal == null) {
            reportMoved(job, Stage.ACCEPTED, nowMs);
            return;
        }
        phases[job] = JobPhase.FAILED;
        FailedAttempt failure = new FailedAttempt(job, attempts[job], refusal, nowMs + clockSkewMs, recordAtMs(nowMs));
        if (reach.report().equals(Latency.NONE)) {
            policy.failed(failure, this);
        } else {
            report(job, failure, nowMs);
        }
    }

    private void ended(int job) {
        int user = jobs.user(job);
        phases[job] = JobPhase.DONE;
        endedAtMs[job] = nowMs;
        completed++;
        idle.before(user, nowMs);
        platform.ended(job);
        idle.jobDone(user);
        idle.after(user, nowMs);
        // The batch system receives this by a webhook, with the latency of an answer.
        reportMoved(job, Stage.SUCCEEDED, nowMs + responseMs(job, attempts[job]));
        opened(user);
    }

    /** Handles what may admit a call of a user: only the oracle notices. */
    private void opened(int user) {
        if (policy instanceof OraclePolicy oracle) {
            oracle.opened(user, this);
        }
    }

    private void changed(Edge edge) {
        DueChange due = edge.due();
        if (due != null) {
            changed(edge.user());
            if (due.change().announced() && reach.accounts()) {
                add(
                        reports.arrivalMs(edge.user(), nowMs),
                        REPORTED,
                        reports.keep(new ReportRoute.Changed(edge.user(), due)));
            }
            return;
        }
        for (int user = 0; user < jobs.users(); user++) {
            changed(user);
        }
    }

    private void changed(int user) {
        idle.before(user, nowMs);
        idle.changed(user, nowMs);
        opened(user);
    }

    private void nextStranger(int user) {
        double gap = -Math.log(1 - strangers.roll(user, 2L * strangerCalls[user])) / strangersPerMinute;
        add(nowMs + Math.max(1, Math.round(gap * 60_000)), STRANGER, user);
    }

    private void stranger(int user) {
        double length = strangers.roll(user, 2L * strangerCalls[user]++ + 1);
        idle.before(user, nowMs);
        if (platform.strangerStarts(user, nowMs)) {
            add(nowMs + platform.strangerMs(length, nowMs), STRANGER_ENDED, user);
        }
        idle.changed(user, nowMs);
        nextStranger(user);
    }

    private void strangerEnded(int user) {
        idle.before(user, nowMs);
        platform.strangerEnds(user);
        idle.changed(user, nowMs);
        opened(user);
    }

    /** Returns the time of a record that is published now: the broker's, or its producer's, whose clock is skewed. */
    private long recordAtMs(long publishedMs) {
        return appendTime ? publishedMs : publishedMs + clockSkewMs;
    }

    private void reportMoved(int job, Stage stage, long publishedMs) {
        if (reach.lifecycle()) {
            report(
                    job,
                    new MovedJob(job, attempts[job], stage, nowMs + clockSkewMs, recordAtMs(publishedMs)),
                    publishedMs);
        }
    }

    private void announceResets(ApiBehaviour api) {
        long resetMs = jobs.startMs() + api.allowanceEnds().toMillis();
        for (; resetMs <= boundMs; resetMs += api.allowancePeriod().toMillis()) {
            for (int user = 0; user < jobs.users(); user++) {
                add(resetMs, REPORTED, reports.keep(new ReportRoute.Reset(user, resetMs)));
            }
        }
    }

    private void report(int job, Object message, long publishedMs) {
        add(reports.arrivalMs(jobs.user(job), publishedMs), REPORTED, reports.keep(message));
    }

    private void reported(Object message) {
        if (message instanceof FailedAttempt failure) {
            policy.failed(failure, this);
        } else if (message instanceof MovedJob moved) {
            policy.moved(moved, this);
        } else if (message instanceof ReportRoute.Reset reset) {
            policy.allowanceReset(reset.user(), reset.atMs(), this);
        } else if (message instanceof ReportRoute.Changed changed) {
            policy.planChanged(changed.user(), changed.due(), this);
        }
    }

    @Override
    public long nowMs() {
        return nowMs;
    }

    @Override
    public void attempt(int job, long atMs) {
        startAttempt(job);
        long sentMs = Math.max(atMs, nowMs) + reach.release().draw(releases, job, attempts[job]);
        if (reach.lifecycle()) {
            add(sentMs, SEND, job);
        } else {
            int attempt = ++attempts[job];
            add(sentMs + requestMs(job, attempt), AT_API, job);
        }
    }

    /** Makes a failed job's next attempt now if it has this number; returns whether it did. */
    boolean release(int job, int attempt) {
        if (phases[job] != JobPhase.FAILED || attempts[job] + 1 != attempt) {
            return false;
        }
        attempt(job, nowMs);
        return true;
    }

    private void startAttempt(int job) {
        if (phases[job] != JobPhase.FAILED) {
            throw new IllegalStateException("job " + job + " is " + phases[job] + " and can't be tried again");
        }
        phases[job] = JobPhase.UNDER_WAY;
    }

    @Override
    public void timer(long token, long atMs) {
        add(Math.max(atMs, nowMs), TIMER, Objects.checkIndex(token, ARGUMENT + 1));
    }

    private void add(long atMs, int kind, long argument) {
        queue.add(atMs - jobs.startMs(), (long) kind << KIND_SHIFT | argument);
    }

    /** Returns when a job was accepted, in ms since the epoch; 0 if it was not. */
    long acceptedAtMs(int job) {
        return acceptedAtMs[job];
    }

    /** Returns when a job was done, in ms since the epoch; 0 if it is not. */
    long endedAtMs(int job) {
        return endedAtMs[job];
    }

    int completed() {
        return completed;
    }

    Platform platform() {
        return platform;
    }

    /**
     * The result of one run.
     *
     * @param makespanMs from the first arrival to the last job's end; to the bound if a job is unfinished
     * @param meanJobMs mean time from a job's arrival to its end, over all jobs; to the bound for an unfinished job
     * @param allowanceBurnt calls that used one of an allowance
     * @param idle idle slot time while work waits, as a share of all slot time
     * @param reactionMs mean time from an opening to the next accepted call of the user
     * @param userMs by user: from its first arrival to its last job's end, or to the bound; 0 for a user without jobs
     */
    record RunResult(
            long makespanMs,
            long meanJobMs,
            int completed,
            int unfinished,
            Calls calls,
            int allowanceBurnt,
            double idle,
            double reactionMs,
            long[] userMs) {

        static RunResult of(Jobs jobs, long[] endedAtMs, long boundMs, Calls calls, int allowanceBurnt, IdleTime idle) {
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
            return new RunResult(
                    makespan,
                    sum / jobs.count(),
                    completed,
                    unfinished,
                    calls,
                    allowanceBurnt,
                    idle.share(),
                    idle.meanReactionMs(),
                    lastMs);
        }

        /** Returns the slowest user's time relative to the mean over users with jobs. */
        double unfairness() {
            double mean = Arrays.stream(userMs).filter(ms -> ms > 0).average().orElse(1);
            return Arrays.stream(userMs).max().orElse(1) / mean;
        }

        /** Returns the max. ratio over users of their time to that in another run of the same jobs. */
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
}
