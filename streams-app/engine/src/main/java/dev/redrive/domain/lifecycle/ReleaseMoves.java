package dev.redrive.domain.lifecycle;

import dev.redrive.domain.decide.Decision;
import dev.redrive.domain.event.Input.LeaseEnded;
import dev.redrive.domain.event.Input.RetryArrived;
import dev.redrive.domain.event.Input.RetryDue;
import dev.redrive.domain.event.Input.RetryLost;
import dev.redrive.domain.event.JobRef;
import dev.redrive.domain.gate.Gate;
import dev.redrive.domain.gate.GateName;
import dev.redrive.domain.gate.Verdict;
import dev.redrive.domain.lifecycle.Effect.About;
import dev.redrive.domain.lifecycle.Effect.Note;
import dev.redrive.domain.lifecycle.Effect.OutcomeKind;
import dev.redrive.domain.lifecycle.Effect.Work;
import dev.redrive.domain.lifecycle.JobState.DeadLettered;
import dev.redrive.domain.lifecycle.JobState.Memo;
import dev.redrive.domain.lifecycle.JobState.Scheduled;
import dev.redrive.domain.lifecycle.Pipeline.LifecyclePolicy;
import dev.redrive.domain.lifecycle.Pipeline.State;
import dev.redrive.domain.lifecycle.Pipeline.Step;
import dev.redrive.domain.service.ServiceState;
import dev.redrive.domain.stats.Windows.Count;
import dev.redrive.domain.user.JobLengths;
import dev.redrive.domain.user.UserState;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Transitions of a pending retry: it waits for its due, then for its gates, and is released once. */
final class ReleaseMoves {

    private final Gate gate;
    private final LifecyclePolicy policy;

    ReleaseMoves(Gate gate, LifecyclePolicy policy) {
        this.gate = gate;
        this.policy = policy;
    }

    Step arrived(State state, RetryArrived arrived) {
        if (state.job() instanceof Scheduled pending && pending.attempt() == arrived.attempt()) {
            return Step.of(state, new Effect.Enqueue(pending.lane(arrived.job()), arrived.job(), pending.dueAt()));
        }
        return Step.of(state, Note.of(About.RETRY, arrived.attempt(), OutcomeKind.STALE, unmatched(state.job())));
    }

    /** Returns why a retry is not the one that its job waits for; a withdrawn one has its own outcome in the ledger. */
    private static String unmatched(JobState job) {
        if (job instanceof Scheduled) {
            return "OTHER_ATTEMPT_PENDING";
        }
        return job instanceof JobState.Unseen ? "NOT_SCHEDULED" : "NOT_PENDING";
    }

    /**
     * Applies a due retry.
     *
     * @param answered the verdict that gave it its turn; {@code null} to evaluate the gates here
     */
    Step due(State state, RetryDue due, @Nullable Verdict answered, Instant now) {
        if (!(state.job() instanceof Scheduled pending)
                || pending.attempt() != due.attempt()
                || !pending.dueAt().equals(due.dueAt())) {
            return Step.of(state);
        }
        Instant deadline = due.deadline();
        if (deadline != null && now.isAfter(deadline) && !pending.redriven()) {
            return bury(state, pending, due, deadlineMissed(pending.memo()), now);
        }
        Verdict verdict = answered == null
                ? gate.evaluate(
                        state.subject(due.userId(), pending.memo().service(), due.operation()),
                        state.user(),
                        state.service(),
                        now)
                : answered;
        if (verdict instanceof Verdict.Closed closed) {
            boolean held = closed.gate() == GateName.OPERATOR;
            return held || pending.dueAt().plus(policy.maxHold()).isAfter(now)
                    ? Step.of(state, new Effect.Block(closed))
                    : bury(state, pending, due, blockedTooLong(pending.memo(), closed.gate()), now);
        }
        return release(state, pending, due, now);
    }

    Step lost(State state, RetryLost lost, Instant now) {
        if (!(state.job() instanceof Scheduled pending) || !pending.dueAt().equals(lost.dueAt())) {
            return Step.of(state);
        }
        Memo memo = pending.memo();
        Decision.DeadLetter quarantined =
                Decision.DeadLetter.quarantined(lost.reason(), memo.lastClass(), memo.idempotencyKey(), memo.epoch());
        return bury(state, pending, lost.job(), memo.service(), lost.operation(), quarantined, now);
    }

    private Step release(State state, Scheduled pending, RetryDue due, Instant now) {
        Instant until = now.plus(policy.lease(state.user(), state.service()));
        JobLengths prior = state.service().prior();
        UserState user =
                state.user().released(pending.memo().service(), due.job().jobId(), prior, policy.rateWindow(), now);
        ServiceState service = learned(state, user, now);
        if (policy.slotsCount() && state.user().concurrency().limit() != null) {
            service = service.earned(now);
            service = state.user().concurrency().endsExpected()
                    ? service
                    : service.competed(false, policy.wasteBudget(), now);
        }
        return Step.of(
                new State(pending.release(until, now), user, service.released(now)),
                new Effect.Dequeue(pending.lane(due.job()), due.job(), pending.dueAt()),
                new Effect.Release(pending.attempt()),
                new Effect.Lease(due.job(), until),
                new Note(
                                About.RETRY,
                                pending.attempt(),
                                OutcomeKind.RELEASED,
                                null,
                                null,
                                pending.memo().charged(),
                                pending.dueAt(),
                                null)
                        .of(Work.of(pending.memo(), due.operation())));
    }

    private static Decision.DeadLetter deadlineMissed(Memo memo) {
        return Decision.DeadLetter.deadlineMissed(memo.lastClass(), memo.idempotencyKey(), memo.epoch());
    }

    private static Decision.DeadLetter blockedTooLong(Memo memo, GateName gate) {
        return Decision.DeadLetter.blockedTooLong(gate.name(), memo.lastClass(), memo.idempotencyKey(), memo.epoch());
    }

    private static Step bury(State state, Scheduled pending, RetryDue due, Decision.DeadLetter missed, Instant now) {
        return bury(state, pending, due.job(), due.service(), due.operation(), missed, now);
    }

    private static Step bury(
            State state,
            Scheduled pending,
            JobRef job,
            String service,
            String operation,
            Decision.DeadLetter missed,
            Instant now) {
        int attempt = pending.attempt() - 1;
        return Step.of(
                state.with(
                        new DeadLettered(pending.memo(), attempt, missed.reason()),
                        state.user().pending(pending.memo().service(), -1, now)),
                new Effect.Dequeue(pending.lane(job), job, pending.dueAt()),
                new Effect.Bury(attempt, missed, pending.memo(), null),
                Note.of(
                                About.RETRY,
                                pending.attempt(),
                                OutcomeKind.DEAD_LETTERED,
                                missed.reason().name())
                        .of(Work.of(pending.memo(), operation))
                        .ofDeadLetter(attempt),
                new Effect.Tally(new Count(
                        Count.Kind.DEAD_LETTER,
                        service,
                        operation,
                        missed.reason().name(),
                        "",
                        now)));
    }

    Step leaseEnded(State state, LeaseEnded ended, Instant now) {
        JobState job = state.job();
        Instant until = job.memo().activeUntil();
        if (until == null) {
            return Step.of(state);
        }
        if (until.isAfter(now)) {
            return renewed(state, ended.job(), until);
        }
        Instant full = job.memo().touchedAt().plus(policy.activeLease());
        if (full.isAfter(now) && state.user().concurrency().endsExpected()) {
            // The lease began when ends were not reported, and may be shorter than one with reported ends.
            return renewed(state, ended.job(), full);
        }
        UserState user = state.user().leaseEnded(state.service().prior(), now);
        return new Step(new State(job.with(job.memo().idle()), user, learned(state, user, now)), List.of());
    }

    private static ServiceState learned(State before, UserState after, Instant now) {
        return before.service().learned(before.user().concurrency(), after.concurrency(), now);
    }

    private static Step renewed(State state, JobRef job, Instant until) {
        JobState longer = state.job().with(state.job().memo().leasedUntil(until));
        return Step.of(state.with(longer, state.user()), new Effect.Lease(job, until));
    }
}
