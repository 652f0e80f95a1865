package dev.redrive.config;

import dev.redrive.config.Binder.Scalars;
import dev.redrive.config.YamlReader.YamlValue;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Reads one section key by key; mistakes become problems, and the value is then treated as absent. A key without a
 * value is a mistake: a missing condition matches everything, and a forgotten one must not.
 */
final class Section {

    private static final String NO_VALUE = "has no value; write one, or leave it out";

    private final YamlValue.Mapping values;
    private final String path;
    private final Problems problems;

    /**
     * Starts reading; unknown keys, and keys without a value, become problems at once.
     *
     * @param path the section's YAML path
     * @param known every permitted key
     */
    Section(YamlValue value, String path, Problems problems, String... known) {
        this.path = path;
        this.problems = problems;
        if (value instanceof YamlValue.Mapping mapping) {
            this.values = mapping;
            Set<String> keys = new LinkedHashSet<>(List.of(known));
            Binder.unknownKeys(mapping, keys, path, problems);
            mapping.entries().forEach((key, item) -> {
                if (keys.contains(key) && empty(item)) {
                    problems.add(item, Binder.join(path, key), NO_VALUE);
                }
            });
        } else {
            this.values = new YamlValue.Mapping(value.origin(), Map.of());
            problems.add(value, path, "must be a section; write its keys below it");
        }
    }

    YamlValue.Mapping values() {
        return values;
    }

    @Nullable
    YamlValue get(String key) {
        YamlValue value = values.entries().get(key);
        return value == null || empty(value) ? null : value;
    }

    /** Returns whether it is YAML's null or empty text. */
    private static boolean empty(YamlValue value) {
        return value instanceof YamlValue.Scalar scalar
                && (scalar.absent() || scalar.text().isEmpty());
    }

    void refuse(String key, String message) {
        YamlValue at = values.entries().get(key);
        problems.add(at == null ? values : at, Binder.join(path, key), message);
    }

    <T> @Nullable T value(String key, Class<T> type) {
        return each(key, text -> type.cast(Scalars.read(text, type)), false).stream()
                .findFirst()
                .orElse(null);
    }

    <T> @Nullable T required(String key, Class<T> type, String advice) {
        if (!values.entries().containsKey(key)) {
            refuse(key, "is missing; " + advice);
        }
        return value(key, type);
    }

    /** Returns one value or a list of them. */
    <T> List<T> values(String key, Function<String, T> reading) {
        return each(key, reading, true);
    }

    /** Returns one constant or a set of them. */
    <E extends Enum<E>> Set<E> constants(String key, Class<E> type) {
        return new LinkedHashSet<>(values(key, text -> type.cast(Scalars.read(text, type))));
    }

    /** Returns the items of a list of sections. */
    List<YamlValue> items(String key) {
        YamlValue value = get(key);
        if (value == null) {
            return List.of();
        }
        if (value instanceof YamlValue.Sequence sequence) {
            return sequence.items();
        }
        refuse(key, "must be a list; write '- ' before each item");
        return List.of();
    }

    private <T> List<T> each(String key, Function<String, T> reading, boolean many) {
        YamlValue value = get(key);
        if (value == null) {
            return List.of();
        }
        if (many && value instanceof YamlValue.Sequence sequence) {
            if (sequence.items().isEmpty()) {
                refuse(key, "is an empty list; leave it out, or write a value");
            }
            return sequence.items().stream()
                    .flatMap(item -> one(key, item, reading).stream())
                    .toList();
        }
        return one(key, value, reading);
    }

    private <T> List<T> one(String key, YamlValue value, Function<String, T> reading) {
        if (!(value instanceof YamlValue.Scalar scalar)) {
            problems.add(value, Binder.join(path, key), "must be a single value");
            return List.of();
        }
        if (empty(scalar)) {
            problems.add(value, Binder.join(path, key), NO_VALUE);
            return List.of();
        }
        try {
            return List.of(reading.apply(scalar.text()));
        } catch (IllegalArgumentException e) {
            problems.add(value, Binder.join(path, key), String.valueOf(e.getMessage()));
            return List.of();
        }
    }
}
