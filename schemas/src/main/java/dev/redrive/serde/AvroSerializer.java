package dev.redrive.serde;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.avro.Schema;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.DatumWriter;
import org.apache.avro.io.EncoderFactory;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.serialization.Serializer;
import org.jspecify.annotations.Nullable;

/**
 * Serializes generated records in Confluent's wire format.
 *
 * <p>Thread-safe, since a {@code KafkaProducer} is; it is fastest when one thread calls it at a time. Buffer, encoder
 * and writers are reused; the registry is called once for each topic and class.
 */
public final class AvroSerializer<T extends SpecificRecord> implements Serializer<T> {

    private final AtomicReference<@Nullable RecordWriter<T>> idle = new AtomicReference<>();
    private volatile @Nullable Ready ready;

    private record Ready(SerdeConfig config, RegistryClient registry) implements RecordWriter.SchemaIds {

        @Override
        public int id(String topic, Schema given) {
            Schema schema = config.removeJavaProperties() ? Models.withoutJavaProperties(given) : given;
            String subject = config.strategy().subject(topic, config.isKey(), schema);
            if (config.autoRegister()) {
                return registry.register(subject, schema, config.normalize());
            }
            return config.useLatest()
                    ? registry.latest(subject, schema)
                    : registry.lookUp(subject, schema, config.normalize());
        }
    }

    /** Creates a serializer; call {@link #configure} before its use. */
    public AvroSerializer() {}

    /** @throws org.apache.kafka.common.config.ConfigException if a value is missing, malformed or not supported */
    @Override
    public void configure(Map<String, ?> config, boolean isKey) {
        ready = new Ready(SerdeConfig.of(config, isKey), RegistryClient.shared(config));
        idle.set(null);
    }

    /**
     * Writes one record.
     *
     * @param topic part of the subject under which the schema is registered, by the default naming strategy
     * @param value the record, or {@code null}
     * @return the wire format; {@code null} for {@code null}
     * @throws SchemaRefusedException if the registry rejects the schema
     * @throws RegistryUnavailableException if the id is not cached and the registry did not answer
     * @throws org.apache.kafka.common.errors.SerializationException if the record lacks a field that may not be null
     */
    @Override
    public byte @Nullable [] serialize(String topic, @Nullable T value) {
        if (value == null) {
            return null;
        }
        Ready with = ready;
        if (with == null) {
            throw new IllegalStateException("configure comes before serialize");
        }
        RecordWriter<T> writer = idle.getAndSet(null);
        if (writer == null) {
            writer = new RecordWriter<>(with);
        }
        try {
            return writer.write(topic, value);
        } finally {
            idle.set(writer);
        }
    }

    /** Writes records in the wire format, with a reused buffer, encoder and writers. Not thread-safe. */
    static final class RecordWriter<T extends SpecificRecord> {

        private static final int FIRST_BYTES = 1_024;
        private static final int MAX_KEPT_BYTES = 1 << 20;
        private static final int MAX_TARGETS = 1_000;

        private final SchemaIds ids;
        private final Map<Target, Prepared<T>> prepared = new HashMap<>();
        private @Nullable Prepared<T> last;
        private Buffer buffer = new Buffer();
        private @Nullable BinaryEncoder encoder;

        /** Returns the id under which a schema's records are written. */
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
}
