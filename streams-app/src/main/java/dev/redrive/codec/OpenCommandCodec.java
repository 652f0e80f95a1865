package dev.redrive.codec;

import dev.redrive.codec.avro.OpenCommandMemory;
import dev.redrive.domain.event.BulkCommand;
import dev.redrive.domain.event.CommandIssued;
import dev.redrive.domain.event.JobRef;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;

/**
 * An open command as bytes, in Avro's single-object encoding.
 *
 * <p>Stateless and safe for use by several threads.
 */
public final class OpenCommandCodec {

    private OpenCommandCodec() {}

    /** The bytes of an open command. */
    public static byte[] encode(OpenCommand open) {
        BulkCommand command = open.command();
        Origin origin = open.origin();
        JobRef after = open.after();
        try {
            return JobStateCodec.bytes(OpenCommandMemory.getEncoder()
                    .encode(new OpenCommandMemory(
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
                            origin.offset())));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * The open command in the bytes.
     *
     * @throws UncheckedIOException if the bytes are none
     */
    public static OpenCommand decode(byte[] bytes) {
        try {
            OpenCommandMemory memory = OpenCommandMemory.getDecoder().decode(bytes);
            BulkCommand command = new BulkCommand(
                    memory.getCommandId(),
                    CommandIssued.Kind.valueOf(memory.getKind()),
                    memory.getUserId(),
                    memory.getOperation());
            Origin origin = new Origin(
                    memory.getTopic(), memory.getPartition(), memory.getOffset(), null, null, memory.getCommandId());
            JobRef after = memory.getAfterUserId().isEmpty()
                    ? null
                    : new JobRef(memory.getAfterUserId(), memory.getAfterJobId());
            return new OpenCommand(command, origin, Instant.ofEpochMilli(memory.getReadAt()), after, memory.getJobs());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
