package dev.redrive.domain.lifecycle;

import dev.redrive.domain.event.Input.JobMoved;
import dev.redrive.domain.event.JobRef;
import dev.redrive.domain.lifecycle.Effect.About;
import dev.redrive.domain.lifecycle.Effect.Note;
import dev.redrive.domain.lifecycle.Effect.OutcomeKind;
import dev.redrive.domain.lifecycle.Effect.Work;
import dev.redrive.domain.lifecycle.JobState.DeadLettered;
import dev.redrive.domain.lifecycle.JobState.End;
import dev.redrive.domain.lifecycle.JobState.Finished;
import dev.redrive.domain.lifecycle.JobState.Memo;
import dev.redrive.domain.lifecycle.JobState.Running;
import dev.redrive.domain.lifecycle.JobState.Scheduled;
import dev.redrive.domain.lifecycle.Pipeline.LifecyclePolicy;
import dev.redrive.domain.lifecycle.Pipeline.State;
import dev.redrive.domain.lifecycle.Pipeline.Step;
import dev.redrive.domain.service.ServiceState;
import dev.redrive.domain.stats.Windows.Count;
import dev.redrive.domain.user.UserState;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** Applies lifecycle events to a job: start, sign of life, or end. */
final class LifecycleMoves {

    private final LifecyclePolicy policy;

    LifecycleMoves(LifecyclePolicy policy) {
        this.policy = policy;
    }

    Step apply(State state, JobMoved move, Instant now) {
        return switch (move.stage()) {
            case SUBMITTED, ACCEPTED, STARTED -> alive(state, move, now);
            case SUCCEEDED -> end(state, move, End.SUCCEEDED, now);
            case CANCELLED -> end(state, move, End.CANCELLED, now);
        };
    }

    private Step alive(State state, JobMoved move, Instant now) {
        JobState job = state.job();
        int attempt = attempt(move, job);
        boolean ended = attempt <= job.endedAttempt();
        if (!ended && job instanceof DeadLettered) {
            return note(state, attempt, OutcomeKind.IGNORED, "AFTER_DEAD_LETTER");
        }
        if (!ended && job instanceof Finished finished) {
            return note(state, attempt, OutcomeKind.IGNORED, finished.end().name());
        }
        List<Effect> effects = new ArrayList<>(5);
        Memo memo = counted(move, attempt, job.memo(), effects);
        if (ended) {
            effects.add(Note.of(About.LIFECYCLE, attempt, OutcomeKind.STALE, "ATTEMPT_ENDED"));
            return new Step(memo == job.memo() ? state : state.with(job.with(memo), state.user()), effects);
        }
        UserState user = state.user().reported(false, now);
        if (job instanceof Scheduled pending) {
            user = user.pending(pending.memo().service(), -1, now);
            withdraw(move.job(), pending, OutcomeKind.SUPERSEDED, "NEWER_ATTEMPT_SUBMITTED", effects);
        }
        boolean released = job.released(attempt);
        Instant until = now.plus(policy.lease(user, state.service()));
        if (!memo.active()) {
            effects.add(new Effect.Lease(move.job(), until));
        }
        effects.add(Note.of(
                About.LIFECYCLE, attempt, OutcomeKind.APPLIED, move.stage().name()));
        Instant at = released ? memo.endedAfter(move.seenAt(), now) : move.seenAt();
        ServiceState service = move.stage() == JobMoved.Stage.SUBMITTED
                ? state.service()
                : state.service().answered(at, now);
        if (released && move.stage() != JobMoved.Stage.SUBMITTED) {
            user = user.accepted(move.job().jobId(), move.at(), at, now);
            service = service.learned(state.user().concurrency(), user.concurrency(), now);
        }
        if (!memo.active()) {
            user = user.began(move.service(), move.seenAt(), policy.rateWindow(), now);
            service = service.began(now);
        }
        Memo alive = memo.activeUntil(until, now);
        Memo known = alive.service().isEmpty() ? alive.calling(move.service(), alive.carried()) : alive;
        return new Step(new State(new Running(known, attempt, released), user, service), effects);
    }

    /** Returns the attempt of an event; one without a number is of the attempt under way, else of the last one. */
    private static int attempt(JobMoved move, JobState job) {
        if (move.attempt() != 0) {
            return move.attempt();
        }
        Integer underWay = job.attemptUnderWay();
        return underWay == null ? job.endedAttempt() : underWay;
    }

    /** Counts an attempt as submitted, once, also if its failure was read before: the topics have no common order. */
    private static Memo counted(JobMoved move, int attempt, Memo memo, List<Effect> effects) {
        if (move.stage() != JobMoved.Stage.SUBMITTED || attempt <= memo.submittedAttempt()) {
            return memo;
        }
        effects.add(
                new Effect.Tally(new Count(Count.Kind.SUBMITTED, move.service(), move.operation(), "", "", move.at())));
        return memo.submitted(attempt);
    }

    private static Step end(State state, JobMoved move, End end, Instant now) {
        JobState job = state.job();
        int attempt = Math.max(move.attempt(), Math.max(job.endedAttempt(), runningAttempt(job)));
        if (job instanceof Finished finished) {
            return note(state, attempt, OutcomeKind.IGNORED, finished.end().name());
        }
        List<Effect> effects = new ArrayList<>(3);
        UserState user = state.user().reported(end == End.SUCCEEDED, now);
        if (job instanceof Scheduled pending) {
            user = user.pending(pending.memo().service(), -1, now);
            withdraw(move.job(), pending, OutcomeKind.CANCELLED, end.name(), effects);
        }
        Memo memo = job.memo();
        effects.add(Note.of(
                        About.LIFECYCLE,
                        attempt,
                        OutcomeKind.APPLIED,
                        move.stage().name())
                .of(memo.redriveId() == null ? null : Work.of(memo, move.operation()))
                .ofDeadLetter(job instanceof DeadLettered dead ? dead.attempt() : null));
        boolean released = job instanceof Running running && running.released();
        Instant at = released ? job.memo().endedAfter(move.at(), now) : move.at();
        ServiceState service = end == End.SUCCEEDED ? state.service().answered(at, now) : state.service();
        if (end == End.SUCCEEDED && released) {
            user = user.accepted(move.job().jobId(), move.at(), at, now);
        }
        if (job.memo().active()) {
            user = user.ended(move.at(), now);
        }
        service = service.learned(state.user().concurrency(), user.concurrency(), now);
        return new Step(
                new State(
                        new Finished(job.memo().ended(now), attempt, end),
                        user.active(job.memo().active() ? -1 : 0, now),
                        service),
                effects);
    }

    static void withdraw(JobRef job, Scheduled pending, OutcomeKind kind, String reason, List<Effect> effects) {
        effects.add(new Effect.Dequeue(pending.lane(job), job, pending.dueAt()));
        Memo memo = pending.memo();
        effects.add(Note.of(About.RETRY, pending.attempt(), kind, reason)
                .of(memo.redriveId() == null ? null : Work.of(memo, "")));
    }

    static int runningAttempt(JobState job) {
        return job instanceof Running running ? running.attempt() : 0;
    }

    private static Step note(State state, int attempt, OutcomeKind kind, String reason) {
        return Step.of(state, Note.of(About.LIFECYCLE, attempt, kind, reason));
    }
}
