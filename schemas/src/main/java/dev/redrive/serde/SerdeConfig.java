package dev.redrive.serde;

import java.util.List;
import java.util.Map;
import org.apache.kafka.common.config.ConfigException;

/**
 * How a serializer finds the id of its schema; keys and defaults are Confluent's.
 *
 * @param autoRegister {@code auto.register.schemas}: register the schema where the registry does not know it
 * @param useLatest {@code use.latest.version}: where schemas are not registered, take the subject's latest version
 * @param normalize {@code normalize.schemas}: the registry normalizes the schema before it compares
 * @param removeJavaProperties {@code avro.remove.java.properties}: leave {@code avro.java.string} out of the schema
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

    /** Confluent's keys that change what is written, and that this serde does not know. */
    private static final List<String> UNSUPPORTED = List.of(
            "use.schema.id",
            "use.latest.with.metadata",
            "context.name.strategy",
            "key.schema.id.serializer",
            "value.schema.id.serializer",
            "key.schema.id.deserializer",
            "value.schema.id.deserializer");

    static SerdeConfig of(Map<String, ?> config, boolean isKey) {
        ConfigReader reader = new ConfigReader(config);
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
}
