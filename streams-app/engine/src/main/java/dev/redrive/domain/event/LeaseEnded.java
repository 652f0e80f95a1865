package dev.redrive.domain.event;

/**
 * The time is over in which a job counts as active without a sign of life.
 *
 * @param job the job
 */
public record LeaseEnded(JobRef job) implements JobInput {}
