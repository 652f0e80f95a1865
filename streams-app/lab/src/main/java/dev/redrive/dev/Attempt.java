package dev.redrive.dev;

import dev.redrive.avro.RetryRequest;
import org.jspecify.annotations.Nullable;

/**
 * One submission of a job by the simulated batch system.
 *
 * @param userId owner of the job
 * @param jobId the job within the user
 * @param number of the attempt, from 1
 * @param service service category
 * @param operation operation name
 * @param route path of the request
 * @param idempotencyKey the key to send, when there is one
 */
record Attempt(
        String userId,
        String jobId,
        int number,
        String service,
        String operation,
        String route,
        @Nullable String idempotencyKey) {

    /** The attempt that a retry asks for. */
    static Attempt of(RetryRequest retry) {
        return new Attempt(
                retry.getUserId(),
                retry.getJobId(),
                retry.getAttempt(),
                retry.getService(),
                retry.getOperation(),
                retry.getRoute(),
                retry.getIdempotencyKey());
    }

    ApiCall call() {
        return new ApiCall(userId, jobId, service, operation, number, idempotencyKey);
    }
}
