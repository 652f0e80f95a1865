package dev.redrive.dev;

import org.jspecify.annotations.Nullable;

/**
 * One POST to the simulated API.
 *
 * @param userId who calls
 * @param jobId the work that it is for; the API uses it only to find work that was done twice
 * @param service service category, the scope of the rate limit
 * @param operation operation name
 * @param attempt number of the attempt; the API uses it only to tell retries in its counts
 * @param idempotencyKey the Idempotency-Key header, when there is one
 */
record ApiCall(
        String userId,
        String jobId,
        String service,
        String operation,
        int attempt,
        @Nullable String idempotencyKey) {}
