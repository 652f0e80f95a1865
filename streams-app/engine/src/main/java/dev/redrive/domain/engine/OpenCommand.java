package dev.redrive.domain.engine;

import dev.redrive.domain.event.Input.BulkCommand;
import dev.redrive.domain.event.JobRef;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A command about many jobs that is being carried out.
 *
 * @param command the command
 * @param source where its record is
 * @param readAt when it was read; later changes of jobs do not concern it
 * @param after the last job that was visited; {@code null} at the beginning
 * @param jobs how many jobs it was applied to
 */
public record OpenCommand(
        BulkCommand command,
        Source source,
        Instant readAt,
        @Nullable JobRef after,
        int jobs) {

    /** A command that begins. */
    public static OpenCommand begin(BulkCommand command, Source source, Instant now) {
        return new OpenCommand(command, source, now, null, 0);
    }

    /** The same, further on. */
    public OpenCommand at(@Nullable JobRef last, int applied) {
        return new OpenCommand(command, source, readAt, last, applied);
    }
}
