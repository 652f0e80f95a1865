package dev.redrive.serde;

import java.util.Map;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serializer;

/**
 * Creates configured value serializers and deserializers, of this package or Confluent's own.
 *
 * <p>{@code avro.serde.impl=redrive} (the default) is this package. With {@code avro.serde.impl=confluent} the genuine
 * {@code KafkaAvroSerializer} and {@code KafkaAvroDeserializer} are loaded by name, with the same keys and the same
 * wire format; their exceptions are translated to {@link RegistryUnavailableException}, {@link SchemaRefusedException}
 * and {@link UndecodableException}.
 */
public final class AvroSerdes {

    static {
        AvroLimits.set();
    }

    /** Selects the implementation: {@code redrive} or {@code confluent}. */
    public static final String IMPL_CONFIG = "avro.serde.impl";

    private enum Choice {
        REDRIVE,
        CONFLUENT
    }

    private AvroSerdes() {}

    /**
     * Returns a configured serializer of record values.
     *
     * @throws ConfigException if a value is missing, malformed or not supported, or Confluent's classes are not there
     */
    public static <T extends SpecificRecord> Serializer<T> serializer(Class<T> type, Map<String, ?> config) {
        Serializer<T> serializer = switch (choice(config)) {
            case REDRIVE -> new AvroSerializer<>();
            case CONFLUENT -> ConfluentClasses.serializer(type);
        };
        serializer.configure(config, false);
        return serializer;
    }

    /**
     * Returns a configured deserializer of record values.
     *
     * @throws ConfigException if a value is missing, malformed or not supported, or Confluent's classes are not there
     */
    public static <T extends SpecificRecord> Deserializer<T> deserializer(Class<T> type, Map<String, ?> config) {
        Deserializer<T> deserializer = switch (choice(config)) {
            case REDRIVE -> new AvroDeserializer<>(type);
            case CONFLUENT -> ConfluentClasses.deserializer(type);
        };
        deserializer.configure(config, false);
        return deserializer;
    }

    /** @throws ConfigException if the configured implementation does not exist */
    static void checkChoice(Map<String, ?> config) {
        choice(config);
    }

    private static Choice choice(Map<String, ?> config) {
        String given = new SerdeConfig.Reader(config).text(IMPL_CONFIG);
        if (given == null || given.equals("redrive")) {
            return Choice.REDRIVE;
        }
        if (given.equals("confluent")) {
            return Choice.CONFLUENT;
        }
        throw new ConfigException(IMPL_CONFIG, given, "not one of redrive, confluent");
    }
}
