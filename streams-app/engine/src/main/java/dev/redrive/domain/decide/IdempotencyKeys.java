package dev.redrive.domain.decide;

import dev.redrive.domain.event.JobRef;
import java.util.UUID;

/** Derives the idempotency key of a submission that carried none. */
public final class IdempotencyKeys {

    /** Of idempotency keys; fixed for ever, else running jobs would change their keys. */
    private static final UUID NAMESPACE = UUID.fromString("f3b1d6a8-52c7-4e57-8f3d-0d5c1b7e6a90");

    private IdempotencyKeys() {}

    /**
     * The key of one submission: a UUID of version 5 over user, job and epoch, built as {@link StableIds} tells.
     *
     * @param job the job
     * @param epoch number of the submission, from 0
     */
    public static String derive(JobRef job, int epoch) {
        return StableIds.uuid(NAMESPACE, job.userId(), job.jobId(), Integer.toString(epoch))
                .toString();
    }
}
