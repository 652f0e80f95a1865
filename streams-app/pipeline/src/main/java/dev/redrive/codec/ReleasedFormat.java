package dev.redrive.codec;

import dev.redrive.serde.Models;
import dev.redrive.serde.UndecodableException;
import dev.redrive.serde.UndecodableReason;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.avro.Schema;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.DatumReader;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.FastReaderBuilder;
import org.apache.avro.specific.SpecificData;
import org.apache.avro.specific.SpecificRecord;
import org.jspecify.annotations.Nullable;

/**
 * Records of a published type in the pipeline's own stores, in Avro's single-object encoding: the fingerprint of their
 * schema stands in front, so that they can be read without a registry, which may have lost its memory. This build knows the
 * present schema and every released one.
 *
 * <p>A record in Confluent's wire format becomes such a record by another head, without being encoded again.
 *
 * <p>Belongs to one thread.
 */
final class ReleasedFormat<T extends SpecificRecord> {

    private static final int HEAD_BYTES = SingleObject.HEAD_BYTES;

    /** Bytes before a record in Confluent's wire format: a zero byte and the schema's id. */
    private static final int WIRE_HEAD_BYTES = 5;

    /** More releases than there will be; each is looked for once. */
    private static final int MAX_RELEASES = 32;

    private final SingleObject<T> present;
    private final List<Version<T>> versions = new ArrayList<>();
    private @Nullable BinaryDecoder decoder;

    /** A version of the schema: what stands before records that were written with it, and how they are read. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Version<T>(byte[] head, DatumReader<T> reader) {}

    /** A record in the wire format, and the same as it goes into a store. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Found<T>(T record, byte[] stored) {}

    ReleasedFormat(Class<T> type) {
        this.present = new SingleObject<>(type);
        SpecificData model = Models.copyOf(type);
        Schema schema = model.getSchema(type);
        List<Schema> known = new ArrayList<>(List.of(schema));
        known.addAll(released(type));
        for (Schema writer : known) {
            Version<T> version = version(model, writer, schema);
            if (versions.stream().noneMatch(other -> Arrays.equals(other.head, version.head))) {
                versions.add(version);
            }
        }
    }

    /** Newest first; a type that is unchanged in a release has no file there. */
    private static List<Schema> released(Class<?> type) {
        List<Schema> schemas = new ArrayList<>();
        for (int release = 1; release <= MAX_RELEASES; release++) {
            String name = "/released/v" + release + "/" + type.getSimpleName() + ".avsc";
            try (InputStream in = ReleasedFormat.class.getResourceAsStream(name)) {
                if (in != null) {
                    schemas.add(0, new Schema.Parser().parse(in));
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return schemas;
    }

    private static <T> Version<T> version(SpecificData model, Schema writer, Schema reader) {
        try {
            return new Version<>(
                    SingleObject.head(writer), new FastReaderBuilder(model).createDatumReader(writer, reader));
        } catch (IOException e) {
            throw new IllegalStateException("a released schema can be read", e);
        }
    }

    /** How many versions of the schema are known; version 0 is the present one. */
    int versions() {
        return versions.size();
    }

    byte[] encode(T record) {
        return present.encode(record);
    }

    /**
     * The record in stored bytes.
     *
     * @throws UndecodableException if they are none, or none of a schema that this build knows
     */
    T decode(byte[] stored) {
        for (Version<T> version : versions) {
            if (Arrays.equals(stored, 0, Math.min(HEAD_BYTES, stored.length), version.head, 0, HEAD_BYTES)) {
                T record = read(version, stored, HEAD_BYTES);
                if (record == null) {
                    throw new UndecodableException(UndecodableReason.CORRUPT, "a stored record");
                }
                return record;
            }
        }
        throw new UndecodableException(UndecodableReason.UNKNOWN_SCHEMA_ID, "the fingerprint of a stored record");
    }

    /** A record in the wire format, read by a version of the schema whatever its id; {@code null} if it is none of it. */
    @Nullable
    Found<T> ofWire(int version, byte[] wire) {
        if (wire.length < WIRE_HEAD_BYTES || wire[0] != 0) {
            return null;
        }
        Version<T> by = versions.get(version);
        T record = read(by, wire, WIRE_HEAD_BYTES);
        return record == null ? null : new Found<>(record, reheaded(by, wire));
    }

    private static byte[] reheaded(Version<?> version, byte[] wire) {
        byte[] stored = Arrays.copyOf(version.head, HEAD_BYTES + wire.length - WIRE_HEAD_BYTES);
        System.arraycopy(wire, WIRE_HEAD_BYTES, stored, HEAD_BYTES, wire.length - WIRE_HEAD_BYTES);
        return stored;
    }

    /** {@code null} where the bytes are not exactly one record. */
    private @Nullable T read(Version<T> version, byte[] bytes, int from) {
        try {
            BinaryDecoder in = DecoderFactory.get().binaryDecoder(bytes, from, bytes.length - from, decoder);
            decoder = in;
            @SuppressWarnings("NullAway") // no record to reuse
            T record = version.reader.read(null, in);
            return in.isEnd() ? record : null;
        } catch (IOException | RuntimeException | StackOverflowError e) {
            return null;
        }
    }
}
