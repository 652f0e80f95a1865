package dev.redrive.domain.lifecycle;

import dev.redrive.domain.backlog.Lane;
import dev.redrive.domain.classify.FailureClass;
import dev.redrive.domain.decide.DeadLetterReason;
import dev.redrive.domain.decide.Decider.Progress;
import dev.redrive.domain.decide.Decision;
import dev.redrive.domain.event.Input.Carried;
import dev.redrive.domain.event.Input.JobFailed;
import dev.redrive.domain.event.Input.RetryArrived;
import dev.redrive.domain.event.JobRef;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
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

    /** Returns whether this attempt is under way as a retry that Redrive released. */
    default boolean released(int attempt) {
        return this instanceof Running running && running.released() && running.attempt() == attempt;
    }

    /**
     * One failed attempt in the history of a dead letter.
     *
     * @param attempt its number
     * @param failureClass its class
     * @param code its error code
     * @param httpStatus its status
     * @param failedAt when it ended
     */
    public record AttemptSummary(
            int attempt,
            FailureClass failureClass,
            @Nullable String code,
            @Nullable Integer httpStatus,
            Instant failedAt) {}

    /**
     * The data that a job keeps through all its states.
     *
     * @param charged number of charged attempts that failed, since the start or the last redrive
     * @param throttled number of throttled attempts, since the start or the last redrive
     * @param outages number of attempts not charged because of a known outage of their service, since the same
     * @param firstFailedAt its first failure since the start or the last redrive
     * @param idempotencyKey the key of the current submission
     * @param epoch number of the current submission, from 0
     * @param submittedAttempt the highest attempt counted as submitted
     * @param history the last failed attempts, oldest first, at most {@link #MAX_HISTORY}
     * @param activeUntil until when the job counts as active without a sign of life; {@code null} if not active
     * @param leaseEndsAt end of the lease from when it became active; later signs of life change only {@code activeUntil};
     *     {@code null} if not active
     * @param redriveIds the executed redrives, oldest first, at most {@link #MAX_REDRIVES}
     * @param touchedAt time of the last change
     * @param service the service that the job calls; empty while unknown
     * @param carried data that its retries carry, from its failures
     */
    public record Memo(
            int charged,
            int throttled,
            int outages,
            @Nullable Instant firstFailedAt,
            @Nullable String idempotencyKey,
            int epoch,
            int submittedAttempt,
            List<AttemptSummary> history,
            @Nullable Instant activeUntil,
            @Nullable Instant leaseEndsAt,
            List<String> redriveIds,
            Instant touchedAt,
            String service,
            Carried carried) {

        /** Max attempts in the history. */
        public static final int MAX_HISTORY = 10;

        /** Max redrives of one job; all are stored, so that none is executed twice. */
        public static final int MAX_REDRIVES = 16;

        /** The memo of an unknown job. */
        public static final Memo NEW =
                new Memo(0, 0, 0, null, null, 0, 0, List.of(), null, null, List.of(), Instant.EPOCH, "", Carried.NONE);

        /**
         * Copies the lists.
         *
         * @throws IllegalArgumentException if it is active without a lease, or has one without being active
         */
        public Memo {
            if ((activeUntil == null) != (leaseEndsAt == null)) {
                throw new IllegalArgumentException(
                        "active until " + activeUntil + ", but the lease ends " + leaseEndsAt);
            }
            history = List.copyOf(history);
            redriveIds = List.copyOf(redriveIds);
        }

        /** Returns the number of failed attempts that were not charged. */
        public int uncharged() {
            return throttled + outages;
        }

        /** Returns the class of the last failure, {@code UNKNOWN} if the history is empty. */
        public FailureClass lastClass() {
            return history.isEmpty()
                    ? FailureClass.UNKNOWN
                    : history.get(history.size() - 1).failureClass();
        }

        /** Returns the id of the last executed redrive. */
        public @Nullable String redriveId() {
            return redriveIds.isEmpty() ? null : redriveIds.get(redriveIds.size() - 1);
        }

        /** Returns whether the job counts as active. */
        public boolean active() {
            return activeUntil != null;
        }

        /**
         * Returns what the next decision needs of the earlier attempts.
         *
         * @param minEpoch lower bound of the submission's number
         * @param outage whether the service has a known outage
         * @param releasedWithKey whether the failed attempt carried the key
         * @param requestMissing whether the failure lacks the job's request
         * @param quotaProbe whether the failed attempt was released to find out whether the user can spend again
         */
        Progress progress(
                int minEpoch, boolean outage, boolean releasedWithKey, boolean requestMissing, boolean quotaProbe) {
            return new Progress(
                    charged,
                    throttled,
                    outages,
                    firstFailedAt,
                    idempotencyKey,
                    Math.max(epoch, minEpoch),
                    outage,
                    releasedWithKey,
                    requestMissing,
                    quotaProbe);
        }

        Memo failed(
                JobFailed failure, int attempt, Decision decision, @Nullable String key, int newEpoch, Instant now) {
            boolean throttle = decision.classification().failureClass().throttled();
            List<AttemptSummary> grown = new ArrayList<>(history);
            if (grown.size() == MAX_HISTORY) {
                grown.remove(0);
            }
            grown.add(new AttemptSummary(
                    attempt,
                    decision.classification().failureClass(),
                    failure.envelope().code(),
                    failure.httpStatus(),
                    failure.failedAt()));
            return new Memo(
                    charged + (decision.charged() ? 1 : 0),
                    throttled + (throttle ? 1 : 0),
                    outages + (throttle || decision.charged() ? 0 : 1),
                    firstFailedAt == null ? failure.failedAt() : firstFailedAt,
                    key,
                    newEpoch,
                    submittedAttempt,
                    grown,
                    null,
                    null,
                    redriveIds,
                    now,
                    failure.service(),
                    failure.carried());
        }

        Memo redriven(String key, int newEpoch, String newRedriveId, Instant now) {
            List<String> grown = new ArrayList<>(redriveIds);
            grown.add(newRedriveId);
            return new Memo(
                    0, 0, 0, null, key, newEpoch, submittedAttempt, history, null, null, grown, now, service, carried);
        }

        /** Returns the memo active until then, under the existing lease, else under a new one that ends then. */
        Memo activeUntil(@Nullable Instant until, Instant now) {
            return leased(until, until == null || leaseEndsAt == null ? until : leaseEndsAt, now);
        }

        /** Returns the memo of an ended job: not active, and without data for retries. */
        Memo ended(Instant now) {
            return with(submittedAttempt, null, null, now, service, Carried.NONE);
        }

        /** Returns the memo active until then, under a new lease that ends then. */
        Memo leasedUntil(Instant until) {
            return leased(until, until, touchedAt);
        }

        /** Returns the same memo after the end of its lease. */
        public Memo idle() {
            return leased(null, null, touchedAt);
        }

        private Memo leased(@Nullable Instant until, @Nullable Instant endsAt, Instant now) {
            return with(submittedAttempt, until, endsAt, now, service, carried);
        }

        Memo submitted(int attempt) {
            return with(attempt, activeUntil, leaseEndsAt, touchedAt, service, carried);
        }

        /** Returns the memo with another service and other carried data. */
        Memo calling(String newService, Carried newCarried) {
            return with(submittedAttempt, activeUntil, leaseEndsAt, touchedAt, newService, newCarried);
        }

        /** Returns the memo with what an event changes that neither counts an attempt nor changes the key. */
        private Memo with(
                int newSubmittedAttempt,
                @Nullable Instant until,
                @Nullable Instant endsAt,
                Instant now,
                String newService,
                Carried newCarried) {
            return new Memo(
                    charged,
                    throttled,
                    outages,
                    firstFailedAt,
                    idempotencyKey,
                    epoch,
                    newSubmittedAttempt,
                    history,
                    until,
                    endsAt,
                    redriveIds,
                    now,
                    newService,
                    newCarried);
        }

        /**
         * Returns when an attempt that Redrive released ended, by the clock of the release: after the last change of this
         * memo, which was the release or a later sign of life, whatever the batch system's clock shows.
         *
         * @param at when it ended by the batch system's clock
         * @param now the time of reading
         */
        Instant endedAfter(Instant at, Instant now) {
            Instant earliest = touchedAt.plusMillis(1);
            return earliest.isAfter(at) && !earliest.isAfter(now) ? earliest : at;
        }

        /** Returns the lane of the job's retry. */
        public Lane lane(JobRef job) {
            return new Lane(job.userId(), service, carried.priority());
        }
    }
}
