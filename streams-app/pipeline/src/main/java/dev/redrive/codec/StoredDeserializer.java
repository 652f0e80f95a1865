package dev.redrive.codec;

import dev.redrive.serde.UndecodableException;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.serialization.Deserializer;

/**
 * Reads records of a published type as the pipeline's stores hold them: with their own schema, or, of former versions, in
 * the wire format. Where the registry does not know the schema of these any more, they are read by one that this build
 * knows.
 *
 * <p>Belongs to one thread.
 */
public final class StoredDeserializer<T extends SpecificRecord> implements Deserializer<T> {

    private final ReleasedFormat<T> format;
    private final Deserializer<T> registry;

    /**
     * A deserializer.
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

    /** @throws UndecodableException if the bytes are damaged, or of a schema that neither this build nor the registry knows */
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
