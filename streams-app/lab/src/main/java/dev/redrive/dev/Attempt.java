package dev.redrive.dev;

import dev.redrive.avro.RetryRequest;
import org.jspecify.annotations.Nullable;

/**
 * One submission of a job by the simulated batch system.
 *
 * @param number number of the attempt, from 1
 */
record Attempt(
        String userId,
        String jobId,
        int number,
        String service,
        String operation,
        String route,
        @Nullable String idempotencyKey) {

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
}
