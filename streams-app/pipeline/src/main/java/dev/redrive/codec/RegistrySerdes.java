package dev.redrive.codec;

import dev.redrive.serde.AvroSerdes;
import java.util.Map;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serializer;

/**
 * Serdes that use a schema registry.
 *
 * @param config the registry's settings, by Confluent's keys
 */
public record RegistrySerdes(Map<String, Object> config) {

    /** Copies the settings. */
    public RegistrySerdes {
        config = Map.copyOf(config);
    }

    /** Creates a serializer for values of one type; one thread owns it. */
    public <T extends SpecificRecord> Serializer<T> serializer(Class<T> type) {
        return AvroSerdes.serializer(type, config);
    }

    /** Creates a deserializer for values of one type; one thread owns it. */
    public <T extends SpecificRecord> Deserializer<T> deserializer(Class<T> type) {
        return AvroSerdes.deserializer(type, config);
    }
}
