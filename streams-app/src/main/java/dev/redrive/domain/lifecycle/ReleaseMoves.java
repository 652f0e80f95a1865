package dev.redrive.domain.lifecycle;

import dev.redrive.domain.decide.Decision;
import dev.redrive.domain.event.LeaseEnded;
import dev.redrive.domain.event.RetryArrived;
import dev.redrive.domain.event.RetryDue;
import dev.redrive.domain.gate.Gate;
import dev.redrive.domain.gate.Verdict;
import dev.redrive.domain.lifecycle.Effect.About;
import dev.redrive.domain.lifecycle.Effect.Note;
import dev.redrive.domain.lifecycle.JobState.DeadLettered;
import dev.redrive.domain.lifecycle.JobState.Scheduled;
import dev.redrive.domain.stats.Count;
import dev.redrive.domain.user.UserState;
import java.time.Instant;
import java.util.List;

/** What becomes of a pending retry: it rests until it is due, then asks the gates, then goes, once. */
final class ReleaseMoves {

    private final Gate gate;
    private final LifecyclePolicy policy;

    ReleaseMoves(Gate gate, LifecyclePolicy policy) {
        this.gate = gate;
        this.policy = policy;
    }

    Step arrived(State state, RetryArrived arrived) {
        return state.job() instanceof Scheduled pending && pending.attempt() == arrived.attempt()
                ? Step.of(state, new Effect.Enqueue(arrived.job(), pending.dueAt()))
                : Step.of(state);
    }

    Step due(State state, RetryDue due, Instant now) {
        if (!(state.job() instanceof Scheduled pending)
                || pending.attempt() != due.attempt()
                || !pending.dueAt().equals(due.dueAt())) {
            return Step.of(state);
        }
        Instant deadline = due.deadline();
        if (deadline != null && now.isAfter(deadline) && !pending.redriven()) {
            return bury(state, pending, due, now);
        }
        Verdict verdict = gate.mayGo(due, state.user(), now);
        if (verdict instanceof Verdict.ClosedUntil closed && closed.until().isAfter(now)) {
            return Step.of(
                    new State(pending.moveTo(closed.until(), now), state.user()),
                    new Effect.Requeue(due.job(), pending.dueAt(), closed.until()));
        }
        Instant until = now.plus(policy.activeLease());
        UserState user = state.user().count(1, -1, now);
        return Step.of(
                new State(pending.release(until, now), user),
                new Effect.Release(pending.attempt()),
                new Effect.Lease(due.job(), until),
                new Note(
                        About.RETRY,
                        pending.attempt(),
                        OutcomeKind.RELEASED,
                        null,
                        null,
                        null,
                        pending.memo().charged(),
                        pending.dueAt()));
    }

    private static Step bury(State state, Scheduled pending, RetryDue due, Instant now) {
        Decision.DeadLetter missed = Decision.DeadLetter.deadlineMissed(
                pending.memo().lastClass(),
                pending.memo().idempotencyKey(),
                pending.memo().epoch());
        int attempt = pending.attempt() - 1;
        return Step.of(
                new State(
                        new DeadLettered(pending.memo(), attempt, missed.reason()),
                        state.user().count(0, -1, now)),
                new Effect.Bury(attempt, missed, pending.memo(), null),
                Note.of(
                        About.RETRY,
                        pending.attempt(),
                        OutcomeKind.DEAD_LETTERED,
                        missed.reason().name()),
                new Effect.Tally(new Count(
                        Count.Kind.DEAD_LETTER,
                        due.service(),
                        due.operation(),
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
            return Step.of(state, new Effect.Lease(ended.job(), until));
        }
        Memo idle = job.memo().activeUntil(null, job.memo().touchedAt());
        return new Step(new State(job.with(idle), state.user().count(-1, 0, now)), List.of());
    }
}
