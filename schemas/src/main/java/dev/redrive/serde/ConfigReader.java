package dev.redrive.serde;

import java.util.Locale;
import java.util.Map;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.types.Password;
import org.jspecify.annotations.Nullable;

/** Reads typed values out of Kafka's configuration map, in which a value may be text or already have its type. */
final class ConfigReader {

    /** Confluent's prefix of the registry client's own keys; most are taken with it and without it. */
    static final String CLIENT_PREFIX = "schema.registry.";

    private final Map<String, ?> config;

    ConfigReader(Map<String, ?> config) {
        this.config = config;
    }

    @Nullable
    Object raw(String key) {
        return config.get(key);
    }

    /** The value as text, {@code null} when it is not there or blank. */
    @Nullable
    String text(String key) {
        Object value = config.get(key);
        if (value == null) {
            return null;
        }
        String text = value instanceof Password secret ? secret.value() : value.toString();
        return text.isBlank() ? null : text.strip();
    }

    /** The value of the prefixed key, else of the bare one. */
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

    int number(String key, int fallback, int least, int most) {
        String text = text(key);
        if (text == null) {
            return fallback;
        }
        try {
            int value = Integer.parseInt(text);
            if (value >= least && value <= most) {
                return value;
            }
        } catch (NumberFormatException e) {
            // told below, like a number out of range
        }
        throw new ConfigException(key, text, "not a whole number from " + least + " to " + most);
    }
}
