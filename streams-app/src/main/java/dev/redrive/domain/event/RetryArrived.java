package dev.redrive.domain.event;

/**
 * A scheduled retry was read back from its delay topic.
 *
 * @param job the job
 * @param attempt number of the attempt to release
 */
public record RetryArrived(JobRef job, int attempt) implements JobInput {}
