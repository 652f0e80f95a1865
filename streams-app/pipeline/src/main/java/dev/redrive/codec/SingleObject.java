package dev.redrive.codec;

import dev.redrive.serde.Models;
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
import org.jspecify.annotations.Nullable;

/**
 * Records as bytes in Avro's single-object encoding: the schema's fingerprint stands in front, so that what an older version
 * wrote is recognised. Avro's own encoder writes field by field into a synchronized buffer, and its decoder reads byte by byte
 * from a stream; here both have an array.
 *
 * <p>Safe for use by several threads.
 */
final class SingleObject<T extends SpecificRecord> {

    /** Of version 1 of the encoding (Avro specification, "Single-object encoding"). */
    private static final byte[] MARKER = {(byte) 0xC3, 0x01};

    static final int HEAD_BYTES = MARKER.length + Long.BYTES;

    private static final int FIRST_BYTES = 512;
    private static final int MOST_KEPT_BYTES = 1 << 16;
    private static final ThreadLocal<Buffer> BUFFER = ThreadLocal.withInitial(Buffer::new);

    /** What stands in front of records with the present schema. */
    private final byte[] head;

    private final SpecificDatumWriter<T> writer;
    private final DatumReader<T> reader;

    /** Takes what has another head: state of the former schemas, and refuses any other by its fingerprint. */
    private final BinaryMessageDecoder<T> olds;

    SingleObject(Class<T> type) {
        SpecificData model = Models.copyOf(type);
        Schema schema = model.getSchema(type);
        this.head = head(schema);
        this.writer = new SpecificDatumWriter<>(schema, model);
        this.reader = reader(model, schema);
        this.olds = new BinaryMessageDecoder<>(model, schema);
        formerSchemas(type).forEach(olds::addSchema);
    }

    /** The schemas that former versions wrote a record with, oldest first, from {@code redrive/state/v1}, {@code v2} and so on. */
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

    /** What one thread uses again. */
    private static final class Buffer {
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream(FIRST_BYTES);
        private @Nullable BinaryEncoder encoder;
        private @Nullable BinaryDecoder decoder;
    }

    /** Whether bytes are in this encoding, whatever their schema. */
    static boolean isEncoded(byte[] bytes) {
        return bytes.length >= HEAD_BYTES && bytes[0] == MARKER[0] && bytes[1] == MARKER[1];
    }

    byte[] encode(T value) {
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
        if (buffer.bytes.size() > MOST_KEPT_BYTES) {
            BUFFER.remove();
        }
        return buffer.bytes.toByteArray();
    }

    /** @throws UncheckedIOException if the bytes are no such record */
    T decode(byte[] bytes) {
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

    /** What stands in front of records with a schema. */
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
}
