package dev.redrive.domain.decide;

import dev.redrive.domain.classify.Classification;
import dev.redrive.domain.classify.Classification.Disposition;
import dev.redrive.domain.classify.FailureClass;
import dev.redrive.domain.decide.Decider.Progress;
import dev.redrive.domain.event.Input.JobFailed;
import dev.redrive.domain.event.JobRef;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** What becomes of one failure; the same failure, progress and time of reading give the same decision. */
public sealed interface Decision {

    /** How the failure was classified. */
    Classification classification();

    /** Whether the attempt counts against the limit. */
    boolean charged();

    /**
     * The job is retried.
     *
     * @param classification how the failure was classified
     * @param charged whether the attempt counts against the limit
     * @param dueAt the retry is not released before this instant
     * @param idempotencyKey the key of the next attempt
     * @param epoch number of the submission that the next attempt belongs to
     * @param parked whether the job waits for the known end of its cause instead of a backoff
     * @param parts what the due consists of; {@code null} for a redrive, which is due at once
     */
    record Retry(
            Classification classification,
            boolean charged,
            Instant dueAt,
            String idempotencyKey,
            int epoch,
            boolean parked,
            @Nullable DueParts parts)
            implements Decision {}

    /**
     * What a due consists of: {@code from} plus the other four, exactly.
     *
     * @param from when the wait begins
     * @param hintMs the wait that the response or the known reset of the allowance requires, not negative; zero where
     *     none does, or where the quota gate waits in its place
     * @param backoffMs by how much the policy's backoff, before its jitter, is longer; zero where the hint decides
     * @param jitterMs where the backoff decides, what full jitter takes off, not positive; where the hint decides, what
     *     the policy adds to it, not negative
     * @param clampMs what the min backoff adds, not negative
     */
    public record DueParts(Instant from, long hintMs, long backoffMs, long jitterMs, long clampMs) {

        /** Returns the parts of a wait whose hint decides. */
        static DueParts ofHint(Instant from, Duration hint, Duration lengthened) {
            return new DueParts(from, hint.toMillis(), 0, lengthened.toMillis() - hint.toMillis(), 0);
        }

        /** Returns the parts of a wait whose backoff decides, because it is longer than the hint with its jitter. */
        static DueParts ofBackoff(Instant from, Duration hint, RetryDelay.Backoff backoff) {
            long hintMs = hint.toMillis();
            long ceilingMs = Math.max(hintMs, backoff.ceilingMs());
            long drawnMs = Math.max(hintMs, backoff.drawnMs());
            return new DueParts(
                    from,
                    hintMs,
                    ceilingMs - hintMs,
                    drawnMs - ceilingMs,
                    backoff.delay().toMillis() - drawnMs);
        }

        /** Returns the due. */
        public Instant dueAt() {
            return from.plusMillis(hintMs + backoffMs + jitterMs + clampMs);
        }
    }

    /**
     * The job is dead-lettered.
     *
     * @param classification how the failure was classified
     * @param charged whether the attempt counts against the limit
     * @param reason why
     * @param remedy what a person can do about it; names the invalid field if known
     * @param idempotencyKey the key of the submission, {@code null} if it had none and none may be derived
     * @param epoch number of the submission that failed
     */
    record DeadLetter(
            Classification classification,
            boolean charged,
            DeadLetterReason reason,
            String remedy,
            @Nullable String idempotencyKey,
            int epoch)
            implements Decision {

        /**
         * Returns the dead letter of a retry that was pending when its job's deadline passed.
         *
         * @param failureClass class of the last failure
         * @param idempotencyKey the key of the submission
         * @param epoch number of the submission
         */
        public static DeadLetter deadlineMissed(FailureClass failureClass, @Nullable String idempotencyKey, int epoch) {
            Classification missed =
                    new Classification("deadline", "", failureClass, Disposition.DEAD_LETTER, null, null, false);
            return new DeadLetter(
                    missed,
                    false,
                    DeadLetterReason.DEADLINE_EXCEEDED,
                    "the job was still waiting at its deadline: redrive it if it is of use still",
                    idempotencyKey,
                    epoch);
        }

        /**
         * Returns the dead letter of a retry that could not be released.
         *
         * @param reason the reason of its quarantine
         * @param failureClass class of the last failure
         * @param idempotencyKey the key of the submission
         * @param epoch number of the submission
         */
        public static DeadLetter quarantined(
                String reason, FailureClass failureClass, @Nullable String idempotencyKey, int epoch) {
            Classification lost =
                    new Classification("quarantine", "", failureClass, Disposition.DEAD_LETTER, null, null, false);
            return new DeadLetter(
                    lost,
                    false,
                    DeadLetterReason.QUARANTINED,
                    "the retry is in the quarantine (" + reason
                            + "): mend what kept it from going, then redrive the job with its request",
                    idempotencyKey,
                    epoch);
        }

        /**
         * Returns the dead letter of a retry that a gate has blocked for longer than allowed.
         *
         * @param gate name of the gate
         * @param failureClass class of the last failure
         * @param idempotencyKey the key of the submission
         * @param epoch number of the submission
         */
        public static DeadLetter blockedTooLong(
                String gate, FailureClass failureClass, @Nullable String idempotencyKey, int epoch) {
            Classification classification =
                    new Classification("hold", "", failureClass, Disposition.DEAD_LETTER, null, null, false);
            return new DeadLetter(
                    classification,
                    false,
                    DeadLetterReason.HELD_TOO_LONG,
                    "the gate " + gate + " did not open in time: see what keeps it closed, then redrive the job",
                    idempotencyKey,
                    epoch);
        }
    }

    /**
     * The failure is dropped on purpose, by a rule.
     *
     * @param classification how the failure was classified
     * @param charged whether the attempt counts against the limit
     */
    record Drop(Classification classification, boolean charged) implements Decision {}

    /**
     * The submission that an attempt belongs to.
     *
     * @param idempotencyKey its key
     * @param epoch its number, from 0
     */
    public record Submission(String idempotencyKey, int epoch) {

        /**
         * The idempotency keys of one failed attempt.
         *
         * @param job the job
         * @param carried the key that the attempt carried; the failure's key wins over the released one
         * @param known the job's known key, carried by this attempt or not
         * @param epoch number of the submission that failed
         */
        record KeyChain(
                JobRef job,
                @Nullable String carried,
                @Nullable String known,
                int epoch) {

            static KeyChain of(JobFailed failure, Progress progress) {
                String received = present(failure.idempotencyKey());
                String known = present(progress.idempotencyKey());
                String carried = received == null && progress.releasedWithKey() ? known : received;
                return new KeyChain(failure.job(), carried, carried == null ? known : carried, progress.epoch());
            }

            /** Returns the same submission: it keeps its key, or gets a derived one if it never had one. */
            Submission sameSubmission() {
                return new Submission(known == null ? StableIds.idempotencyKey(job, epoch) : known, epoch);
            }

            /** Returns a new submission: the former one has ended. */
            Submission newSubmission() {
                int next = Math.addExact(epoch, 1);
                return new Submission(StableIds.idempotencyKey(job, next), next);
            }

            private static @Nullable String present(@Nullable String key) {
                return key == null || key.isBlank() ? null : key;
            }
        }
    }
}
