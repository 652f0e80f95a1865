package dev.redrive.domain.event;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A retry in the due queue is due.
 *
 * @param job the job
 * @param attempt number of the attempt to release
 * @param dueAt the due under which it stood in the queue
 * @param service service category of the job
 * @param operation operation name
 * @param deadline after this instant the retry is of no use
 * @param readyAt since when it could go: its due, or the opening of the gates that held it
 */
public record RetryDue(
        JobRef job,
        int attempt,
        Instant dueAt,
        String service,
        String operation,
        @Nullable Instant deadline,
        Instant readyAt)
        implements JobInput {}
