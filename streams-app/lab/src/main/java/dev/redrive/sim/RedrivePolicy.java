package dev.redrive.sim;

import dev.redrive.domain.backlog.Backlog;
import dev.redrive.domain.backlog.Candidate;
import dev.redrive.domain.backlog.Lane;
import dev.redrive.domain.backlog.Shelf;
import dev.redrive.domain.backlog.Slot;
import dev.redrive.domain.event.Input;
import dev.redrive.domain.event.Input.AccountChanged;
import dev.redrive.domain.event.Input.JobInput;
import dev.redrive.domain.event.Input.JobMoved;
import dev.redrive.domain.event.Input.LeaseEnded;
import dev.redrive.domain.event.Input.RetryArrived;
import dev.redrive.domain.event.Input.RetryDue;
import dev.redrive.domain.event.JobRef;
import dev.redrive.domain.gate.GateName;
import dev.redrive.domain.lifecycle.Effect;
import dev.redrive.domain.lifecycle.JobState;
import dev.redrive.domain.lifecycle.Pipeline;
import dev.redrive.domain.lifecycle.State;
import dev.redrive.domain.lifecycle.Step;
import dev.redrive.domain.service.ServiceState;
import dev.redrive.domain.user.UserState;
import dev.redrive.sim.Policy.PolicyContext;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Redrive itself: the same decisions, gates and turns as in the pipeline, with maps for stores and virtual time for the
 * clock. What takes time in the pipeline takes it here: reports, the way through the delay topic, the look every 20 ms,
 * the release.
 */
final class RedrivePolicy implements Policy, Shelf {

    private static final long LOOK_MS = 20;
    private static final long DELAY_TOPIC_MS = 60;
    private static final long LOOK = 1L << 40;
    private static final int SLICE = 2_000;

    private final Reach reach;
    private final Jobs jobs;
    private final Pipeline pipeline;
    private final Backlog backlog;
    private final JobState[] states;
    private final Map<String, UserState> users = new HashMap<>();
    private final Map<String, ServiceState> services = new HashMap<>();
    private final Map<Lane, TreeSet<Slot>> shelf = new HashMap<>();
    private final PriorityQueue<Lease> leases = new PriorityQueue<>();
    private long looksAtMs = Long.MAX_VALUE;

    RedrivePolicy(Reach reach, Jobs jobs, Pipeline pipeline) {
        this.reach = reach;
        this.jobs = jobs;
        this.pipeline = pipeline;
        this.states = new JobState[jobs.count()];
        this.backlog = new Backlog(
                this,
                (lane, now) -> pipeline.mayGo(lane.service(), user(lane.userId()), service(lane.service()), now),
                userId -> {},
                pipeline.maxHold());
    }

    private record Lease(long endsAtMs, JobRef job) implements Comparable<Lease> {
        @Override
        public int compareTo(Lease other) {
            return Long.compare(endsAtMs, other.endsAtMs);
        }
    }

    /** With failures only, or with lifecycle events and account changes too. */
    static Reach reach(boolean lifecycle) {
        return new Reach(lifecycle, lifecycle, Scenario.REPORT, Scenario.RELEASE);
    }

    @Override
    public Reach reach() {
        return reach;
    }

    @Override
    public void failed(FailedAttempt failure, PolicyContext context) {
        take(Failures.of(jobs, failure), context);
    }

    @Override
    public void moved(MovedJob moved, PolicyContext context) {
        Service service = jobs.service(moved.job());
        take(
                new JobMoved(
                        ref(moved.job()),
                        moved.attempt(),
                        moved.stage(),
                        service.category(),
                        service.operation(),
                        Instant.ofEpochMilli(moved.atMs())),
                context);
    }

    @Override
    public void allowanceReset(int user, long atMs, PolicyContext context) {
        take(
                new AccountChanged(
                        Jobs.userId(user),
                        AccountChanged.Kind.ALLOWANCE_RESET,
                        null,
                        null,
                        null,
                        null,
                        Instant.ofEpochMilli(atMs)),
                context);
    }

    @Override
    public void timer(long token, PolicyContext context) {
        if (token != LOOK) {
            int job = (int) token;
            if (state(job) instanceof JobState.Scheduled pending) {
                take(
                        new RetryArrived(
                                ref(job),
                                pending.attempt(),
                                String.valueOf(pending.memo().idempotencyKey()),
                                pending.digest()),
                        context);
            }
        } else if (looksAtMs <= context.nowMs()) {
            looksAtMs = Long.MAX_VALUE;
            look(context);
        }
    }

    private void look(PolicyContext context) {
        Instant now = Instant.ofEpochMilli(context.nowMs());
        while (!leases.isEmpty() && leases.peek().endsAtMs() <= context.nowMs()) {
            take(new LeaseEnded(leases.remove().job()), context);
        }
        for (int released = 0; released < SLICE; released++) {
            Candidate next = backlog.next(now);
            if (next == null) {
                break;
            }
            release(next, context);
        }
        lookAgain(context);
    }

    private void release(Candidate next, PolicyContext context) {
        int job = Failures.number(next.job());
        Instant dueAt = Instant.ofEpochMilli(next.slot().dueAtMs());
        int attempt = state(job) instanceof JobState.Scheduled pending ? pending.attempt() : 0;
        Service service = jobs.service(job);
        Step step = take(
                new RetryDue(
                        next.job(),
                        attempt,
                        dueAt,
                        service.category(),
                        service.operation(),
                        null,
                        Instant.ofEpochMilli(next.readyAtMs())),
                context);
        boolean settled = false;
        for (Effect effect : step.effects()) {
            if (effect instanceof Effect.Hold hold) {
                backlog.hold(next, hold.closed(), Instant.ofEpochMilli(context.nowMs()));
                return;
            }
            settled |= effect instanceof Effect.Dequeue;
        }
        if (!settled) {
            remove(next.lane(), next.slot());
        }
    }

    private Step take(Input input, PolicyContext context) {
        Instant now = Instant.ofEpochMilli(context.nowMs());
        JobRef ref = input instanceof JobInput about ? about.job() : null;
        int job = ref == null ? -1 : Failures.number(ref);
        JobState before = ref == null ? JobState.Unseen.INSTANCE : state(job);
        String service =
                input instanceof JobInput about ? about.serviceOr(before.memo().service()) : "";
        UserState user = user(input.userId());
        Step step = pipeline.apply(new State(before, user, service(service)), input, now);
        if (ref != null) {
            states[job] = step.next().job();
        }
        users.put(input.userId(), step.next().user());
        services.put(service, step.next().service());
        for (Effect effect : step.effects()) {
            carryOut(effect, job, context);
        }
        if (step.next().user() != user) {
            backlog.wake(input.userId(), now);
        }
        lookAgain(context);
        return step;
    }

    private void carryOut(Effect effect, int job, PolicyContext context) {
        if (effect instanceof Effect.Schedule) {
            context.timer(job, context.nowMs() + DELAY_TOPIC_MS);
        } else if (effect instanceof Effect.Release) {
            context.attempt(job, context.nowMs());
        } else if (effect instanceof Effect.Lease lease) {
            leases.add(new Lease(lease.endsAt().toEpochMilli(), lease.job()));
        } else if (effect instanceof Effect.Enqueue enqueue) {
            long dueAtMs = enqueue.dueAt().toEpochMilli();
            String jobId = enqueue.job().jobId();
            shelf.computeIfAbsent(enqueue.lane(), lane -> new TreeSet<>()).add(new Slot(dueAtMs, jobId));
            backlog.add(enqueue.lane(), dueAtMs, jobId);
        } else if (effect instanceof Effect.Dequeue dequeue) {
            remove(
                    dequeue.lane(),
                    new Slot(dequeue.dueAt().toEpochMilli(), dequeue.job().jobId()));
        }
    }

    private void remove(Lane lane, Slot slot) {
        TreeSet<Slot> slots = shelf.get(lane);
        if (slots != null) {
            slots.remove(slot);
        }
        backlog.remove(lane, slot.dueAtMs(), slot.jobId());
    }

    /** Looks when something can go, but never between two looks of the pipeline. */
    private void lookAgain(PolicyContext context) {
        long nextMs = backlog.held(GateName.SERVICE_HEALTH) > 0 ? context.nowMs() + 1 : backlog.nextMs();
        if (!leases.isEmpty()) {
            nextMs = Math.min(nextMs, leases.peek().endsAtMs());
        }
        if (nextMs == Long.MAX_VALUE) {
            return;
        }
        long atMs = Math.floorDiv(Math.max(nextMs, context.nowMs() + 1) + LOOK_MS - 1, LOOK_MS) * LOOK_MS;
        if (atMs < looksAtMs) {
            looksAtMs = atMs;
            context.timer(LOOK, atMs);
        }
    }

    private JobState state(int job) {
        JobState state = states[job];
        return state == null ? JobState.Unseen.INSTANCE : state;
    }

    private UserState user(String userId) {
        return users.getOrDefault(userId, UserState.NEW);
    }

    private ServiceState service(String service) {
        return services.getOrDefault(service, ServiceState.NEW);
    }

    private JobRef ref(int job) {
        return new JobRef(Jobs.userId(jobs.user(job)), Jobs.jobId(job));
    }

    @Override
    public List<Slot> next(Lane lane, @Nullable Slot after, int most) {
        TreeSet<Slot> slots = shelf.getOrDefault(lane, new TreeSet<>());
        List<Slot> next = new ArrayList<>(most);
        for (Slot slot : after == null ? slots : slots.tailSet(after, false)) {
            if (next.size() == most) {
                break;
            }
            next.add(slot);
        }
        return next;
    }

    @Override
    public void lanes(BiConsumer<Lane, Slot> visitor) {
        shelf.forEach((lane, slots) -> visitor.accept(lane, slots.first()));
    }
}
