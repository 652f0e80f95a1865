package dev.redrive.serde;

import dev.redrive.serde.UndecodableException.UndecodableReason;
import java.io.IOException;
import java.util.Map;
import org.apache.avro.Schema;
import org.apache.avro.SchemaCompatibility;
import org.apache.avro.SchemaCompatibility.SchemaCompatibilityType;
import org.apache.avro.io.DatumReader;
import org.apache.avro.io.FastReaderBuilder;
import org.apache.avro.specific.SpecificData;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.serialization.Deserializer;
import org.jspecify.annotations.Nullable;

/**
 * Deserializes records of one generated class from Confluent's wire format, written with any compatible schema.
 *
 * <p>Not thread-safe, like Kafka's deserializers. A reader is prepared once for each schema id and reused.
 */
public final class AvroDeserializer<T extends SpecificRecord> implements Deserializer<T> {

    static {
        AvroLimits.set();
    }

    private final Class<T> type;
    private final Schema expected;
    private final SpecificData data;
    private @Nullable RecordReader<T> reader;

    /**
     * Creates a deserializer; call {@link #configure} before its use.
     *
     * @param type the generated class to read
     */
    public AvroDeserializer(Class<T> type) {
        this.type = type;
        this.data = Models.copyOf(type);
        this.expected = data.getSchema(type);
    }

    /** @throws org.apache.kafka.common.config.ConfigException if a value is missing, malformed or not supported */
    @Override
    public void configure(Map<String, ?> config, boolean isKey) {
        SerdeConfig.of(config, isKey);
        reader = new RecordReader<>(RegistryClient.shared(config), this::reader);
    }

    /**
     * Reads one record.
     *
     * @param topic ignored
     * @param bytes the value in the wire format
     * @return the record; {@code null} for {@code null}
     * @throws UndecodableException if the bytes are not a record of this class
     * @throws RegistryUnavailableException if the schema is not cached and the registry did not answer
     */
    @Override
    public @Nullable T deserialize(String topic, byte @Nullable [] bytes) {
        if (bytes == null) {
            return null;
        }
        RecordReader<T> ready = reader;
        if (ready == null) {
            throw new IllegalStateException("configure comes before deserialize");
        }
        return ready.read(bytes);
    }

    private DatumReader<T> reader(Schema writer) throws IOException {
        boolean known = expected.getFullName().equals(writer.getFullName())
                || expected.getAliases().contains(writer.getFullName());
        if (writer.getType() != Schema.Type.RECORD || !known) {
            throw new UndecodableException(
                    UndecodableReason.WRONG_RECORD,
                    "expected " + expected.getFullName() + ", not " + writer.getFullName());
        }
        var compatibility = SchemaCompatibility.checkReaderWriterCompatibility(expected, writer);
        if (compatibility.getType() != SchemaCompatibilityType.COMPATIBLE) {
            throw new UndecodableException(
                    UndecodableReason.INCOMPATIBLE_SCHEMA,
                    "the writer's " + writer.getFullName() + " cannot be read as " + type.getSimpleName());
        }
        return new FastReaderBuilder(data)
                .withClassPropEnabled(false)
                .withKeyClassEnabled(false)
                .createDatumReader(writer, expected);
    }
}
