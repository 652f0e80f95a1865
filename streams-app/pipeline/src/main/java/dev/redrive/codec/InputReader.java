package dev.redrive.codec;

import dev.redrive.avro.AccountChange;
import dev.redrive.avro.Command;
import dev.redrive.avro.JobFailure;
import dev.redrive.avro.JobLifecycle;
import dev.redrive.avro.ScheduledRetry;
import dev.redrive.codec.DomainMapper.InvalidFieldException;
import dev.redrive.codec.InputReader.Decoded.Read;
import dev.redrive.codec.InputReader.Decoded.Unreadable;
import dev.redrive.codec.Origin.PayloadDigest;
import dev.redrive.codec.SingleObject.ReleasedFormat;
import dev.redrive.codec.SingleObject.StoredDeserializer;
import dev.redrive.domain.event.Input;
import dev.redrive.domain.event.Input.RetryArrived;
import dev.redrive.serde.AvroSerdes;
import dev.redrive.serde.UndecodableException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import java.util.function.Predicate;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.serialization.Deserializer;
import org.jspecify.annotations.Nullable;

/**
 * Reads the records of the pipeline's inputs. A fault of a record is returned as a value; an unreachable registry is
 * thrown ({@link dev.redrive.serde.RegistryUnavailableException}), since the record may be valid.
 *
 * <p>Belongs to one thread.
 */
public final class InputReader {

    private final Deserializer<JobFailure> failures;
    private final Deserializer<JobLifecycle> lifecycle;
    private final Deserializer<AccountChange> accounts;
    private final Deserializer<Command> commands;
    private final Deserializer<ScheduledRetry> retries;
    private final StoredDeserializer<ScheduledRetry> storedRetries;
    private final StoredDeserializer<JobFailure> storedFailures;
    private final DomainMapper mapper;
    private final ReleasedFormat<ScheduledRetry> retryFormat = new ReleasedFormat<>(ScheduledRetry.class);
    private final ReleasedFormat<JobFailure> failureFormat = new ReleasedFormat<>(JobFailure.class);
    private final int maxRecordBytes;
    private final int maxEmbeddingBytes;

    /**
     * Creates a reader.
     *
     * @param registry settings of the registry's clients, by Confluent's keys
     * @param mapper maps records to the domain
     * @param maxRecordBytes maximum size of a value in bytes
     * @param maxEmbeddingBytes the same for retries and commands, which embed inputs
     */
    public InputReader(Map<String, Object> registry, DomainMapper mapper, int maxRecordBytes, int maxEmbeddingBytes) {
        this.failures = AvroSerdes.deserializer(JobFailure.class, registry);
        this.lifecycle = AvroSerdes.deserializer(JobLifecycle.class, registry);
        this.accounts = AvroSerdes.deserializer(AccountChange.class, registry);
        this.commands = AvroSerdes.deserializer(Command.class, registry);
        this.retries = AvroSerdes.deserializer(ScheduledRetry.class, registry);
        this.storedRetries = new StoredDeserializer<>(retryFormat, retries);
        this.storedFailures = new StoredDeserializer<>(failureFormat, failures);
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

    /**
     * Reads a record of a delayed retry topic. The registry is queried only for values that no schema of this build can
     * decode.
     *
     * @param presentId the registry's id of this build's newest schema; negative until a retry was written with it
     * @param scheduled checks by its digest whether a retry is the one that its job waits for
     */
    public Decoded retry(
            String topic,
            byte @Nullable [] key,
            byte @Nullable [] value,
            int presentId,
            Predicate<RetryArrived> scheduled) {
        if (key != null && value != null && value.length <= maxEmbeddingBytes) {
            long digest = PayloadDigest.of(value);
            boolean present = presentId >= 0 && presentId == idOf(value);
            for (int version = 0; version < retryFormat.versions(); version++) {
                Read read = known(version, key, value, digest);
                if (read != null
                        && (present && version == 0
                                || read.input() instanceof RetryArrived arrived && scheduled.test(arrived))) {
                    return read;
                }
            }
        }
        return read(topic, key, value, maxEmbeddingBytes, retries, record -> {
            long digest = PayloadDigest.of(Objects.requireNonNull(value));
            return new Read(mapper.arrived(record.getRetry(), digest), record, retryFormat.encode(record));
        });
    }

    /** Decodes the retry with one of this build's schemas, 0 being the newest; {@code null} if that fails. */
    private @Nullable Read known(int version, byte[] key, byte[] value, long digest) {
        ReleasedFormat.Found<ScheduledRetry> found = retryFormat.ofWire(version, value);
        if (found == null) {
            return null;
        }
        try {
            RetryArrived arrived = mapper.arrived(found.record().getRetry(), digest);
            return Arrays.equals(arrived.userId().getBytes(StandardCharsets.UTF_8), key)
                    ? new Read(arrived, found.record(), found.stored())
                    : null;
        } catch (InvalidFieldException e) {
            return null;
        }
    }

    /** Returns the schema id of a value in the wire format; negative if the value is too short. */
    static int idOf(byte[] value) {
        return value.length < 5 ? -1 : ByteBuffer.wrap(value).getInt(1);
    }

    /**
     * Reads the payload of a retry in the due queue.
     *
     * @throws UndecodableException if the payload is damaged
     */
    public ScheduledRetry stored(String topic, byte[] payload) {
        return storedRetries.deserialize(topic, payload);
    }

    /** Reads a failure encoded by {@link #kept}. */
    public Decoded keptFailure(String topic, byte[] failure, Instant now) {
        try {
            JobFailure record = storedFailures.deserialize(topic, failure);
            return new Read(mapper.failure(record, now), record);
        } catch (UndecodableException e) {
            return new Unreadable(e.reason().name(), String.valueOf(e.getMessage()));
        } catch (InvalidFieldException e) {
            return unreadable(QuarantineReason.INVALID_FIELD, String.valueOf(e.getMessage()));
        }
    }

    /** Encodes a failure for a store, with its own schema. */
    public byte[] kept(JobFailure failure) {
        return failureFormat.encode(failure);
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

    /** Maps a record to the result. */
    @FunctionalInterface
    private interface Reading<T> {
        Read read(T record);
    }

    /** The result of reading one record. */
    public sealed interface Decoded {

        /**
         * The record was read.
         *
         * @param input the input for the domain
         * @param record the record itself, for data that no decision needs
         * @param stored the record encoded for a store, for a retry
         */
        @SuppressWarnings("ArrayRecordComponent") // never compared
        record Read(Input input, SpecificRecord record, byte @Nullable [] stored) implements Decoded {

            Read(Input input, SpecificRecord record) {
                this(input, record, null);
            }
        }

        /**
         * The record cannot be read, now or later: it goes to the quarantine.
         *
         * @param reason stable word
         * @param message what is wrong, for people; contains no payload
         */
        record Unreadable(String reason, String message) implements Decoded {}
    }

    /**
     * The reason why a decodable record was quarantined; the name is the stable word in headers, outcomes and metrics.
     * Undecodable bytes have the reasons of {@link dev.redrive.serde.UndecodableException.UndecodableReason}.
     */
    public enum QuarantineReason {
        /** An operator skipped the record, because it cannot be fetched; only a reference to it is kept. */
        SKIPPED,
        /** The record has no value. */
        NULL_VALUE,
        /** The record has no key; it must be the user's id. */
        KEY_MISSING,
        /** The record's key is not the user's id, so it may be in another partition than the user's. */
        KEY_DIFFERS,
        /** The record is in another partition than its key's, and cannot be forwarded. */
        WRONG_PARTITION,
        /** The record of a delay topic is not the retry that its job waits for. */
        DIFFERS_FROM_SCHEDULED,
        /** A field has an invalid value. */
        INVALID_FIELD,
        /** The record is larger than the limit. */
        TOO_LARGE,
        /** An output caused by the record is larger than the limit. */
        OUTPUT_TOO_LARGE,
        /** Processing failed unexpectedly. */
        PROCESSING_FAILED
    }
}
