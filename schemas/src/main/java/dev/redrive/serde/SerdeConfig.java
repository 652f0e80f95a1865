package dev.redrive.serde;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.avro.Schema;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.types.Password;
import org.jspecify.annotations.Nullable;

/**
 * How a serializer finds the id of its schema; keys and defaults are Confluent's.
 *
 * @param autoRegister {@code auto.register.schemas}: register the schema if the registry does not have it
 * @param useLatest {@code use.latest.version}: if schemas are not registered, use the subject's latest version
 * @param normalize {@code normalize.schemas}: the registry normalizes the schema before it compares
 * @param removeJavaProperties {@code avro.remove.java.properties}: remove {@code avro.java.string} from the schema
 * @param strategy {@code key.subject.name.strategy} or {@code value.subject.name.strategy}
 * @param isKey whether record keys are (de)serialized, not values
 */
record SerdeConfig(
        boolean autoRegister,
        boolean useLatest,
        boolean normalize,
        boolean removeJavaProperties,
        SubjectStrategy strategy,
        boolean isKey) {

    /** Confluent's keys that change the written bytes and that this serde does not support. */
    private static final List<String> UNSUPPORTED = List.of(
            "use.schema.id",
            "use.latest.with.metadata",
            "context.name.strategy",
            "key.schema.id.serializer",
            "value.schema.id.serializer",
            "key.schema.id.deserializer",
            "value.schema.id.deserializer");

    static SerdeConfig of(Map<String, ?> config, boolean isKey) {
        Reader reader = new Reader(config);
        for (String key : UNSUPPORTED) {
            String value = reader.text(key);
            if (value != null && !value.equals("-1")) {
                throw new ConfigException(key, value, "not supported by this serde; remove it");
            }
        }
        if (reader.flag("schema.reflection", false)) {
            throw new ConfigException("schema.reflection", "true", "not supported by this serde; remove it");
        }
        String strategyKey = isKey ? "key.subject.name.strategy" : "value.subject.name.strategy";
        Object strategy = reader.raw(strategyKey);
        return new SerdeConfig(
                reader.flag("auto.register.schemas", true),
                reader.flag("use.latest.version", false),
                reader.flag("normalize.schemas", false),
                reader.flag("avro.remove.java.properties", false),
                strategy == null ? SubjectStrategy.TopicNameStrategy : SubjectStrategy.parse(strategyKey, strategy),
                isKey);
    }

    /** How a schema's subject is named; configuration accepts these names or Confluent's class names. */
    enum SubjectStrategy {
        /** The topic, then {@code -key} or {@code -value}. */
        TopicNameStrategy,
        /** The record's full name. */
        RecordNameStrategy,
        /** The topic, a hyphen, and the record's full name. */
        TopicRecordNameStrategy;

        private static final String PACKAGE = "io.confluent.kafka.serializers.subject.";

        String subject(String topic, boolean isKey, Schema schema) {
            return switch (this) {
                case TopicNameStrategy -> topic + (isKey ? "-key" : "-value");
                case RecordNameStrategy -> schema.getFullName();
                case TopicRecordNameStrategy -> topic + "-" + schema.getFullName();
            };
        }

        /** @throws ConfigException if the value is not the name of a strategy */
        static SubjectStrategy parse(String key, Object value) {
            String name = value instanceof Class<?> type ? type.getName() : value.toString();
            for (SubjectStrategy strategy : values()) {
                if (name.equals(strategy.name()) || name.equals(PACKAGE + strategy.name())) {
                    return strategy;
                }
            }
            String known = Arrays.stream(values()).map(Enum::name).collect(Collectors.joining(", "));
            throw new ConfigException(key, name, "not one of " + known);
        }
    }

    /** Reads typed values from Kafka's configuration map, in which a value may be text or already typed. */
    static final class Reader {

        /** Confluent's prefix of the registry client's keys; most are accepted with and without it. */
        static final String CLIENT_PREFIX = "schema.registry.";

        private final Map<String, ?> config;

        Reader(Map<String, ?> config) {
            this.config = config;
        }

        @Nullable
        Object raw(String key) {
            return config.get(key);
        }

        /** Returns the value as text, {@code null} if it is missing or blank. */
        @Nullable
        String text(String key) {
            Object value = config.get(key);
            if (value == null) {
                return null;
            }
            String text = value instanceof Password secret ? secret.value() : value.toString();
            return text.isBlank() ? null : text.strip();
        }

        /** Returns the value of the prefixed key, else of the bare one. */
        @Nullable
        String clientText(String key) {
            String prefixed = text(CLIENT_PREFIX + key);
            return prefixed != null ? prefixed : text(key);
        }

        boolean flag(String key, boolean fallback) {
            String text = text(key);
            if (text == null) {
                return fallback;
            }
            return switch (text.toLowerCase(Locale.ROOT)) {
                case "true" -> true;
                case "false" -> false;
                default -> throw new ConfigException(key, text, "not true or false");
            };
        }

        int number(String key, int fallback, int min, int max) {
            String text = text(key);
            if (text == null) {
                return fallback;
            }
            try {
                int value = Integer.parseInt(text);
                if (value >= min && value <= max) {
                    return value;
                }
            } catch (NumberFormatException e) {
                // reported below, like a number out of range
            }
            throw new ConfigException(key, text, "not a whole number from " + min + " to " + max);
        }
    }
}
