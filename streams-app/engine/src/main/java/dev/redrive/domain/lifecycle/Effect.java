package dev.redrive.domain.lifecycle;

import dev.redrive.domain.backlog.Lane;
import dev.redrive.domain.classify.Classification;
import dev.redrive.domain.decide.DeadLetterReason;
import dev.redrive.domain.decide.Decision;
import dev.redrive.domain.event.Input.Carried;
import dev.redrive.domain.event.JobRef;
import dev.redrive.domain.gate.Verdict;
import dev.redrive.domain.stats.Windows.Count;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** What follows from an input; the effects of a step are carried out in their order, outputs before all others. */
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

        void hold(Hold hold);

        void lease(Lease lease);

        void tally(Tally tally);
    }

    /** An effect that is written to a topic. It is encoded before any state changes, for what is too large must change none. */
    sealed interface Output extends Effect {}

    /**
     * Write a retry to its delay topic.
     *
     * @param attempt the attempt to release
     * @param decision due, key, epoch and why
     * @param firstFailedAt when the job failed first
     * @param redriveId the redrive that brought it back, if one did
     * @param service service that it calls
     * @param carried what it carries
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
     * Put the retry that arrived into the due queue.
     *
     * @param lane its lane
     * @param job the job
     * @param dueAt under which due
     */
    record Enqueue(Lane lane, JobRef job, Instant dueAt) implements Effect {
        @Override
        public void applyTo(Handler handler) {
            handler.enqueue(this);
        }
    }

    /**
     * Take a retry out of the due queue, if it is there already.
     *
     * @param lane its lane
     * @param job the job
     * @param dueAt under which due it stands
     */
    record Dequeue(Lane lane, JobRef job, Instant dueAt) implements Effect {
        @Override
        public void applyTo(Handler handler) {
            handler.dequeue(this);
        }
    }

    /**
     * Move a retry within its lane of the due queue, if it is there already.
     *
     * @param lane its lane
     * @param job the job
     * @param from under which due it stands
     * @param to under which due it shall stand
     */
    record Requeue(Lane lane, JobRef job, Instant from, Instant to) implements Effect {
        @Override
        public void applyTo(Handler handler) {
            handler.requeue(this);
        }
    }

    /**
     * Leave a retry that is due in the queue, for a gate is closed.
     *
     * @param closed which one, and until when
     */
    record Hold(Verdict.Closed closed) implements Effect {
        @Override
        public void applyTo(Handler handler) {
            handler.hold(this);
        }
    }

    /**
     * Hand out the retry that is due.
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
     * Write a dead letter.
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
     * Remember when the job's lease ends.
     *
     * @param job the job
     * @param endsAt when
     */
    record Lease(JobRef job, Instant endsAt) implements Effect {
        @Override
        public void applyTo(Handler handler) {
            handler.lease(this);
        }
    }

    /**
     * Count in the error rates.
     *
     * @param count what
     */
    record Tally(Count count) implements Effect {
        @Override
        public void applyTo(Handler handler) {
            handler.tally(this);
        }
    }

    /**
     * Write an outcome.
     *
     * @param about what kind of input it was
     * @param attempt the attempt that the outcome is about, 0 when none
     * @param kind what became of it
     * @param reason the stable reason, where there is one
     * @param classification FAILURE: how it was classified
     * @param charged FAILURE: whether the attempt counts
     * @param chargedAttempts FAILURE: charged attempts so far
     * @param dueAt SCHEDULED and RELEASED: the due
     * @param jobs COMMAND about many jobs: how many it was applied to
     * @param detail a stable word for what else a reader must know of it
     */
    record Note(
            About about,
            int attempt,
            OutcomeKind kind,
            @Nullable String reason,
            @Nullable Classification classification,
            @Nullable Boolean charged,
            @Nullable Integer chargedAttempts,
            @Nullable Instant dueAt,
            @Nullable Integer jobs,
            @Nullable String detail)
            implements Output {

        /** A detail: the failure came without the request that an earlier one of the job had. */
        public static final String REQUEST_MISSING = DeadLetterReason.REQUEST_MISSING.name();

        /** An outcome of which there is no more to tell. */
        public Note(
                About about,
                int attempt,
                OutcomeKind kind,
                @Nullable String reason,
                @Nullable Classification classification,
                @Nullable Boolean charged,
                @Nullable Integer chargedAttempts,
                @Nullable Instant dueAt,
                @Nullable Integer jobs) {
            this(about, attempt, kind, reason, classification, charged, chargedAttempts, dueAt, jobs, null);
        }

        /** An outcome without anything more. */
        public static Note of(About about, int attempt, OutcomeKind kind, @Nullable String reason) {
            return new Note(about, attempt, kind, reason, null, null, null, null, null);
        }

        @Override
        public void applyTo(Handler handler) {
            handler.note(this);
        }
    }

    /** What an outcome is about; the name is the word in the ledger. */
    enum About {
        /** A failure that was published. */
        FAILURE,
        /** A retry that was pending. */
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
}
