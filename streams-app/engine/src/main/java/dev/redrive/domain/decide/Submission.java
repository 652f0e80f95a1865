package dev.redrive.domain.decide;

import dev.redrive.domain.decide.Decider.Progress;
import dev.redrive.domain.event.Input.JobFailed;
import dev.redrive.domain.event.JobRef;
import org.jspecify.annotations.Nullable;

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
            JobRef job, @Nullable String carried, @Nullable String known, int epoch) {

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
