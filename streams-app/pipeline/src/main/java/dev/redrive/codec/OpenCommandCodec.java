package dev.redrive.codec;

import dev.redrive.codec.avro.OpenCommandMemory;
import dev.redrive.domain.event.Input.BulkCommand;
import dev.redrive.domain.event.Input.CommandIssued;
import dev.redrive.domain.event.JobRef;
import java.io.UncheckedIOException;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * An open command as bytes, in Avro's single-object encoding.
 *
 * <p>Stateless and safe for use by several threads.
 */
public final class OpenCommandCodec {

    private static final SingleObject<OpenCommandMemory> FORMAT = new SingleObject<>(OpenCommandMemory.class);

    private OpenCommandCodec() {}

    /** The bytes of an open command. */
    public static byte[] encode(OpenCommand open) {
        BulkCommand command = open.command();
        Origin origin = open.origin();
        JobRef after = open.after();
        return FORMAT.encode(new OpenCommandMemory(
                command.commandId(),
                command.kind().name(),
                command.userId(),
                command.operation(),
                open.readAt().toEpochMilli(),
                after == null ? "" : after.userId(),
                after == null ? "" : after.jobId(),
                open.jobs(),
                origin.topic(),
                origin.partition(),
                origin.offset()));
    }

    /**
     * The open command in the bytes.
     *
     * @throws UncheckedIOException if the bytes are none
     */
    public static OpenCommand decode(byte[] bytes) {
        OpenCommandMemory memory = FORMAT.decode(bytes);
        BulkCommand command = new BulkCommand(
                memory.getCommandId(),
                CommandIssued.Kind.valueOf(memory.getKind()),
                memory.getUserId(),
                memory.getOperation());
        Origin origin = new Origin(
                memory.getTopic(), memory.getPartition(), memory.getOffset(), null, null, memory.getCommandId());
        JobRef after =
                memory.getAfterUserId().isEmpty() ? null : new JobRef(memory.getAfterUserId(), memory.getAfterJobId());
        return new OpenCommand(command, origin, Instant.ofEpochMilli(memory.getReadAt()), after, memory.getJobs());
    }

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
}
