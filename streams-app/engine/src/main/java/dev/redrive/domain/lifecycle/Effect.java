package dev.redrive.domain.lifecycle;

import dev.redrive.domain.backlog.Lane;
import dev.redrive.domain.classify.Classification;
import dev.redrive.domain.decide.DeadLetterReason;
import dev.redrive.domain.decide.Decision;
import dev.redrive.domain.decide.Decision.DueParts;
import dev.redrive.domain.decide.RetryHint;
import dev.redrive.domain.event.Input.Carried;
import dev.redrive.domain.event.JobRef;
import dev.redrive.domain.gate.GateAnswer;
import dev.redrive.domain.gate.GateName;
import dev.redrive.domain.gate.Holds;
import dev.redrive.domain.gate.Verdict;
import dev.redrive.domain.lifecycle.JobState.Memo;
import dev.redrive.domain.stats.Windows.Count;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** An effect of an input; the effects of a step are applied in their order, outputs before all others. */
public sealed interface Effect {

    /** Calls the handler's method for this effect. */
    void applyTo(Handler handler);

    /** Handles every effect; a new effect needs a method here and in each handler. */
    interface Handler {

        void schedule(Schedule schedule);

        void release(Release release);

        void bury(Bury bury);

        void note(Note note);

        void enqueue(Enqueue enqueue);

        void dequeue(Dequeue dequeue);

        void requeue(Requeue requeue);

        void block(Block block);

        void lease(Lease lease);

        void tally(Tally tally);

        void hold(Hold hold);
    }

    /** An effect written to a topic; encoded before any state changes, so that an oversized record changes none. */
    sealed interface Output extends Effect {}

    /**
     * Writes a retry to its delay topic.
     *
     * @param attempt the attempt to release
     * @param decision due, key, epoch and why
     * @param firstFailedAt time of the job's first failure
     * @param redriveId the redrive that caused it, if any
     * @param service its service
     * @param carried data that it carries
     */
    record Schedule(
            int attempt,
            Decision.Retry decision,
            Instant firstFailedAt,
            @Nullable String redriveId,
            String service,
            Carried carried)
            implements Output {
        @Override
        public void applyTo(Handler handler) {
            handler.schedule(this);
        }
    }

    /**
     * Adds the arrived retry to the due queue.
     *
     * @param lane its lane
     * @param job the job
     * @param dueAt its due in the queue
     */
    record Enqueue(Lane lane, JobRef job, Instant dueAt) implements Effect {
        @Override
        public void applyTo(Handler handler) {
            handler.enqueue(this);
        }
    }

    /**
     * Removes a retry from the due queue, if present.
     *
     * @param lane its lane
     * @param job the job
     * @param dueAt its due in the queue
     */
    record Dequeue(Lane lane, JobRef job, Instant dueAt) implements Effect {
        @Override
        public void applyTo(Handler handler) {
            handler.dequeue(this);
        }
    }

    /**
     * Moves a retry within its lane of the due queue, if present.
     *
     * @param lane its lane
     * @param job the job
     * @param from its due in the queue
     * @param to its new due
     */
    record Requeue(Lane lane, JobRef job, Instant from, Instant to) implements Effect {
        @Override
        public void applyTo(Handler handler) {
            handler.requeue(this);
        }
    }

    /**
     * Leaves a due retry in the queue because a gate is closed.
     *
     * @param closed the gate, and until when it is closed
     */
    record Block(Verdict.Closed closed) implements Effect {
        @Override
        public void applyTo(Handler handler) {
            handler.block(this);
        }
    }

    /**
     * Releases the due retry.
     *
     * @param attempt the attempt to make
     */
    record Release(int attempt) implements Output {
        @Override
        public void applyTo(Handler handler) {
            handler.release(this);
        }
    }

    /**
     * Writes a dead letter.
     *
     * @param attempt the attempt that failed last
     * @param decision reason, remedy and why
     * @param memo counts and history
     * @param message the API's message, for people
     */
    record Bury(
            int attempt,
            Decision.DeadLetter decision,
            Memo memo,
            @Nullable String message) implements Output {
        @Override
        public void applyTo(Handler handler) {
            handler.bury(this);
        }
    }

    /**
     * Stores the lease of a job.
     *
     * @param job the job
     * @param endsAt when the lease ends
     */
    record Lease(JobRef job, Instant endsAt) implements Effect {
        @Override
        public void applyTo(Handler handler) {
            handler.lease(this);
        }
    }

    /**
     * Adds a count to the error rates.
     *
     * @param count the count
     */
    record Tally(Count count) implements Effect {
        @Override
        public void applyTo(Handler handler) {
            handler.tally(this);
        }
    }

    /**
     * Replaces the holds of the task.
     *
     * @param holds the holds from now on
     */
    record Hold(Holds holds) implements Effect {
        @Override
        public void applyTo(Handler handler) {
            handler.hold(this);
        }
    }

    /**
     * Writes an outcome.
     *
     * @param about the kind of input
     * @param attempt the attempt of the outcome, 0 if none
     * @param kind what became of it
     * @param reason the stable reason, if any
     * @param judged FAILURE: how it was judged; {@code null} if it was not accepted
     * @param chargedAttempts FAILURE and RELEASED: charged attempts so far
     * @param dueAt SCHEDULED and RELEASED: the due
     * @param jobs COMMAND about many jobs: number of jobs that it was applied to
     * @param detail a stable word with further information
     * @param work what the job calls; {@code null} where no reader needs it
     * @param deadLetter the attempt of the dead letter that it is about; {@code null} if it is about none
     * @param explanation EXPLAIN: why the job waits
     */
    record Note(
            About about,
            int attempt,
            OutcomeKind kind,
            @Nullable String reason,
            @Nullable Judged judged,
            @Nullable Integer chargedAttempts,
            @Nullable Instant dueAt,
            @Nullable Integer jobs,
            @Nullable String detail,
            @Nullable Work work,
            @Nullable Integer deadLetter,
            @Nullable Explanation explanation)
            implements Output {

        /** A detail: the failure lacks the request that an earlier one of the job had. */
        public static final String REQUEST_MISSING = DeadLetterReason.REQUEST_MISSING.name();

        /** Creates an outcome without a detail, of no dead letter. */
        public Note(
                About about,
                int attempt,
                OutcomeKind kind,
                @Nullable String reason,
                @Nullable Judged judged,
                @Nullable Integer chargedAttempts,
                @Nullable Instant dueAt,
                @Nullable Integer jobs) {
            this(about, attempt, kind, reason, judged, chargedAttempts, dueAt, jobs, null, null, null, null);
        }

        /** Returns an outcome with only a reason. */
        public static Note of(About about, int attempt, OutcomeKind kind, @Nullable String reason) {
            return new Note(about, attempt, kind, reason, null, null, null, null);
        }

        /**
         * Returns whether the outcome is a step of a dead letter: its redrive, discard or end by itself, a rejected
         * command about it, and what became of its job since its redrive.
         */
        public boolean changesDeadLetter() {
            boolean redriven = work != null && work.redriveId() != null;
            return switch (about) {
                case COMMAND -> deadLetter != null;
                case LIFECYCLE -> deadLetter != null || redriven;
                case FAILURE, RETRY ->
                    redriven && (kind != OutcomeKind.SCHEDULED || judged != null && judged.charged());
                case ACCOUNT, ERROR_RATE -> false;
            };
        }

        /** Returns the same outcome with what the job calls. */
        public Note of(@Nullable Work newWork) {
            return with(detail, newWork, deadLetter, explanation);
        }

        /** Returns the same outcome, about the dead letter of an attempt. */
        public Note ofDeadLetter(@Nullable Integer failedAttempt) {
            return with(detail, work, failedAttempt, explanation);
        }

        /** Returns the same outcome with a detail. */
        public Note detailed(@Nullable String newDetail) {
            return with(newDetail, work, deadLetter, explanation);
        }

        /** Returns the same outcome with an explanation. */
        public Note explained(Explanation why) {
            return with(detail, work, deadLetter, why);
        }

        private Note with(
                @Nullable String newDetail,
                @Nullable Work newWork,
                @Nullable Integer newDeadLetter,
                @Nullable Explanation why) {
            return new Note(
                    about,
                    attempt,
                    kind,
                    reason,
                    judged,
                    chargedAttempts,
                    dueAt,
                    jobs,
                    newDetail,
                    newWork,
                    newDeadLetter,
                    why);
        }

        @Override
        public void applyTo(Handler handler) {
            handler.note(this);
        }
    }

    /**
     * The judgement of an accepted failure.
     *
     * @param classification how it was classified
     * @param charged whether the attempt counts
     * @param unreadableHint why a hint of its response is unreadable; {@code null} if none is
     * @param due what the due of its retry consists of; {@code null} without a retry
     */
    record Judged(
            Classification classification,
            boolean charged,
            RetryHint.@Nullable Reason unreadableHint,
            @Nullable DueParts due) {}

    /**
     * Why a job waits, at the time of the outcome.
     *
     * @param state the state of the job
     * @param gates what each gate answers, in the order of evaluation; empty unless a retry is pending
     * @param ahead number of the user's pending retries that go before it
     * @param forecastAt the earliest release by what is known; {@code null} unless a retry is pending
     * @param decisive the closed gate that determines the forecast; {@code null} if it is the due
     */
    record Explanation(
            String state,
            List<GateAnswer> gates,
            int ahead,
            @Nullable Instant forecastAt,
            @Nullable GateName decisive) {

        /** Copies the list. */
        public Explanation {
            gates = List.copyOf(gates);
        }

        /** Returns the explanation of a job without a pending retry. */
        static Explanation of(String state) {
            return new Explanation(state, List.of(), 0, null, null);
        }

        /** Returns the explanation of a pending retry; its forecast is the due or the latest known end of a gate. */
        static Explanation of(Instant dueAt, List<GateAnswer> gates, int ahead, Instant now) {
            Instant at = dueAt.isAfter(now) ? dueAt : now;
            GateName decisive = null;
            for (GateAnswer answer : gates) {
                if (answer.verdict() instanceof Verdict.Closed closed
                        && closed.until().isAfter(at)) {
                    at = closed.until();
                    decisive = answer.gate();
                }
            }
            return new Explanation("SCHEDULED", gates, ahead, at, decisive);
        }
    }

    /**
     * What the job of an outcome calls, so that readers of the ledger need no other topic.
     *
     * @param service its service
     * @param operation its operation
     * @param batchId the batch that it belongs to, if any
     * @param redriveId its last redrive, if any
     */
    record Work(
            String service,
            String operation,
            @Nullable String batchId,
            @Nullable String redriveId) {

        static Work of(Memo memo, String operation) {
            return new Work(memo.service(), operation, memo.carried().batchId(), memo.redriveId());
        }
    }

    /** The kind of input of an outcome; the name is stable in the ledger. */
    enum About {
        /** A failure that was published. */
        FAILURE,
        /** A pending retry. */
        RETRY,
        /** A lifecycle event. */
        LIFECYCLE,
        /** An account change. */
        ACCOUNT,
        /** A command. */
        COMMAND,
        /** A partial sum of error rates, between two tasks. */
        ERROR_RATE
    }

    /** The outcome of an input; the name is stable in the ledger, metrics and runbooks. */
    public enum OutcomeKind {
        /** A retry is pending. */
        SCHEDULED,
        /** The retry was released. */
        RELEASED,
        /** The job is dead-lettered. */
        DEAD_LETTERED,
        /** The input repeats an earlier one. */
        DUPLICATE,
        /** The input came too late to have an effect. */
        STALE,
        /** A newer input replaced it. */
        SUPERSEDED,
        /** The job is cancelled, or has already succeeded. */
        CANCELLED,
        /** The dead letter is discarded. */
        DISCARDED,
        /** A rule dropped it. */
        DROPPED,
        /** The input was applied. */
        APPLIED,
        /** The input changed nothing. */
        IGNORED,
        /** The command could not be executed. */
        REJECTED,
        /** The input was in another partition than its key's and was appended to that one. */
        FORWARDED,
        /** The input could not be read. */
        QUARANTINED
    }
}
