package dev.redrive.domain.engine;

import dev.redrive.domain.event.Input.BulkCommand;
import dev.redrive.domain.event.JobRef;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The progress of a command about many jobs.
 *
 * @param command the command
 * @param source where its record is
 * @param readAt when it was read; it ignores jobs that changed later
 * @param after the last visited job; {@code null} at the beginning
 * @param jobs number of jobs that it was applied to
 */
public record CommandProgress(
        BulkCommand command,
        Source source,
        Instant readAt,
        @Nullable JobRef after,
        int jobs) {

    /** Returns a command at its beginning. */
    public static CommandProgress begin(BulkCommand command, Source source, Instant now) {
        return new CommandProgress(command, source, now, null, 0);
    }

    /** Returns the same command at a later position. */
    public CommandProgress at(@Nullable JobRef last, int applied) {
        return new CommandProgress(command, source, readAt, last, applied);
    }
}
