package dev.redrive.codec;

import dev.redrive.domain.event.Input.BulkCommand;
import dev.redrive.domain.event.JobRef;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A command about many jobs that is being carried out.
 *
 * @param command the command
 * @param origin where its record stands
 * @param readAt when it was read; what happened to jobs after that is not its concern
 * @param after the last job that was looked at; {@code null} at the beginning
 * @param jobs how many jobs it was applied to
 */
public record OpenCommand(
        BulkCommand command,
        Origin origin,
        Instant readAt,
        @Nullable JobRef after,
        int jobs) {

    /** A command that begins. */
    public static OpenCommand begin(BulkCommand command, Origin origin, Instant now) {
        return new OpenCommand(command, origin, now, null, 0);
    }

    /** The same, further on. */
    public OpenCommand at(@Nullable JobRef last, int applied) {
        return new OpenCommand(command, origin, readAt, last, applied);
    }
}
