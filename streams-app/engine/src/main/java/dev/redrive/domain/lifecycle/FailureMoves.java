package dev.redrive.domain.lifecycle;

import dev.redrive.domain.classify.Classification;
import dev.redrive.domain.classify.FailureClass;
import dev.redrive.domain.decide.Decider;
import dev.redrive.domain.decide.Decider.Progress;
import dev.redrive.domain.decide.Decision;
import dev.redrive.domain.decide.Decision.DueParts;
import dev.redrive.domain.decide.RetryHint.RateLimitHint;
import dev.redrive.domain.event.Input.JobFailed;
import dev.redrive.domain.gate.Gate;
import dev.redrive.domain.gate.GateName;
import dev.redrive.domain.gate.Verdict;
import dev.redrive.domain.lifecycle.Effect.About;
import dev.redrive.domain.lifecycle.Effect.Judged;
import dev.redrive.domain.lifecycle.Effect.Note;
import dev.redrive.domain.lifecycle.Effect.OutcomeKind;
import dev.redrive.domain.lifecycle.Effect.Work;
import dev.redrive.domain.lifecycle.JobState.DeadLettered;
import dev.redrive.domain.lifecycle.JobState.End;
import dev.redrive.domain.lifecycle.JobState.Finished;
import dev.redrive.domain.lifecycle.JobState.Memo;
import dev.redrive.domain.lifecycle.JobState.Scheduled;
import dev.redrive.domain.lifecycle.Pipeline.LifecyclePolicy;
import dev.redrive.domain.lifecycle.Pipeline.State;
import dev.redrive.domain.lifecycle.Pipeline.Step;
import dev.redrive.domain.service.ServiceState;
import dev.redrive.domain.stats.Windows.Count;
import dev.redrive.domain.user.UserLearning;
import dev.redrive.domain.user.UserState;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Applies failures to a job, once per attempt; distinguishes duplicate and late failures. */
final class FailureMoves {

    private final Decider decider;
    private final Gate gate;
    private final LifecyclePolicy policy;

    FailureMoves(Decider decider, Gate gate, LifecyclePolicy policy) {
        this.decider = decider;
        this.gate = gate;
        this.policy = policy;
    }

    Step apply(State state, JobFailed failure, Instant now) {
        JobState job = state.job();
        Integer underWay = job.attemptUnderWay();
        int attempt = failure.attempt();
        if (attempt == 0) {
            if (underWay == null) {
                return note(state, job.endedAttempt(), repeated(job));
            }
            attempt = underWay;
        }
        if (attempt <= job.endedAttempt()) {
            return note(state, attempt, repeated(job));
        }
        if (job instanceof DeadLettered) {
            return Step.of(state, Note.of(About.FAILURE, attempt, OutcomeKind.STALE, "AFTER_DEAD_LETTER"));
        }
        if (job instanceof Finished finished) {
            return note(state, attempt, afterEnd(finished.end()));
        }
        return accept(state, failure, attempt, now);
    }

    private static Step note(State state, int attempt, OutcomeKind kind) {
        String reason =
                state.job() instanceof Finished finished ? finished.end().name() : null;
        return Step.of(state, Note.of(About.FAILURE, attempt, kind, reason));
    }

    private static OutcomeKind repeated(JobState job) {
        return job instanceof Finished finished ? afterEnd(finished.end()) : OutcomeKind.DUPLICATE;
    }

    private static OutcomeKind afterEnd(End end) {
        return switch (end) {
            case CANCELLED -> OutcomeKind.CANCELLED;
            case SUCCEEDED, DISCARDED, DROPPED -> OutcomeKind.STALE;
        };
    }

    private Step accept(State state, JobFailed published, int attempt, Instant now) {
        JobState job = state.job();
        Memo memo = job.memo();
        boolean requestMissing =
                memo.carried().request() && !published.carried().request();
        boolean releasedWithKey = job.released(attempt);
        Instant releasedAt = releasedWithKey ? memo.touchedAt() : null;
        boolean began = memo.active() || releasedWithKey;
        JobFailed failure = published.after(memo.service(), memo.carried());
        if (releasedWithKey) {
            failure = failure.waitingFrom(memo.endedAfter(failure.waitFrom(), now));
        }
        Duration took = began ? Duration.between(memo.touchedAt(), failure.waitFrom()) : Duration.ZERO;
        boolean outage = isOut(failure.service(), state.service().failed(began, failure.waitFrom(), took, now), now);
        boolean probe = releasedAt != null
                && state.user().quota().probedBy(failure.job().jobId(), releasedAt);
        Progress progress = memo.progress(memo.epoch(), outage, releasedWithKey, requestMissing, probe);
        JobFailed numbered = failure.withAttempt(attempt);
        Decider.Judgement judgement =
                decider.judge(numbered, progress, state.user().quota().resetAt(), now);
        Decision decision = judgement.decision();
        List<Effect> effects = new ArrayList<>(6);
        if (job instanceof Scheduled pending) {
            effects.add(new Effect.Dequeue(pending.lane(failure.job()), failure.job(), pending.dueAt()));
            effects.add(Note.of(About.RETRY, pending.attempt(), OutcomeKind.SUPERSEDED, "NEWER_ATTEMPT_FAILED"));
        }
        JobState next =
                settle(failure, attempt, judgement, memo, requestMissing ? Note.REQUEST_MISSING : null, effects, now);
        Classification classification = decision.classification();
        effects.add(new Effect.Tally(new Count(
                Count.Kind.FAILURE,
                failure.service(),
                failure.operation(),
                classification.failureClass().name(),
                orEmpty(classification.code()),
                failure.failedAt())));
        UserLearning.Sight sight = new UserLearning.Sight(began, releasedAt);
        UserState user = learn(state, numbered, classification, judgement.rateLimit(), sight, now);
        ServiceState service = health(state.service(), failure, classification, began, took, now)
                .learned(state.user().concurrency(), user.concurrency(), now);
        if (releasedWithKey && refusedForSlots(classification, user)) {
            service = service.competed(true, policy.wasteBudget(), now);
        }
        if (job instanceof Scheduled pending) {
            user = user.pending(pending.memo().service(), -1, now);
        }
        if (next instanceof Scheduled) {
            user = user.pending(failure.service(), 1, now);
        }
        return new Step(new State(next, user, service), effects);
    }

    /** Returns whether a refusal counts against the waste budget. */
    private boolean refusedForSlots(Classification classification, UserState user) {
        return policy.slotsCount()
                && classification.failureClass() == FailureClass.CONCURRENCY_LIMITED
                && !user.concurrency().endsExpected();
    }

    /** Returns whether a service is closed for retries after one more failure. */
    private boolean isOut(String service, ServiceState health, Instant now) {
        return gate.evaluate(service, UserState.NEW, health, now) instanceof Verdict.Closed closed
                && closed.gate() == GateName.SERVICE_HEALTH;
    }

    private UserState learn(
            State state,
            JobFailed failure,
            Classification classification,
            RateLimitHint rates,
            UserLearning.Sight sight,
            Instant now) {
        UserState idle = state.user().active(state.job().memo().active() ? -1 : 0, now);
        return UserLearning.fromFailure(
                idle, failure, classification, rates, sight, state.service().prior(), policy.rateWindow(), now);
    }

    /**
     * Only failures of the service itself cost its budget; any other answer shows that it works, and some failures show
     * neither.
     */
    private static ServiceState health(
            ServiceState service,
            JobFailed failure,
            Classification classification,
            boolean began,
            Duration took,
            Instant now) {
        return switch (classification.failureClass().health()) {
            case FAILS -> service.failed(began, failure.waitFrom(), took, now);
            case ANSWERS -> service.answered(failure.waitFrom(), now);
            case UNCLEAR -> service;
        };
    }

    private static JobState settle(
            JobFailed failure,
            int attempt,
            Decider.Judgement judgement,
            Memo memo,
            @Nullable String detail,
            List<Effect> effects,
            Instant now) {
        Decision decision = judgement.decision();
        DueParts due = decision instanceof Decision.Retry scheduled ? scheduled.parts() : null;
        Judged judged = new Judged(decision.classification(), decision.charged(), judgement.unreadableHint(), due);
        if (decision instanceof Decision.Retry retry) {
            Memo after = memo.failed(failure, attempt, decision, retry.idempotencyKey(), retry.epoch(), now);
            effects.add(new Effect.Schedule(
                    attempt + 1, retry, first(after, failure), memo.redriveId(), after.service(), after.carried()));
            effects.add(noteDecision(attempt, OutcomeKind.SCHEDULED, null, judged, after, retry.dueAt(), detail)
                    .of(Work.of(after, failure.operation())));
            return new Scheduled(after, attempt + 1, retry.dueAt());
        }
        if (decision instanceof Decision.DeadLetter dead) {
            Memo after = memo.failed(failure, attempt, decision, dead.idempotencyKey(), dead.epoch(), now);
            effects.add(new Effect.Bury(attempt, dead, after, failure.envelope().message()));
            effects.add(noteDecision(
                            attempt, OutcomeKind.DEAD_LETTERED, dead.reason().name(), judged, after, null, detail)
                    .of(Work.of(after, failure.operation()))
                    .ofDeadLetter(attempt));
            effects.add(new Effect.Tally(new Count(
                    Count.Kind.DEAD_LETTER,
                    failure.service(),
                    failure.operation(),
                    dead.reason().name(),
                    orEmpty(dead.classification().code()),
                    now)));
            return new DeadLettered(after, attempt, dead.reason());
        }
        Memo after = memo.failed(failure, attempt, decision, memo.idempotencyKey(), memo.epoch(), now);
        effects.add(noteDecision(
                        attempt, OutcomeKind.DROPPED, decision.classification().ruleId(), judged, after, null, detail)
                .of(Work.of(after, failure.operation())));
        return new Finished(after.ended(now), attempt, End.DROPPED);
    }

    private static Note noteDecision(
            int attempt,
            OutcomeKind kind,
            @Nullable String reason,
            Judged judged,
            Memo after,
            @Nullable Instant dueAt,
            @Nullable String detail) {
        return new Note(About.FAILURE, attempt, kind, reason, judged, after.charged(), dueAt, null).detailed(detail);
    }

    private static Instant first(Memo memo, JobFailed failure) {
        Instant first = memo.firstFailedAt();
        return first == null ? failure.failedAt() : first;
    }

    private static String orEmpty(@Nullable String text) {
        return text == null ? "" : text;
    }
}
