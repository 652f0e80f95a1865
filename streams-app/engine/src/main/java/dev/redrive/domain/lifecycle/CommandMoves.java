package dev.redrive.domain.lifecycle;

import dev.redrive.domain.classify.Classification;
import dev.redrive.domain.classify.Classification.Disposition;
import dev.redrive.domain.decide.DeadLetterReason;
import dev.redrive.domain.decide.Decider;
import dev.redrive.domain.decide.Decider.Progress;
import dev.redrive.domain.decide.Decision;
import dev.redrive.domain.decide.Decision.Submission;
import dev.redrive.domain.event.Input.BulkCommandEnded;
import dev.redrive.domain.event.Input.ExplainCommand;
import dev.redrive.domain.event.Input.HoldCommand;
import dev.redrive.domain.event.Input.JobCommand;
import dev.redrive.domain.event.Input.JobFailed;
import dev.redrive.domain.event.JobRef;
import dev.redrive.domain.gate.Gate;
import dev.redrive.domain.gate.Hold;
import dev.redrive.domain.gate.Hold.Scope;
import dev.redrive.domain.gate.Holds;
import dev.redrive.domain.gate.Subject;
import dev.redrive.domain.gate.Verdict;
import dev.redrive.domain.lifecycle.Effect.About;
import dev.redrive.domain.lifecycle.Effect.Explanation;
import dev.redrive.domain.lifecycle.Effect.Note;
import dev.redrive.domain.lifecycle.Effect.OutcomeKind;
import dev.redrive.domain.lifecycle.Effect.Work;
import dev.redrive.domain.lifecycle.JobState.DeadLettered;
import dev.redrive.domain.lifecycle.JobState.End;
import dev.redrive.domain.lifecycle.JobState.Finished;
import dev.redrive.domain.lifecycle.JobState.Memo;
import dev.redrive.domain.lifecycle.JobState.Running;
import dev.redrive.domain.lifecycle.JobState.Scheduled;
import dev.redrive.domain.lifecycle.JobState.Unseen;
import dev.redrive.domain.lifecycle.Pipeline.LifecyclePolicy;
import dev.redrive.domain.lifecycle.Pipeline.State;
import dev.redrive.domain.lifecycle.Pipeline.Step;
import dev.redrive.domain.user.UserState;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Applies commands to a job; rejects impossible ones with a stable reason. */
final class CommandMoves {

    /** Max time from the reading of a hold's command to its end. */
    private static final Duration MAX_HOLD = Duration.ofDays(7);

    private final Decider decider;
    private final Gate gate;
    private final LifecyclePolicy policy;

    CommandMoves(Decider decider, Gate gate, LifecyclePolicy policy) {
        this.decider = decider;
        this.gate = gate;
        this.policy = policy;
    }

    Step apply(State state, JobCommand command, Instant now) {
        return switch (command.kind()) {
            case CANCEL -> cancel(state, command, now);
            case EXPEDITE -> expedite(state, command, now);
            case REDRIVE -> redrive(state, command, now);
            case DISCARD -> discard(state, command, now);
        };
    }

    /** Returns the outcome of a command about many jobs. */
    static Step ended(State state, BulkCommandEnded ended) {
        boolean done = ended.refusal() == null;
        return Step.of(
                state,
                new Note(
                        About.COMMAND,
                        0,
                        done ? OutcomeKind.APPLIED : OutcomeKind.REJECTED,
                        done ? ended.command().kind().name() : ended.refusal(),
                        null,
                        null,
                        null,
                        ended.jobs()));
    }

    /** Explains why a job waits; changes nothing. */
    Step explain(State state, ExplainCommand question, Instant now) {
        JobState job = state.job();
        if (job instanceof Unseen) {
            return Step.of(state, Note.of(About.COMMAND, 0, OutcomeKind.REJECTED, "NOT_PENDING"));
        }
        String operation = question.operation();
        Work work = Work.of(job.memo(), operation == null ? "" : operation);
        if (!(job instanceof Scheduled pending)) {
            int attempt = Math.max(job.endedAttempt(), LifecycleMoves.runningAttempt(job));
            Note note = Note.of(About.COMMAND, attempt, OutcomeKind.APPLIED, "EXPLAIN");
            return Step.of(state, note.of(work).explained(Explanation.of(word(job))));
        }
        Subject subject = state.subject(question.userId(), pending.memo().service(), operation);
        Explanation why = Explanation.of(
                pending.dueAt(), gate.answers(subject, state.user(), state.service(), now), question.ahead(), now);
        Note note = new Note(
                About.COMMAND,
                pending.attempt(),
                OutcomeKind.APPLIED,
                "EXPLAIN",
                null,
                pending.memo().charged(),
                pending.dueAt(),
                null);
        return Step.of(state, note.of(work).explained(why));
    }

    private static String word(JobState job) {
        if (job instanceof Running) {
            return "RUNNING";
        }
        return job instanceof DeadLettered ? "DEAD_LETTERED" : "FINISHED";
    }

    /** Begins a hold, or ends those with the same scope. */
    static Step hold(State state, HoldCommand command, Instant now) {
        Scope scope = new Scope(command.userId(), command.service(), command.operation());
        if (!command.holds()) {
            Holds left = state.holds().ended(scope, now);
            return left.equals(state.holds())
                    ? Step.of(state, Note.of(About.COMMAND, 0, OutcomeKind.REJECTED, "NOT_HELD"))
                    : Step.of(state, Note.of(About.COMMAND, 0, OutcomeKind.APPLIED, "UNHOLD"), new Effect.Hold(left));
        }
        String refusal = refusal(state.holds(), command, now);
        Instant until = command.until();
        if (refusal != null || until == null) {
            return Step.of(state, Note.of(About.COMMAND, 0, OutcomeKind.REJECTED, refusal));
        }
        Hold hold = Hold.begin(command.commandId(), scope, command.reason(), now, until);
        return Step.of(
                state,
                Note.of(About.COMMAND, 0, OutcomeKind.APPLIED, "HOLD"),
                new Effect.Hold(state.holds().plus(hold)));
    }

    private static @Nullable String refusal(Holds holds, HoldCommand command, Instant now) {
        Instant until = command.until();
        if (until == null) {
            return "UNTIL_MISSING";
        }
        if (!until.isAfter(now)) {
            return "UNTIL_PASSED";
        }
        if (until.isAfter(now.plus(MAX_HOLD))) {
            return "UNTIL_TOO_LATE";
        }
        if (command.reason().isBlank()) {
            return "REASON_MISSING";
        }
        if (holds.contains(command.commandId())) {
            return "ALREADY_OPEN";
        }
        return holds.all().size() >= Holds.MAX ? "TOO_MANY_OPEN" : null;
    }

    private static Step cancel(State state, JobCommand command, Instant now) {
        JobState job = state.job();
        if (job instanceof Finished finished) {
            return rejected(state, command, "ALREADY_" + finished.end().name());
        }
        if (job instanceof DeadLettered) {
            return rejected(state, command, "ALREADY_DEAD_LETTERED");
        }
        if (job instanceof Unseen) {
            // The id may be mistyped, or the job may succeed: a cancellation must not drop its future failures.
            return rejected(state, command, "NOT_PENDING");
        }
        List<Effect> effects = new ArrayList<>(3);
        UserState user = state.user().active(job.memo().active() ? -1 : 0, now);
        if (job instanceof Scheduled pending) {
            user = user.pending(pending.memo().service(), -1, now);
            LifecycleMoves.withdraw(command.job(), pending, OutcomeKind.CANCELLED, "CANCEL", effects);
        }
        int attempt = Math.max(job.endedAttempt(), LifecycleMoves.runningAttempt(job));
        effects.add(applied(attempt, command));
        return new Step(state.with(new Finished(job.memo().ended(now), attempt, End.CANCELLED), user), effects);
    }

    private Step expedite(State state, JobCommand command, Instant now) {
        if (!(state.job() instanceof Scheduled pending)) {
            return rejected(state, command, "NOT_PENDING");
        }
        if (!pending.dueAt().isAfter(now)) {
            return Step.of(state, applied(pending.attempt(), command));
        }
        return Step.of(
                state.with(pending.moveTo(now, now), state.user()),
                new Effect.Requeue(pending.lane(command.job()), command.job(), pending.dueAt(), now),
                new Note(
                                About.COMMAND,
                                pending.attempt(),
                                OutcomeKind.APPLIED,
                                command.kind().name(),
                                null,
                                null,
                                null,
                                null)
                        .detailed(closed(command.job(), pending.memo().service(), null, state, now)));
    }

    private Step redrive(State state, JobCommand command, Instant now) {
        JobState job = state.job();
        if (job.memo().redriveIds().contains(command.commandId())) {
            return rejected(state, command, "REDRIVE_ID_USED");
        }
        if (job.memo().redriveIds().size() >= Memo.MAX_REDRIVES) {
            return rejected(state, command, "REDRIVES_EXHAUSTED");
        }
        JobFailed published = command.deadLettered();
        if (published == null) {
            return rejected(state, command, "DEAD_LETTER_MISSING");
        }
        if (job instanceof Running || job instanceof Scheduled || job instanceof Finished) {
            return rejected(state, command, "NOT_DEAD_LETTERED");
        }
        if (job.memo().redriveIds().size() >= policy.maxRedrives() && !command.override()) {
            return rejected(state, command, "LOOP_CAP");
        }
        DeadLettered dead = job instanceof DeadLettered known ? known : forgotten(published);
        if (published.attempt() != 0 && published.attempt() != dead.attempt()) {
            return rejected(state, command, "ATTEMPT_DIFFERS");
        }
        if (dead.memo().carried().request() && !published.carried().request()) {
            return rejected(state, command, Note.REQUEST_MISSING);
        }
        JobFailed failure = published.after(dead.memo().service(), dead.memo().carried());
        Memo memo = dead.memo().calling(failure.service(), failure.carried().withoutMissedDeadline(now));
        Progress progress = memo.progress(command.epoch(), false, memo.idempotencyKey() != null, false, false);
        Submission submission = decider.nextSubmission(failure, progress, command.edited());
        String key = submission.idempotencyKey();
        int epoch = submission.epoch();
        Scheduled next = ((DeadLettered) dead.with(memo)).redrive(key, epoch, command.commandId(), now);
        Classification why = new Classification(
                "redrive",
                "",
                dead.memo().lastClass(),
                Disposition.RETRY,
                null,
                failure.envelope().code(),
                false);
        Decision.Retry retry = new Decision.Retry(why, false, now, key, epoch, false, null);
        UserState user = state.user().active(memo.active() ? -1 : 0, now).pending(memo.service(), 1, now);
        return Step.of(
                state.with(next, user),
                new Effect.Schedule(
                        next.attempt(), retry, failure.failedAt(), command.commandId(), memo.service(), memo.carried()),
                new Note(About.COMMAND, next.attempt(), OutcomeKind.SCHEDULED, "REDRIVE", null, null, now, null)
                        .detailed(closed(command.job(), memo.service(), failure.operation(), state, now))
                        .of(Work.of(next.memo(), failure.operation()))
                        .ofDeadLetter(dead.attempt()));
    }

    /** Returns the state of a job whose retention is over, by its dead letter, which is kept for longer. */
    private static DeadLettered forgotten(JobFailed published) {
        return new DeadLettered(Unseen.INSTANCE.memo(), Math.max(1, published.attempt()), DeadLetterReason.UNKNOWN);
    }

    /** Returns the gate that blocks a retry if it is due now. */
    private @Nullable String closed(JobRef job, String service, @Nullable String operation, State state, Instant now) {
        Subject subject = state.subject(job.userId(), service, operation);
        return gate.evaluate(subject, state.user(), state.service(), now) instanceof Verdict.Closed closed
                ? closed.gate().name()
                : null;
    }

    private static Step discard(State state, JobCommand command, Instant now) {
        JobFailed published = command.deadLettered();
        JobState job = state.job() instanceof Unseen && published != null ? forgotten(published) : state.job();
        if (!(job instanceof DeadLettered dead)) {
            return rejected(state, command, "NOT_DEAD_LETTERED");
        }
        return Step.of(
                state.with(dead.discard(now), state.user().active(dead.memo().active() ? -1 : 0, now)),
                Note.of(About.COMMAND, dead.attempt(), OutcomeKind.DISCARDED, null)
                        .of(Work.of(dead.memo(), ""))
                        .ofDeadLetter(dead.attempt()));
    }

    private static Note applied(int attempt, JobCommand command) {
        return Note.of(
                About.COMMAND, attempt, OutcomeKind.APPLIED, command.kind().name());
    }

    private static Step rejected(State state, JobCommand command, String reason) {
        int ended = state.job().endedAttempt();
        return Step.of(
                state,
                Note.of(About.COMMAND, ended, OutcomeKind.REJECTED, reason).ofDeadLetter(meant(command, ended)));
    }

    /** Returns the attempt of the dead letter that a rejected command is about; {@code null} if it is about none. */
    private static @Nullable Integer meant(JobCommand command, int endedAttempt) {
        if (command.kind() != JobCommand.Kind.REDRIVE && command.kind() != JobCommand.Kind.DISCARD) {
            return null;
        }
        JobFailed published = command.deadLettered();
        int attempt = published == null || published.attempt() == 0 ? endedAttempt : published.attempt();
        return attempt == 0 ? null : Integer.valueOf(attempt);
    }
}
