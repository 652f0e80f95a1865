package dev.redrive.serde;

import java.util.Arrays;
import java.util.stream.Collectors;
import org.apache.avro.Schema;
import org.apache.kafka.common.config.ConfigException;

/** How a schema's subject in the registry is named; configuration takes these names, or Confluent's class names. */
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

    /** @throws ConfigException if the value is no strategy's name */
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
