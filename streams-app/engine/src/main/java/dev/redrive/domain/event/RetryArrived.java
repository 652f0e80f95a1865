package dev.redrive.domain.event;

/**
 * A scheduled retry was read back from its delay topic.
 *
 * @param job the job
 * @param attempt number of the attempt to release
 * @param idempotencyKey the key that it would be released with
 * @param digest of the whole record; see {@link dev.redrive.domain.lifecycle.JobState.Scheduled}
 */
public record RetryArrived(JobRef job, int attempt, String idempotencyKey, long digest) implements JobInput {}
