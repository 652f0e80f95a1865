package dev.redrive.sim;

import dev.redrive.domain.backlog.Backlog;
import dev.redrive.domain.backlog.Backlog.Candidate;
import dev.redrive.domain.decide.RetryDelay;
import dev.redrive.domain.engine.Engine;
import dev.redrive.domain.engine.MemoryPorts;
import dev.redrive.domain.engine.Ports;
import dev.redrive.domain.engine.Ports.CommandProgress;
import dev.redrive.domain.engine.Ports.Source;
import dev.redrive.domain.event.Input;
import dev.redrive.domain.event.Input.AccountChanged;
import dev.redrive.domain.event.Input.JobFailed;
import dev.redrive.domain.event.Input.JobMoved;
import dev.redrive.domain.event.Input.RetryArrived;
import dev.redrive.domain.event.Input.RetryDue;
import dev.redrive.domain.event.JobRef;
import dev.redrive.domain.gate.GateName;
import dev.redrive.domain.lifecycle.Effect;
import dev.redrive.domain.lifecycle.JobState;
import dev.redrive.domain.lifecycle.Pipeline;
import dev.redrive.sim.ApiBehaviour.PlanChange;
import dev.redrive.sim.ApiUser.DueChange;
import dev.redrive.sim.Policy.PolicyContext;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Redrive itself: the pipeline's engine, with state in memory and virtual time. It models the pipeline's latencies:
 * reports, the path through the delay topic, the release every 20 ms.
 */
final class RedrivePolicy implements Policy, Ports.Outputs<PolicyContext> {

    /** The default of {@code release.interval}. */
    private static final long RELEASE_INTERVAL_MS = 20;

    /** Modelled time of a retry from its failure through the delay topic into the due queue. */
    private static final long DELAY_TOPIC_MS = 60;

    /** Token of the release timer; those of arriving retries are the numbers of their jobs, which are below it. */
    private static final long RELEASE_TIMER = 1L << 40;

    /** Max releases per timer, the default of {@code release.sliceMaxRecords}. */
    private static final int MAX_RELEASES = 2_000;

    /** The default of {@code clock.maxPublishDelay}. */
    private static final Duration MAX_PUBLISH_DELAY = Duration.ZERO;

    private final Reach reach;
    private final boolean appendTime;
    private final Jobs jobs;
    private final MemoryPorts<PolicyContext> state = new MemoryPorts<>();
    private final Engine<PolicyContext> engine;

    /** When the release timer fires, epoch milliseconds; {@code Long.MAX_VALUE} while it is not set. */
    private long releasesAtMs = Long.MAX_VALUE;

    /** The number of the current step's job; -1 for none. */
    private int job;

    RedrivePolicy(Reach reach, boolean appendTime, Jobs jobs, Pipeline pipeline) {
        this.reach = reach;
        this.appendTime = appendTime;
        this.jobs = jobs;
        this.engine = new Engine<>(pipeline, false, state.with(this, (input, before, step, now) -> {}));
    }

    /**
     * Returns the events that Redrive receives and their latencies: failures only, or lifecycle events and account
     * changes too.
     */
    static Reach reach(boolean lifecycle, Scenario.Workers workers) {
        return new Reach(lifecycle, lifecycle, Scenario.REPORT, workers.release());
    }

    @Override
    public Reach reach() {
        return reach;
    }

    @Override
    public void failed(FailedAttempt failure, PolicyContext context) {
        Instant recordAt = Instant.ofEpochMilli(failure.recordAtMs());
        Instant latest = latest(failure.recordAtMs(), context);
        JobFailed input = Failures.of(jobs, failure, latest);
        apply(input.waitingFrom(RetryDelay.start(input, recordAt, latest, MAX_PUBLISH_DELAY)), context);
    }

    /** Returns the latest time of what a record reports, as the pipeline's reader does. */
    private Instant latest(long recordAtMs, PolicyContext context) {
        return Instant.ofEpochMilli(appendTime ? recordAtMs : context.nowMs());
    }

    @Override
    public void moved(MovedJob moved, PolicyContext context) {
        Service service = jobs.service(moved.job());
        Instant latest = latest(moved.recordAtMs(), context);
        Instant at = Instant.ofEpochMilli(moved.atMs());
        apply(
                new JobMoved(
                                ref(moved.job()),
                                moved.attempt(),
                                moved.stage(),
                                service.category(),
                                service.operation(),
                                at.isAfter(latest) ? latest : at)
                        .notBefore(latest),
                context);
    }

    @Override
    public void allowanceReset(int user, long atMs, PolicyContext context) {
        apply(reset(user, atMs), context);
    }

    /** Returns the account event of a reset allowance. */
    static AccountChanged reset(int user, long atMs) {
        return new AccountChanged(
                Jobs.userId(user),
                AccountChanged.Kind.ALLOWANCE_RESET,
                null,
                null,
                null,
                null,
                Instant.ofEpochMilli(atMs));
    }

    @Override
    public void planChanged(int user, DueChange due, PolicyContext context) {
        apply(change(user, due), context);
    }

    /** Returns the account event of a change of a user's plan. */
    static AccountChanged change(int user, DueChange due) {
        PlanChange change = due.change();
        AccountChanged.Kind kind = change.allowanceAdded() > 0
                ? AccountChanged.Kind.ALLOWANCE_RESET
                : change.callsPerMinute() != null
                        ? AccountChanged.Kind.PLAN_CHANGED
                        : AccountChanged.Kind.LIMITS_CHANGED;
        Instant at = Instant.ofEpochMilli(due.atMs());
        String plan = kind == AccountChanged.Kind.PLAN_CHANGED ? "changed" : null;
        return new AccountChanged(Jobs.userId(user), kind, plan, change.concurrencyLimit(), null, null, at);
    }

    @Override
    public void timer(long token, PolicyContext context) {
        if (token != RELEASE_TIMER) {
            JobRef arrived = ref((int) token);
            if (state.job(arrived) instanceof JobState.Scheduled pending) {
                String key = String.valueOf(pending.memo().idempotencyKey());
                apply(new RetryArrived(arrived, pending.attempt(), key, pending.digest()), context);
            }
        } else if (releasesAtMs <= context.nowMs()) {
            releasesAtMs = Long.MAX_VALUE;
            release(context);
        }
    }

    private void apply(Input input, PolicyContext context) {
        engine.apply(input, context, Instant.ofEpochMilli(context.nowMs()));
        planRelease(context);
    }

    private void release(PolicyContext context) {
        Instant now = Instant.ofEpochMilli(context.nowMs());
        engine.endLeases(context, now, Integer.MAX_VALUE);
        for (int released = 0; released < MAX_RELEASES; released++) {
            Candidate next = engine.next(now);
            if (next == null) {
                break;
            }
            engine.release(next, due(next), context, now);
        }
        planRelease(context);
    }

    private RetryDue due(Candidate next) {
        int attempt = state.job(next.job()) instanceof JobState.Scheduled pending ? pending.attempt() : 0;
        Service service = jobs.service(Jobs.number(next.job().jobId()));
        return new RetryDue(
                next.job(),
                attempt,
                Instant.ofEpochMilli(next.slot().dueAtMs()),
                service.category(),
                service.operation(),
                null,
                Instant.ofEpochMilli(next.readyAtMs()));
    }

    /** Sets the release timer to the next multiple of the interval at which a retry can be released. */
    private void planRelease(PolicyContext context) {
        Backlog backlog = engine.backlog();
        long nextMs = backlog.blocked(GateName.SERVICE_HEALTH) > 0 ? context.nowMs() + 1 : backlog.nextMs();
        nextMs = Math.min(nextMs, state.nextLeaseEndMs());
        if (nextMs == Long.MAX_VALUE) {
            return;
        }
        long atMs = Math.floorDiv(Math.max(nextMs, context.nowMs() + 1) + RELEASE_INTERVAL_MS - 1, RELEASE_INTERVAL_MS)
                * RELEASE_INTERVAL_MS;
        if (atMs < releasesAtMs) {
            releasesAtMs = atMs;
            context.timer(RELEASE_TIMER, atMs);
        }
    }

    private JobRef ref(int number) {
        return new JobRef(Jobs.userId(jobs.user(number)), Jobs.jobId(number));
    }

    @Override
    public Source source(PolicyContext context) {
        return Source.TIMER;
    }

    @Override
    public PolicyContext context(CommandProgress open) {
        throw new UnsupportedOperationException("nobody gives commands in a simulation");
    }

    @Override
    public String refused(RuntimeException cause) {
        throw cause;
    }

    @Override
    public void begin(String userId, @Nullable JobRef ref) {
        job = ref == null ? -1 : Jobs.number(ref.jobId());
    }

    @Override
    public long schedule(Effect.Schedule schedule, PolicyContext context, Instant now) {
        context.timer(job, context.nowMs() + DELAY_TOPIC_MS);
        return JobState.Scheduled.NO_DIGEST;
    }

    @Override
    public void release(Effect.Release release, PolicyContext context, Instant now) {
        context.attempt(job, context.nowMs());
    }

    @Override
    public void bury(Effect.Bury bury, PolicyContext context, Instant now) {}

    @Override
    public void note(Effect.Note note, PolicyContext context, Instant now) {}

    @Override
    public void send() {}
}
