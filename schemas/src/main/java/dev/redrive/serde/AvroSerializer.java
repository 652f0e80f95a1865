package dev.redrive.serde;

import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.avro.Schema;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.serialization.Serializer;
import org.jspecify.annotations.Nullable;

/**
 * Writes generated records in Confluent's wire format.
 *
 * <p>Safe for many threads, since a {@code KafkaProducer} is; it is fastest when one thread calls it at a time. Buffer,
 * encoder and writers are used again; the registry is asked once for each topic and class.
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

    /** Makes a serializer that {@link #configure} must make ready. */
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
     * @throws SchemaRefusedException if the registry does not take the schema
     * @throws RegistryUnavailableException if the id is not cached and the registry gave no answer
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
}
