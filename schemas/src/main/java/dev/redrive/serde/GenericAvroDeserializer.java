package dev.redrive.serde;

import dev.redrive.serde.UndecodableException.UndecodableReason;
import java.io.IOException;
import java.util.Map;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.DatumReader;
import org.apache.avro.io.FastReaderBuilder;
import org.apache.kafka.common.serialization.Deserializer;
import org.jspecify.annotations.Nullable;

/**
 * Deserializes any record from Confluent's wire format, by the schema that it was written with.
 *
 * <p>Not thread-safe. Logical types stay plain numbers and bytes.
 */
public final class GenericAvroDeserializer implements Deserializer<GenericRecord> {

    private @Nullable RecordReader<GenericRecord> reader;

    /** @throws org.apache.kafka.common.config.ConfigException if a value is missing, malformed or not supported */
    @Override
    public void configure(Map<String, ?> config, boolean isKey) {
        SerdeConfig.of(config, isKey);
        reader = new RecordReader<>(RegistryClient.shared(config), GenericAvroDeserializer::reader);
    }

    /**
     * Reads one record.
     *
     * @return the record; {@code null} for {@code null}
     * @throws UndecodableException if the bytes are not a record
     * @throws RegistryUnavailableException if the schema is not cached and the registry did not answer
     */
    @Override
    public @Nullable GenericRecord deserialize(String topic, byte @Nullable [] bytes) {
        if (bytes == null) {
            return null;
        }
        RecordReader<GenericRecord> ready = reader;
        if (ready == null) {
            throw new IllegalStateException("configure comes before deserialize");
        }
        return ready.read(bytes);
    }

    private static DatumReader<GenericRecord> reader(Schema writer) throws IOException {
        if (writer.getType() != Schema.Type.RECORD) {
            throw new UndecodableException(UndecodableReason.WRONG_RECORD, "not a record but " + writer.getType());
        }
        return new FastReaderBuilder(new GenericData())
                .withClassPropEnabled(false)
                .withKeyClassEnabled(false)
                .createDatumReader(writer, writer);
    }
}
