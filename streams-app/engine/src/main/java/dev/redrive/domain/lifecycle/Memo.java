package dev.redrive.domain.lifecycle;

import dev.redrive.domain.backlog.Lane;
import dev.redrive.domain.classify.FailureClass;
import dev.redrive.domain.decide.Decision;
import dev.redrive.domain.event.Input.Carried;
import dev.redrive.domain.event.Input.JobFailed;
import dev.redrive.domain.event.JobRef;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What stays with a job through all its states.
 *
 * @param charged charged attempts that failed, since the start or the last redrive
 * @param throttled throttled attempts, since the start or the last redrive
 * @param outages attempts that were not charged because their service was known to be out, since the start or the last
 *     redrive
 * @param firstFailedAt when it failed first, since the start or the last redrive
 * @param idempotencyKey the key of the running submission
 * @param epoch number of the running submission, from 0
 * @param submittedAttempt the highest attempt counted as submitted
 * @param history the last attempts that failed, oldest first, at most {@link #MAX_HISTORY}
 * @param activeUntil until when the job counts as active without a sign of life; {@code null} when it is not active
 * @param leaseEndsAt when the lease ends that was taken when it became active; signs of life since then move
 *     {@code activeUntil} alone; {@code null} when it is not active
 * @param redriveIds the redrives that were carried out, oldest first, at most {@link #MAX_REDRIVES}
 * @param touchedAt when something happened last
 * @param service the service that the job calls; empty while unknown
 * @param carried what its retries carry, as its failures have left it
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

    /** Most attempts that the history keeps. */
    public static final int MAX_HISTORY = 10;

    /** Most redrives of one job; each is remembered, so that none is carried out twice. */
    public static final int MAX_REDRIVES = 16;

    /** A job of which nothing is known. */
    public static final Memo NEW =
            new Memo(0, 0, 0, null, null, 0, 0, List.of(), null, null, List.of(), Instant.EPOCH, "", Carried.NONE);

    /**
     * Copies the lists.
     *
     * @throws IllegalArgumentException if it is active without a lease, or has one without being active
     */
    public Memo {
        if ((activeUntil == null) != (leaseEndsAt == null)) {
            throw new IllegalArgumentException("active until " + activeUntil + ", but the lease ends " + leaseEndsAt);
        }
        history = List.copyOf(history);
        redriveIds = List.copyOf(redriveIds);
    }

    /** Attempts that failed and were not charged. */
    public int uncharged() {
        return throttled + outages;
    }

    /** The class of the last failure, {@code UNKNOWN} when there is none in the history. */
    public FailureClass lastClass() {
        return history.isEmpty()
                ? FailureClass.UNKNOWN
                : history.get(history.size() - 1).failureClass();
    }

    /** The last redrive that was carried out. */
    public @Nullable String redriveId() {
        return redriveIds.isEmpty() ? null : redriveIds.get(redriveIds.size() - 1);
    }

    /** Whether the job counts as active. */
    public boolean active() {
        return activeUntil != null;
    }

    Memo failed(JobFailed failure, int attempt, Decision decision, @Nullable String key, int newEpoch, Instant now) {
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

    /** Active until then, under the lease that there is already, or else under one as long. */
    Memo activeUntil(@Nullable Instant until, Instant now) {
        return leased(until, until == null || leaseEndsAt == null ? until : leaseEndsAt, now);
    }

    /** The job is over: it is not active, and there will be no retry to carry anything. */
    Memo ended(Instant now) {
        return leased(null, null, now).calling(service, Carried.NONE);
    }

    /** Active until then, under a new lease as long. */
    Memo leasedUntil(Instant until) {
        return leased(until, until, touchedAt);
    }

    /** The same when its lease has ended. */
    public Memo idle() {
        return leased(null, null, touchedAt);
    }

    private Memo leased(@Nullable Instant until, @Nullable Instant endsAt, Instant now) {
        return new Memo(
                charged,
                throttled,
                outages,
                firstFailedAt,
                idempotencyKey,
                epoch,
                submittedAttempt,
                history,
                until,
                endsAt,
                redriveIds,
                now,
                service,
                carried);
    }

    Memo submitted(int attempt) {
        return new Memo(
                charged,
                throttled,
                outages,
                firstFailedAt,
                idempotencyKey,
                epoch,
                attempt,
                history,
                activeUntil,
                leaseEndsAt,
                redriveIds,
                touchedAt,
                service,
                carried);
    }

    /** The job of a failure that was forgotten. */
    Memo calling(String newService, Carried newCarried) {
        return new Memo(
                charged,
                throttled,
                outages,
                firstFailedAt,
                idempotencyKey,
                epoch,
                submittedAttempt,
                history,
                activeUntil,
                leaseEndsAt,
                redriveIds,
                touchedAt,
                newService,
                newCarried);
    }

    /** The lane that the job's retry waits in. */
    public Lane lane(JobRef job) {
        return new Lane(job.userId(), service, carried.priority());
    }
}
