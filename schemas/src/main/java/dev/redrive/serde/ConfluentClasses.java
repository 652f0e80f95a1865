package dev.redrive.serde;

import java.io.EOFException;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.util.HashMap;
import java.util.Map;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serializer;
import org.jspecify.annotations.Nullable;

/** Confluent's own serializer and deserializer, found by name, since no public Maven Central artifact holds them. */
final class ConfluentClasses {

    private static final String PACKAGE = "io.confluent.kafka.serializers.";
    private static final String SERIALIZER = PACKAGE + "KafkaAvroSerializer";
    private static final String DESERIALIZER = PACKAGE + "KafkaAvroDeserializer";
    private static final String REST_EXCEPTION = "RestClientException";
    private static final int MAX_CAUSES = 16;

    static {
        AvroLimits.set();
    }

    private ConfluentClasses() {}

    static <T extends SpecificRecord> Serializer<T> serializer(Class<T> type) {
        @SuppressWarnings("unchecked") // Confluent's class takes any object
        Serializer<Object> genuine = (Serializer<Object>) make(SERIALIZER, Serializer.class);
        return new GenuineSerializer<>(genuine, type);
    }

    static <T extends SpecificRecord> Deserializer<T> deserializer(Class<T> type) {
        return new GenuineDeserializer<>((Deserializer<?>) make(DESERIALIZER, Deserializer.class), type);
    }

    private static Object make(String name, Class<?> expected) {
        ClassLoader context = Thread.currentThread().getContextClassLoader();
        ClassLoader loader = context == null ? ConfluentClasses.class.getClassLoader() : context;
        try {
            Object made =
                    Class.forName(name, true, loader).getDeclaredConstructor().newInstance();
            return expected.cast(made);
        } catch (ClassNotFoundException | NoClassDefFoundError e) {
            throw new ConfigException(AvroSerdes.IMPL_CONFIG + "=confluent needs " + name + ", which is not there ("
                    + e.getMessage() + "): put the artifact io.confluent:kafka-avro-serializer, and what it depends on,"
                    + " into lib/; Confluent publishes it in its own Maven repository, not on Maven Central");
        } catch (NoSuchMethodException
                | InstantiationException
                | IllegalAccessException
                | InvocationTargetException
                | ClassCastException e) {
            throw new ConfigException(AvroSerdes.IMPL_CONFIG + "=confluent: " + name + " cannot be used: " + e);
        }
    }

    private static final class GenuineSerializer<T extends SpecificRecord> implements Serializer<T> {

        private final Serializer<Object> genuine;
        private final Class<T> type;

        GenuineSerializer(Serializer<Object> genuine, Class<T> type) {
            this.genuine = genuine;
            this.type = type;
        }

        @Override
        public void configure(Map<String, ?> config, boolean isKey) {
            genuine.configure(config, isKey);
        }

        @Override
        public byte @Nullable [] serialize(String topic, @Nullable T value) {
            if (value == null) {
                return null;
            }
            try {
                return genuine.serialize(topic, value);
            } catch (RuntimeException e) {
                RegistryUnavailableException outage = outage(e);
                if (outage != null) {
                    throw outage;
                }
                throw status(e) > 0
                        ? new SchemaRefusedException("of topic " + topic, "status " + status(e) + ", " + type.getName())
                        : e;
            }
        }

        @Override
        public void close() {
            genuine.close();
        }
    }

    private static final class GenuineDeserializer<T extends SpecificRecord> implements Deserializer<T> {

        private final Deserializer<?> genuine;
        private final Class<T> type;

        GenuineDeserializer(Deserializer<?> genuine, Class<T> type) {
            this.genuine = genuine;
            this.type = type;
        }

        @Override
        public void configure(Map<String, ?> config, boolean isKey) {
            Map<String, Object> specific = new HashMap<>(config);
            specific.put("specific.avro.reader", true);
            genuine.configure(specific, isKey);
        }

        @Override
        public @Nullable T deserialize(String topic, byte @Nullable [] bytes) {
            if (bytes == null) {
                return null;
            }
            WireFormat.schemaId(bytes);
            Object value;
            try {
                value = genuine.deserialize(topic, bytes);
            } catch (RuntimeException e) {
                RegistryUnavailableException outage = outage(e);
                if (outage != null) {
                    throw outage;
                }
                throw new UndecodableException(reason(e), "told by Confluent's deserializer", e);
            }
            if (!type.isInstance(value)) {
                throw new UndecodableException(UndecodableReason.WRONG_RECORD, "expected " + type.getName());
            }
            return type.cast(value);
        }

        @Override
        public void close() {
            genuine.close();
        }
    }

    private static UndecodableReason reason(RuntimeException e) {
        if (status(e) == 404) {
            return UndecodableReason.UNKNOWN_SCHEMA_ID;
        }
        return e.getCause() instanceof EOFException ? UndecodableReason.TRUNCATED : UndecodableReason.CORRUPT;
    }

    /** The outage that an exception of Confluent's classes tells of, {@code null} when it tells of something else. */
    private static @Nullable RegistryUnavailableException outage(RuntimeException e) {
        int status = status(e);
        if (status == 401 || status == 403) {
            return new RegistryAccessException("the schema registry answers " + status);
        }
        if (status >= 500 || status == 408 || status == 429) {
            return new RegistryUnavailableException("the schema registry answers " + status, e);
        }
        return status == 0 && causedByIo(e)
                ? new RegistryUnavailableException("the schema registry gave no answer", e)
                : null;
    }

    /** The HTTP status of the RestClientException among the causes, 0 when there is none. */
    private static int status(Throwable e) {
        Throwable cause = e;
        for (int depth = 0; cause != null && depth < MAX_CAUSES; depth++) {
            if (cause.getClass().getSimpleName().equals(REST_EXCEPTION)) {
                try {
                    return (Integer) cause.getClass().getMethod("getStatus").invoke(cause);
                } catch (ReflectiveOperationException | ClassCastException unknown) {
                    return 500;
                }
            }
            cause = cause.getCause();
        }
        return 0;
    }

    /** An end of the record comes as an EOFException, which is an IOException too, but no outage. */
    private static boolean causedByIo(Throwable e) {
        Throwable cause = e;
        for (int depth = 0; cause != null && depth < MAX_CAUSES; depth++) {
            if (cause instanceof IOException && !(cause instanceof EOFException)) {
                return true;
            }
            cause = cause.getCause();
        }
        return false;
    }
}
