package dev.redrive.domain.event;

import java.time.Instant;

/**
 * A retry whose turn had come could not be handed out and was quarantined.
 *
 * @param job the job
 * @param dueAt the due under which it stood in the queue
 * @param operation operation name; empty where it could not be read
 * @param reason the stable reason of its quarantine
 */
public record RetryLost(JobRef job, Instant dueAt, String operation, String reason) implements JobInput {}
