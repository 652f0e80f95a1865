package dev.redrive.serde;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import org.apache.avro.Schema;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.DatumWriter;
import org.apache.avro.io.EncoderFactory;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.errors.SerializationException;
import org.jspecify.annotations.Nullable;

/** Writes records in the wire format, with buffer, encoder and writers that are used again. Belongs to one thread. */
final class RecordWriter<T extends SpecificRecord> {

    private static final int FIRST_BYTES = 1_024;
    private static final int MAX_KEPT_BYTES = 1 << 20;
    private static final int MAX_TARGETS = 1_000;

    private final SchemaIds ids;
    private final Map<Target, Prepared<T>> prepared = new HashMap<>();
    private @Nullable Prepared<T> last;
    private Buffer buffer = new Buffer();
    private @Nullable BinaryEncoder encoder;

    /** Finds the id under which a schema's records are written. */
    interface SchemaIds {
        int id(String topic, Schema schema);
    }

    private record Target(String topic, Class<?> type) {}

    private record Prepared<T>(String topic, Class<?> type, int id, DatumWriter<T> writer) {}

    RecordWriter(SchemaIds ids) {
        this.ids = ids;
    }

    byte[] write(String topic, T value) {
        Prepared<T> target = last;
        if (target == null || target.type != value.getClass() || !target.topic.equals(topic)) {
            target = prepare(topic, value);
            last = target;
        }
        try {
            BinaryEncoder out = EncoderFactory.get().binaryEncoder(buffer.begin(), encoder);
            encoder = out;
            target.writer.write(value, out);
            out.flush();
            return buffer.finish(target.id);
        } catch (IOException | RuntimeException e) {
            encoder = null;
            throw new SerializationException(
                    "a " + value.getSchema().getFullName() + " cannot be written: "
                            + e.getClass().getSimpleName(),
                    e instanceof NullPointerException ? e : null);
        } finally {
            if (buffer.capacity() > MAX_KEPT_BYTES) {
                buffer = new Buffer();
                encoder = null;
            }
        }
    }

    private Prepared<T> prepare(String topic, T value) {
        Target key = new Target(topic, value.getClass());
        Prepared<T> known = prepared.get(key);
        if (known != null) {
            return known;
        }
        int id = ids.id(topic, value.getSchema());
        Prepared<T> fresh = new Prepared<>(topic, value.getClass(), id, PlannedWriter.of(value));
        if (prepared.size() >= MAX_TARGETS) {
            prepared.clear();
        }
        prepared.put(key, fresh);
        return fresh;
    }

    private static final class Buffer extends ByteArrayOutputStream {

        private static final byte[] NO_HEADER = new byte[WireFormat.HEADER_BYTES];

        Buffer() {
            super(FIRST_BYTES);
        }

        Buffer begin() {
            reset();
            writeBytes(NO_HEADER);
            return this;
        }

        byte[] finish(int id) {
            byte[] bytes = toByteArray();
            WireFormat.writeHeader(bytes, id);
            return bytes;
        }

        int capacity() {
            return buf.length;
        }
    }
}
