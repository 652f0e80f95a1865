package dev.redrive.codec;

import dev.redrive.codec.avro.OpenCommandMemory;
import dev.redrive.domain.engine.Ports.CommandProgress;
import dev.redrive.domain.engine.Ports.Source;
import dev.redrive.domain.event.Input.BulkCommand;
import dev.redrive.domain.event.Input.JobCommand;
import dev.redrive.domain.event.JobRef;
import java.io.UncheckedIOException;
import java.time.Instant;

/**
 * Encodes the progress of a command in Avro's single-object encoding.
 *
 * <p>Stateless and safe for use by several threads.
 */
public final class CommandProgressCodec {

    private static final SingleObject<OpenCommandMemory> FORMAT = new SingleObject<>(OpenCommandMemory.class);

    private CommandProgressCodec() {}

    public static byte[] encode(CommandProgress open) {
        BulkCommand command = open.command();
        Source source = open.source();
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
                source.topic(),
                source.partition(),
                source.offset()));
    }

    /**
     * Decodes the progress of a command.
     *
     * @throws UncheckedIOException if the bytes are not such a progress
     */
    public static CommandProgress decode(byte[] bytes) {
        OpenCommandMemory memory = FORMAT.decode(bytes);
        BulkCommand command = new BulkCommand(
                memory.getCommandId(),
                JobCommand.Kind.valueOf(memory.getKind()),
                memory.getUserId(),
                memory.getOperation());
        Source source = new Source(memory.getTopic(), memory.getPartition(), memory.getOffset());
        JobRef after =
                memory.getAfterUserId().isEmpty() ? null : new JobRef(memory.getAfterUserId(), memory.getAfterJobId());
        return new CommandProgress(command, source, Instant.ofEpochMilli(memory.getReadAt()), after, memory.getJobs());
    }
}
