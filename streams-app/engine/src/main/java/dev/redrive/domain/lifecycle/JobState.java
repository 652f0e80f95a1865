package dev.redrive.domain.lifecycle;

import dev.redrive.domain.backlog.Lane;
import dev.redrive.domain.decide.DeadLetterReason;
import dev.redrive.domain.event.Input.Carried;
import dev.redrive.domain.event.Input.RetryArrived;
import dev.redrive.domain.event.JobRef;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The state of a job; a move exists only as a method of the state it leaves.
 *
 * <pre>
 * Unseen ──fail──→ Scheduled ──release──→ Running ──fail──→ Scheduled …
 *    │                 │  └─supersede─→ Running
 *    └──fail──→ DeadLettered ──redrive──→ Scheduled
 * any ──succeed──→ Finished               DeadLettered ──discard──→ Finished
 * Scheduled, Running ──cancel──→ Finished (a lifecycle event also from the others)
 * </pre>
 */
public sealed interface JobState {

    /** What stays with the job through all states. */
    Memo memo();

    /** The highest attempt known to have ended, 0 when none. */
    int endedAttempt();

    /** The same state with another memo. */
    JobState with(Memo newMemo);

    /** Nothing is known of the job; nothing is stored. */
    record Unseen() implements JobState {

        /** The only value anyone needs. */
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
     * An attempt is under way. A failure, a success or a cancellation moves it on; else it expires.
     *
     * @param memo what stays with the job
     * @param attempt the attempt under way
     * @param released whether Redrive released it, and so handed out the key
     */
    record Running(Memo memo, int attempt, boolean released) implements JobState {

        /** A job of which no more is looked up than its lease tells; attempt 0. */
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
     * A retry is pending. Its due time, a command, a success or a newer attempt moves it on; it never expires.
     *
     * @param memo what stays with the job
     * @param attempt the attempt to release
     * @param dueAt not before this instant; only a command changes it
     * @param digest of the retry as it was written to its delay topic; {@link #NO_DIGEST} in the state of versions that
     *     kept none
     */
    record Scheduled(Memo memo, int attempt, Instant dueAt, long digest) implements JobState {

        /** The digest of nothing. */
        public static final long NO_DIGEST = 0;

        /** One that is not written to its delay topic yet. */
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

        /** The same, written to its delay topic with this digest. */
        public Scheduled writtenAs(long newDigest) {
            return new Scheduled(memo, attempt, dueAt, newDigest);
        }

        /**
         * Whether a retry that arrived for the pending attempt is another than the one that was scheduled. Where the state
         * has no digest the idempotency key alone is compared.
         */
        public boolean differs(RetryArrived arrived) {
            if (arrived.attempt() != attempt) {
                return false;
            }
            return digest == NO_DIGEST
                    ? !arrived.idempotencyKey().equals(memo.idempotencyKey())
                    : arrived.digest() != digest;
        }

        /** The lane that the retry waits in. */
        public Lane lane(JobRef job) {
            return memo.lane(job);
        }

        /** Whether a redrive brought the job back and nothing failed since: a person wants it, deadline or not. */
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
     * The job ended in the dead letters. A redrive or a discard moves it on; else it expires.
     *
     * @param memo what stays with the job
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
     * The job is over. Nothing moves it on; it expires.
     *
     * @param memo what stays with the job
     * @param attempt the last attempt that was heard of
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

    /** How a job ended; the name is the reason in the outcomes of what comes later. */
    enum End {
        /** It was done. */
        SUCCEEDED,
        /** It was not wanted any more. */
        CANCELLED,
        /** Its dead letter was settled. */
        DISCARDED,
        /** A rule dropped its failure. */
        DROPPED
    }

    /** The attempt a report without a number is about, {@code null} when it can't be told. */
    default @Nullable Integer attemptUnderWay() {
        if (this instanceof Unseen) {
            return 1;
        }
        return this instanceof Running running ? Integer.valueOf(running.attempt()) : null;
    }
}
