package dev.redrive.domain.lifecycle;

import dev.redrive.domain.backlog.Lane;
import dev.redrive.domain.decide.DeadLetterReason;
import dev.redrive.domain.event.Input.Carried;
import dev.redrive.domain.event.Input.RetryArrived;
import dev.redrive.domain.event.JobRef;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The state of a job; a transition exists only as a method of its source state.
 *
 * <pre> Unseen ──fail──→ Scheduled ──release──→ Running ──fail──→ Scheduled … │ │ └─supersede─→ Running └──fail──→
 * DeadLettered ──redrive──→ Scheduled any ──succeed──→ Finished DeadLettered ──discard──→ Finished Scheduled, Running
 * ──cancel──→ Finished (a lifecycle event also from the others)
 * </pre>
 */
public sealed interface JobState {

    /** Returns the data that the job keeps through all states. */
    Memo memo();

    /** Returns the highest attempt known to have ended, 0 if none. */
    int endedAttempt();

    /** Returns the same state with another memo. */
    JobState with(Memo newMemo);

    /** Nothing is known of the job; nothing is stored. */
    record Unseen() implements JobState {

        /** The only instance in use. */
        public static final Unseen INSTANCE = new Unseen();

        @Override
        public Memo memo() {
            return Memo.NEW;
        }

        @Override
        public int endedAttempt() {
            return 0;
        }

        @Override
        public JobState with(Memo newMemo) {
            return this;
        }
    }

    /**
     * An attempt is in progress. It ends by a failure, a success or a cancellation; else it expires.
     *
     * @param memo data that the job keeps
     * @param attempt the current attempt
     * @param released whether Redrive released it, and so set its key
     */
    record Running(Memo memo, int attempt, boolean released) implements JobState {

        /** Returns a state from a lease alone, without reading the job; attempt 0. */
        public static Running leased(Instant endsAt, String service, boolean released) {
            return new Running(Memo.NEW.calling(service, Carried.NONE).leasedUntil(endsAt), 0, released);
        }

        @Override
        public int endedAttempt() {
            return attempt - 1;
        }

        @Override
        public JobState with(Memo newMemo) {
            return new Running(newMemo, attempt, released);
        }
    }

    /**
     * A retry is pending. It ends by its due, a command, a success or a newer attempt; it never expires.
     *
     * @param memo data that the job keeps
     * @param attempt the attempt to release
     * @param dueAt the retry is not released before this instant; only a command changes it
     * @param digest of the retry's record in its delay topic; {@link #NO_DIGEST} in the state of versions without
     *     digests
     */
    record Scheduled(Memo memo, int attempt, Instant dueAt, long digest) implements JobState {

        /** Value of a missing digest. */
        public static final long NO_DIGEST = 0;

        /** Creates a retry that is not yet written to its delay topic. */
        public Scheduled(Memo memo, int attempt, Instant dueAt) {
            this(memo, attempt, dueAt, NO_DIGEST);
        }

        @Override
        public int endedAttempt() {
            return attempt - 1;
        }

        @Override
        public JobState with(Memo newMemo) {
            return new Scheduled(newMemo, attempt, dueAt, digest);
        }

        /** Returns the same retry, written to its delay topic with this digest. */
        public Scheduled writtenAs(long newDigest) {
            return new Scheduled(memo, attempt, dueAt, newDigest);
        }

        /**
         * Returns whether an arrived retry of the pending attempt differs from the scheduled one. If the state has no
         * digest, only the idempotency key is compared.
         */
        public boolean differs(RetryArrived arrived) {
            if (arrived.attempt() != attempt) {
                return false;
            }
            return digest == NO_DIGEST
                    ? !arrived.idempotencyKey().equals(memo.idempotencyKey())
                    : arrived.digest() != digest;
        }

        /** Returns the lane of the retry. */
        public Lane lane(JobRef job) {
            return memo.lane(job);
        }

        /** Returns whether a redrive caused the retry and none failed since: it ignores the deadline. */
        boolean redriven() {
            return memo.redriveId() != null && memo.firstFailedAt() == null;
        }

        Running release(Instant activeUntil, Instant now) {
            return new Running(memo.activeUntil(activeUntil, now), attempt, true);
        }

        Scheduled moveTo(Instant newDueAt, Instant now) {
            return new Scheduled(memo.activeUntil(memo.activeUntil(), now), attempt, newDueAt, digest);
        }
    }

    /**
     * The job is dead-lettered. It ends by a redrive or a discard; else it expires.
     *
     * @param memo data that the job keeps
     * @param attempt the attempt that failed last
     * @param reason why
     */
    record DeadLettered(Memo memo, int attempt, DeadLetterReason reason) implements JobState {

        @Override
        public int endedAttempt() {
            return attempt;
        }

        @Override
        public JobState with(Memo newMemo) {
            return new DeadLettered(newMemo, attempt, reason);
        }

        Scheduled redrive(String key, int epoch, String redriveId, Instant now) {
            return new Scheduled(memo.redriven(key, epoch, redriveId, now), attempt + 1, now);
        }

        Finished discard(Instant now) {
            return new Finished(memo.ended(now), attempt, End.DISCARDED);
        }
    }

    /**
     * The job has ended. No transition leaves this state; it expires.
     *
     * @param memo data that the job keeps
     * @param attempt the last known attempt
     * @param end how it ended
     */
    record Finished(Memo memo, int attempt, End end) implements JobState {

        @Override
        public int endedAttempt() {
            return attempt;
        }

        @Override
        public JobState with(Memo newMemo) {
            return new Finished(newMemo, attempt, end);
        }
    }

    /** How a job ended; the name is the reason in the outcomes of later inputs. */
    enum End {
        /** It succeeded. */
        SUCCEEDED,
        /** It was cancelled. */
        CANCELLED,
        /** Its dead letter was discarded. */
        DISCARDED,
        /** A rule dropped its failure. */
        DROPPED
    }

    /** Returns the attempt of a report without a number, {@code null} if unknown. */
    default @Nullable Integer attemptUnderWay() {
        if (this instanceof Unseen) {
            return 1;
        }
        return this instanceof Running running ? Integer.valueOf(running.attempt()) : null;
    }
}
