package dev.redrive.serde;

import dev.redrive.serde.RegistryUnavailableException.RegistryAccessException;
import dev.redrive.serde.UndecodableException.UndecodableReason;
import java.io.EOFException;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serializer;
import org.jspecify.annotations.Nullable;

/** Confluent's own serializer and deserializer, loaded by name, since no artifact on Maven Central contains them. */
final class ConfluentClasses {

    private static final String PACKAGE = "io.confluent.kafka.serializers.";
    private static final String SERIALIZER = PACKAGE + "KafkaAvroSerializer";
    private static final String DESERIALIZER = PACKAGE + "KafkaAvroDeserializer";
    private static final String REST_EXCEPTION = "RestClientException";
    private static final Set<String> UNREADABLE_SCHEMA =
            Set.of("JsonProcessingException", "JacksonException", "SchemaParseException", "AvroTypeException");
    private static final int MAX_CAUSES = 16;

    static {
        AvroLimits.set();
    }

    private ConfluentClasses() {}

    static <T extends SpecificRecord> Serializer<T> serializer(Class<T> type) {
        @SuppressWarnings("unchecked") // Confluent's class accepts any object
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
                Refusal answer = Refusal.of(e);
                RegistryUnavailableException outage = outage(answer, e);
                if (outage == null && answer.status == 403) {
                    outage = new RegistryAccessException("the schema registry answers " + answer);
                }
                if (outage != null) {
                    throw outage;
                }
                throw answer.status > 0
                        ? new SchemaRefusedException("of topic " + topic, answer + ", " + type.getName())
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
            int id = WireFormat.schemaId(bytes);
            Object value;
            try {
                value = genuine.deserialize(topic, bytes);
            } catch (RuntimeException e) {
                Refusal answer = Refusal.of(e);
                RegistryUnavailableException outage = outage(answer, e);
                if (outage != null) {
                    throw outage;
                }
                throw new UndecodableException(
                        reason(answer, e),
                        "schema id " + id + ", by Confluent's deserializer" + (answer.status > 0 ? ": " + answer : ""),
                        e);
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

    private static UndecodableReason reason(Refusal answer, RuntimeException e) {
        if (answer.status == 404) {
            return UndecodableReason.UNKNOWN_SCHEMA_ID;
        }
        if (answer.status > 0) {
            return UndecodableReason.SCHEMA_REFUSED;
        }
        if (causedBy(e, ConfluentClasses::ofUnreadableSchema)) {
            return UndecodableReason.INCOMPATIBLE_SCHEMA;
        }
        return e.getCause() instanceof EOFException ? UndecodableReason.TRUNCATED : UndecodableReason.CORRUPT;
    }

    /**
     * Returns the outage that an exception of Confluent's classes means, {@code null} if it is about the schema or the
     * record. A 403 without a registry's error code may come from a proxy and then concerns every schema.
     */
    private static @Nullable RegistryUnavailableException outage(Refusal answer, RuntimeException e) {
        int status = answer.status;
        boolean redirected = status >= 300 && status < 400;
        if (status == 401 || redirected || (status == 403 && !answer.ownForm())) {
            return new RegistryAccessException("the schema registry answers " + answer);
        }
        if (status >= 500 || status == 408 || status == 429) {
            return new RegistryUnavailableException("the schema registry answers " + answer, e);
        }
        boolean noAnswer = status == 0
                && !causedBy(e, ConfluentClasses::ofUnreadableSchema)
                && causedBy(e, cause -> cause instanceof IOException && !(cause instanceof EOFException));
        return noAnswer ? new RegistryUnavailableException("the schema registry gave no answer", e) : null;
    }

    /**
     * The registry's error response, from Confluent's RestClientException.
     *
     * @param status HTTP status, 0 if there is no such exception
     * @param errorCode the registry's error code
     */
    private record Refusal(int status, int errorCode) {

        static Refusal of(Throwable e) {
            Throwable cause = cause(e, one -> one.getClass().getSimpleName().equals(REST_EXCEPTION));
            return cause == null
                    ? new Refusal(0, 0)
                    : new Refusal(number(cause, "getStatus", 500), number(cause, "getErrorCode", 0));
        }

        private static int number(Throwable exception, String getter, int fallback) {
            try {
                return (Integer) exception.getClass().getMethod(getter).invoke(exception);
            } catch (ReflectiveOperationException | ClassCastException e) {
                return fallback;
            }
        }

        boolean ownForm() {
            return HttpRegistry.isOwnForm(status, errorCode);
        }

        @Override
        public String toString() {
            return "status " + status + ", error code " + errorCode;
        }
    }

    /** Jackson's exceptions are IOExceptions too, but after a received response. */
    private static boolean ofUnreadableSchema(Throwable cause) {
        for (Class<?> type = cause.getClass(); type != null; type = type.getSuperclass()) {
            if (UNREADABLE_SCHEMA.contains(type.getSimpleName())) {
                return true;
            }
        }
        return false;
    }

    private static boolean causedBy(Throwable e, Predicate<Throwable> kind) {
        return cause(e, kind) != null;
    }

    /** Returns the first exception of a kind in the chain of causes, which may be cyclic. */
    private static @Nullable Throwable cause(Throwable e, Predicate<Throwable> kind) {
        Throwable cause = e;
        for (int depth = 0; cause != null && depth < MAX_CAUSES; depth++) {
            if (kind.test(cause)) {
                return cause;
            }
            cause = cause.getCause();
        }
        return null;
    }
}
