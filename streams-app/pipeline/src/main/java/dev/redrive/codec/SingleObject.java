package dev.redrive.codec;

import dev.redrive.serde.Models;
import dev.redrive.serde.UndecodableException;
import dev.redrive.serde.UndecodableException.UndecodableReason;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.avro.Schema;
import org.apache.avro.SchemaNormalization;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.DatumReader;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.EncoderFactory;
import org.apache.avro.io.FastReaderBuilder;
import org.apache.avro.message.BinaryMessageDecoder;
import org.apache.avro.specific.SpecificData;
import org.apache.avro.specific.SpecificDatumWriter;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.serialization.Deserializer;
import org.jspecify.annotations.Nullable;

/**
 * Encodes records in Avro's single-object encoding: the schema's fingerprint comes first, so that records of an older
 * version are recognised. Avro's own encoder writes field by field into a synchronized buffer, and its decoder reads
 * byte by byte from a stream; here both use an array.
 *
 * <p>Safe for use by several threads.
 */
public final class SingleObject<T extends SpecificRecord> {

    /** Marker of version 1 of the encoding (Avro specification, "Single-object encoding"). */
    private static final byte[] MARKER = {(byte) 0xC3, 0x01};

    static final int HEAD_BYTES = MARKER.length + Long.BYTES;

    private static final int FIRST_BYTES = 512;
    private static final int MAX_KEPT_BYTES = 1 << 16;
    private static final ThreadLocal<Buffer> BUFFER = ThreadLocal.withInitial(Buffer::new);

    /** Prefix of records with the present schema. */
    private final byte[] head;

    private final SpecificDatumWriter<T> writer;
    private final DatumReader<T> reader;

    /** Decodes records with another prefix: those of former schemas; refuses any other by its fingerprint. */
    private final BinaryMessageDecoder<T> olds;

    public SingleObject(Class<T> type) {
        SpecificData model = Models.copyOf(type);
        Schema schema = model.getSchema(type);
        this.head = head(schema);
        this.writer = new SpecificDatumWriter<>(schema, model);
        this.reader = reader(model, schema);
        this.olds = new BinaryMessageDecoder<>(model, schema);
        formerSchemas(type).forEach(olds::addSchema);
    }

    /** Returns the schemas of former versions, oldest first, from {@code redrive/state/v1}, {@code v2} and so on. */
    private static List<Schema> formerSchemas(Class<?> type) {
        List<Schema> schemas = new ArrayList<>();
        while (true) {
            String name = "/redrive/state/v" + (schemas.size() + 1) + "/" + type.getSimpleName() + ".avsc";
            try (InputStream in = SingleObject.class.getResourceAsStream(name)) {
                if (in == null) {
                    return schemas;
                }
                schemas.add(new Schema.Parser().parse(in));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /** Objects that a thread reuses. */
    private static final class Buffer {
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream(FIRST_BYTES);
        private @Nullable BinaryEncoder encoder;
        private @Nullable BinaryDecoder decoder;
    }

    /** Returns whether bytes are in this encoding, whatever their schema. */
    static boolean isEncoded(byte[] bytes) {
        return bytes.length >= HEAD_BYTES && bytes[0] == MARKER[0] && bytes[1] == MARKER[1];
    }

    public byte[] encode(T value) {
        Buffer buffer = BUFFER.get();
        buffer.bytes.reset();
        buffer.bytes.writeBytes(head);
        BinaryEncoder encoder = EncoderFactory.get().binaryEncoder(buffer.bytes, buffer.encoder);
        buffer.encoder = null;
        try {
            writer.write(value, encoder);
            encoder.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        buffer.encoder = encoder;
        if (buffer.bytes.size() > MAX_KEPT_BYTES) {
            BUFFER.remove();
        }
        return buffer.bytes.toByteArray();
    }

    /** @throws UncheckedIOException if the bytes are no such record */
    public T decode(byte[] bytes) {
        try {
            if (!Arrays.equals(bytes, 0, Math.min(head.length, bytes.length), head, 0, head.length)) {
                return olds.decode(bytes);
            }
            Buffer buffer = BUFFER.get();
            BinaryDecoder decoder =
                    DecoderFactory.get().binaryDecoder(bytes, head.length, bytes.length - head.length, buffer.decoder);
            buffer.decoder = decoder;
            @SuppressWarnings("NullAway") // no record to reuse
            T value = reader.read(null, decoder);
            return value;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static <T> DatumReader<T> reader(SpecificData model, Schema schema) {
        try {
            return new FastReaderBuilder(model).createDatumReader(schema);
        } catch (IOException e) {
            throw new IllegalStateException("a generated class has a reader of its own schema", e);
        }
    }

    /** Returns the prefix of records with a schema. */
    static byte[] head(Schema schema) {
        try {
            return ByteBuffer.allocate(HEAD_BYTES)
                    .put(MARKER)
                    .put(SchemaNormalization.parsingFingerprint("CRC-64-AVRO", schema))
                    .array();
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Avro has its own fingerprint", e);
        }
    }

    /**
     * Encodes records of a published type for the pipeline's own stores, in Avro's single-object encoding: their
     * schema's fingerprint comes first, so that they can be read without a registry, which may have lost its data. This
     * build has the present schema and every released one.
     *
     * <p>A record in Confluent's wire format is converted by replacing its prefix, without being encoded again.
     *
     * <p>Owned by one thread.
     */
    static final class ReleasedFormat<T extends SpecificRecord> {

        private static final int HEAD_BYTES = SingleObject.HEAD_BYTES;

        /** Size of the prefix in Confluent's wire format: a zero byte and the schema's id. */
        private static final int WIRE_HEAD_BYTES = 5;

        /** Upper bound for the number of releases; each is tried once. */
        private static final int MAX_RELEASES = 32;

        private final SingleObject<T> present;
        private final List<Version<T>> versions = new ArrayList<>();
        private @Nullable BinaryDecoder decoder;

        /** A version of the schema: the prefix of its records, and their reader. */
        @SuppressWarnings("ArrayRecordComponent") // never compared
        private record Version<T>(byte[] head, DatumReader<T> reader) {}

        /** A record in the wire format, and its encoding for a store. */
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

        /** Returns the number of versions of the schema; version 0 is the present one. */
        int versions() {
            return versions.size();
        }

        byte[] encode(T record) {
            return present.encode(record);
        }

        /**
         * Decodes a stored record.
         *
         * @throws UndecodableException if the bytes are no record of a schema that this build has
         */
        public T decode(byte[] stored) {
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

        /**
         * Decodes a record in the wire format with a version of the schema, whatever its id; {@code null} if that
         * fails.
         */
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

        /** Returns {@code null} if the bytes are not exactly one record. */
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

    /**
     * Decodes stored records of a published type: with their own schema or, from former versions, in the wire format.
     * If the registry no longer has the schema of the latter, a schema of this build is used.
     *
     * <p>Owned by one thread.
     */
    public static final class StoredDeserializer<T extends SpecificRecord> implements Deserializer<T> {

        private final ReleasedFormat<T> format;
        private final Deserializer<T> registry;

        /**
         * Creates a deserializer.
         *
         * @param type the type of the records
         * @param registry reads the wire format; closed with this
         */
        public StoredDeserializer(Class<T> type, Deserializer<T> registry) {
            this(new ReleasedFormat<>(type), registry);
        }

        StoredDeserializer(ReleasedFormat<T> format, Deserializer<T> registry) {
            this.format = format;
            this.registry = registry;
        }

        /** @throws UndecodableException if the bytes are damaged, or this build and the registry lack their schema */
        @Override
        public T deserialize(String topic, byte[] stored) {
            // Former versions stored the wire format, which begins with a zero byte.
            if (SingleObject.isEncoded(stored)) {
                return format.decode(stored);
            }
            try {
                return registry.deserialize(topic, stored);
            } catch (UndecodableException e) {
                for (int version = 0; version < format.versions(); version++) {
                    ReleasedFormat.Found<T> found = format.ofWire(version, stored);
                    if (found != null) {
                        return found.record();
                    }
                }
                throw e;
            }
        }

        @Override
        public void close() {
            registry.close();
        }
    }
}
