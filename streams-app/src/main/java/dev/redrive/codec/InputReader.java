package dev.redrive.codec;

import dev.redrive.avro.AccountChange;
import dev.redrive.avro.Command;
import dev.redrive.avro.JobFailure;
import dev.redrive.avro.JobLifecycle;
import dev.redrive.avro.ScheduledRetry;
import dev.redrive.codec.Decoded.Read;
import dev.redrive.codec.Decoded.Unreadable;
import dev.redrive.serde.UndecodableException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.serialization.Deserializer;
import org.jspecify.annotations.Nullable;

/**
 * Reads the records of the pipeline's inputs. What is wrong with a record comes back as a value; a registry that can't
 * be reached is thrown ({@link dev.redrive.serde.RegistryUnavailableException}), since it says nothing of the record.
 *
 * <p>Belongs to one thread.
 */
public final class InputReader {

    private final Deserializer<JobFailure> failures;
    private final Deserializer<JobLifecycle> lifecycle;
    private final Deserializer<AccountChange> accounts;
    private final Deserializer<Command> commands;
    private final Deserializer<ScheduledRetry> retries;
    private final DomainMapper mapper;
    private final int maxRecordBytes;
    private final int maxEmbeddingBytes;

    /**
     * A reader.
     *
     * @param serdes gives deserializers
     * @param mapper from records to the domain
     * @param maxRecordBytes largest value that is taken, in bytes
     * @param maxEmbeddingBytes the same for retries and commands, which hold inputs and more
     */
    public InputReader(RegistrySerdes serdes, DomainMapper mapper, int maxRecordBytes, int maxEmbeddingBytes) {
        this.failures = serdes.deserializer(JobFailure.class);
        this.lifecycle = serdes.deserializer(JobLifecycle.class);
        this.accounts = serdes.deserializer(AccountChange.class);
        this.commands = serdes.deserializer(Command.class);
        this.retries = serdes.deserializer(ScheduledRetry.class);
        this.mapper = mapper;
        this.maxRecordBytes = maxRecordBytes;
        this.maxEmbeddingBytes = maxEmbeddingBytes;
    }

    /** Reads a record of the failures topic. */
    public Decoded failure(String topic, byte @Nullable [] key, byte @Nullable [] value, Instant now) {
        return read(
                topic, key, value, maxRecordBytes, failures, record -> new Read(mapper.failure(record, now), record));
    }

    /** Reads a record of the lifecycle topic. */
    public Decoded lifecycle(String topic, byte @Nullable [] key, byte @Nullable [] value, Instant now) {
        return read(
                topic, key, value, maxRecordBytes, lifecycle, record -> new Read(mapper.moved(record, now), record));
    }

    /** Reads a record of the accounts topic. */
    public Decoded account(String topic, byte @Nullable [] key, byte @Nullable [] value, Instant now) {
        return read(
                topic, key, value, maxRecordBytes, accounts, record -> new Read(mapper.account(record, now), record));
    }

    /** Reads a record of the commands topic. */
    public Decoded command(String topic, byte @Nullable [] key, byte @Nullable [] value, Instant now) {
        return read(
                topic,
                key,
                value,
                maxEmbeddingBytes,
                commands,
                record -> new Read(mapper.command(record, now), record));
    }

    /** Reads a record of a delayed retry topic. */
    public Decoded retry(String topic, byte @Nullable [] key, byte @Nullable [] value) {
        return read(
                topic,
                key,
                value,
                maxEmbeddingBytes,
                retries,
                record -> new Read(mapper.arrived(record.getRetry()), record));
    }

    /**
     * Reads the payload of a retry in the due queue.
     *
     * @throws UndecodableException if the payload is damaged
     */
    public ScheduledRetry stored(String topic, byte[] payload) {
        return retries.deserialize(topic, payload);
    }

    private <T extends SpecificRecord> Decoded read(
            String topic,
            byte @Nullable [] key,
            byte @Nullable [] value,
            int maxBytes,
            Deserializer<T> deserializer,
            Reading<T> reading) {
        if (value == null) {
            return unreadable(QuarantineReason.NULL_VALUE, "the record has no value");
        }
        if (value.length > maxBytes) {
            return unreadable(
                    QuarantineReason.TOO_LARGE, "value of " + value.length + " bytes, the limit is " + maxBytes);
        }
        if (key == null) {
            return unreadable(QuarantineReason.KEY_MISSING, "the record has no key; it must be the user's id");
        }
        try {
            Read read = reading.read(deserializer.deserialize(topic, value));
            byte[] user = read.input().userId().getBytes(StandardCharsets.UTF_8);
            return Arrays.equals(user, key)
                    ? read
                    : unreadable(QuarantineReason.KEY_DIFFERS, "the record's key is not its userId in UTF-8");
        } catch (UndecodableException e) {
            return new Unreadable(e.reason().name(), String.valueOf(e.getMessage()));
        } catch (InvalidFieldException e) {
            return unreadable(QuarantineReason.INVALID_FIELD, String.valueOf(e.getMessage()));
        }
    }

    private static Unreadable unreadable(QuarantineReason reason, String message) {
        return new Unreadable(reason.name(), message);
    }

    /** From a record to what was read. */
    @FunctionalInterface
    private interface Reading<T> {
        Read read(T record);
    }
}
