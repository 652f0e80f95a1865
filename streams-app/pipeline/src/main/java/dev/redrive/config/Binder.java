package dev.redrive.config;

import dev.redrive.config.ClientProperties.ClientCheck;
import dev.redrive.config.ClientProperties.Secret;
import dev.redrive.config.ConfigException.InvalidSetting;
import dev.redrive.config.YamlReader.YamlValue;
import dev.redrive.text.Suggestion;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Fills configuration records from values: each component is a key of the same name. A refused value becomes a problem
 * with its path and line; binding continues, so that all mistakes are found at once.
 */
final class Binder {

    private final Problems problems;
    private final Map<Class<?>, Object> given;
    private final ClientCheck.All checks;

    /**
     * Creates a binder.
     *
     * @param problems receives the mistakes
     * @param given values for components of these types, which have no key
     * @param checks checks of settings passed through to client libraries
     */
    Binder(Problems problems, Map<Class<?>, Object> given, ClientCheck.All checks) {
        this.problems = problems;
        this.given = given;
        this.checks = checks;
    }

    /** Returns the record, or {@code null} if there are mistakes. */
    <T> @Nullable T bind(Class<T> type, YamlValue.Mapping values) {
        return bind(type, values, "");
    }

    /** Returns the record of the section at a path. */
    <T> @Nullable T bind(Class<T> type, YamlValue.Mapping values, String path) {
        return type.cast(record(type, values, path));
    }

    private @Nullable Object record(Class<?> type, YamlValue value, String path) {
        if (!(value instanceof YamlValue.Mapping values)) {
            problems.add(value, path, "must be a section; write its keys below it");
            return null;
        }
        RecordComponent[] components = type.getRecordComponents();
        Set<String> known = new LinkedHashSet<>();
        Object[] arguments = new Object[components.length];
        boolean complete = true;
        for (int i = 0; i < components.length; i++) {
            RecordComponent component = components[i];
            if (given.containsKey(component.getType())) {
                arguments[i] = given.get(component.getType());
                continue;
            }
            known.add(component.getName());
            arguments[i] = component(component, values, join(path, component.getName()));
            complete &= arguments[i] != null || optional(component) && absent(values, component.getName());
        }
        unknownKeys(values, known, path, problems);
        return complete ? create(type, components, arguments, values, path) : null;
    }

    private @Nullable Object component(RecordComponent component, YamlValue.Mapping values, String path) {
        YamlValue item = values.entries().getOrDefault(component.getName(), values);
        if (!absent(values, component.getName())) {
            return value(component.getGenericType(), item, path);
        }
        if (!optional(component)) {
            problems.add(item, path, "is missing; write a value");
        }
        return null;
    }

    private static boolean absent(YamlValue.Mapping values, String key) {
        YamlValue item = values.entries().get(key);
        return item == null || item instanceof YamlValue.Scalar scalar && scalar.absent();
    }

    private static boolean optional(RecordComponent component) {
        return component.getAnnotatedType().isAnnotationPresent(Nullable.class);
    }

    static void unknownKeys(YamlValue.Mapping values, Set<String> known, String path, Problems problems) {
        values.entries().forEach((key, value) -> {
            if (!known.contains(key)) {
                problems.add(value, join(path, key), "is not known here; " + Suggestion.among(key, known));
            }
        });
    }

    private @Nullable Object create(
            Class<?> type, RecordComponent[] components, Object[] arguments, YamlValue.Mapping values, String path) {
        try {
            Class<?>[] types =
                    Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
            return type.getConstructor(types).newInstance(arguments);
        } catch (InvocationTargetException e) {
            if (e.getCause() instanceof InvalidSetting refused) {
                YamlValue at = find(values, refused.key());
                problems.add(at == null ? values : at, join(path, refused.key()), refused.advice());
            } else if (e.getCause() instanceof IllegalArgumentException refused) {
                problems.add(values, path, String.valueOf(refused.getMessage()));
            } else {
                throw new IllegalStateException("cannot make " + type, e);
            }
            return null;
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("cannot make " + type, e);
        }
    }

    private static @Nullable YamlValue find(YamlValue.Mapping values, String key) {
        YamlValue at = values;
        for (String part : key.split("\\.", -1)) {
            YamlValue next =
                    at instanceof YamlValue.Mapping mapping ? mapping.entries().get(part) : null;
            if (next == null) {
                return at == values ? null : at;
            }
            at = next;
        }
        return at;
    }

    private @Nullable Object value(Type type, YamlValue value, String path) {
        if (type instanceof ParameterizedType generic) {
            Class<?> raw = (Class<?>) generic.getRawType();
            Type[] arguments = generic.getActualTypeArguments();
            return raw == List.class
                    ? list((Class<?>) arguments[0], value, path)
                    : map((Class<?>) arguments[0], arguments[1], value, path);
        }
        Class<?> plain = (Class<?>) type;
        if (plain == ClientProperties.class) {
            return properties(value, path);
        }
        return plain.isRecord() ? record(plain, value, path) : scalar(plain, value, path);
    }

    private @Nullable Object scalar(Class<?> type, YamlValue value, String path) {
        if (!(value instanceof YamlValue.Scalar scalar)) {
            problems.add(value, path, "must be a single value");
            return null;
        }
        if (type == Secret.class && scalar.bare()) {
            problems.add(value, path, "is a secret; write ${file:/path} or ${env:NAME}");
            return null;
        }
        try {
            return Scalars.read(scalar.text(), type);
        } catch (IllegalArgumentException e) {
            String message = String.valueOf(e.getMessage());
            problems.add(value, path, message);
            return null;
        }
    }

    private @Nullable Object list(Class<?> type, YamlValue value, String path) {
        List<YamlValue> items = new ArrayList<>();
        if (value instanceof YamlValue.Sequence sequence) {
            items.addAll(sequence.items());
        } else if (value instanceof YamlValue.Scalar scalar) {
            Scalars.split(scalar.text())
                    .forEach(part -> items.add(new YamlValue.Scalar(scalar.origin(), part, false, scalar.secret())));
        } else {
            problems.add(value, path, "must be a list; write [a, b]");
            return null;
        }
        List<Object> list = new ArrayList<>();
        for (YamlValue item : items) {
            Object read = scalar(type, item, path);
            if (read != null) {
                list.add(read);
            }
        }
        return list.size() == items.size() ? list : null;
    }

    private @Nullable Object map(Class<?> keyType, Type valueType, YamlValue value, String path) {
        if (!(value instanceof YamlValue.Mapping mapping)) {
            problems.add(value, path, "must be a section; write its keys below it");
            return null;
        }
        Map<Object, Object> map = new LinkedHashMap<>();
        mapping.entries().forEach((key, item) -> {
            Object readKey = scalar(keyType, new YamlValue.Scalar(item.origin(), key), path);
            Object readValue = value(valueType, item, join(path, key));
            if (readKey != null && readValue != null) {
                map.put(readKey, readValue);
            }
        });
        return map.size() == mapping.entries().size() ? map : null;
    }

    private @Nullable Object properties(YamlValue value, String path) {
        if (!(value instanceof YamlValue.Mapping mapping)) {
            problems.add(value, path, "must be a section; write the client's settings below it");
            return null;
        }
        Map<String, String> values = new LinkedHashMap<>();
        Set<String> secret = new LinkedHashSet<>();
        mapping.entries().forEach((key, item) -> {
            if (item instanceof YamlValue.Scalar scalar && !scalar.absent()) {
                values.put(key, scalar.text());
                if (scalar.secret()) {
                    secret.add(key);
                }
            } else {
                problems.add(item, join(path, key), "must be a single value");
            }
        });
        ClientProperties properties = new ClientProperties(values, secret);
        ClientCheck check = path.startsWith("kafka.") ? checks.kafka() : checks.registry();
        Map<String, String> known = new LinkedHashMap<>(values);
        known.keySet().removeIf(key -> key.startsWith(ClientProperties.PLUGIN_PREFIX));
        check.mistakes(known)
                .forEach((key, advice) ->
                        problems.add(mapping.entries().getOrDefault(key, mapping), join(path, key), advice));
        return properties;
    }

    static String join(String path, String key) {
        return path.isEmpty() ? key : path + "." + key;
    }

    /** Reads single values; the message about an unreadable one contains what to write instead. */
    static final class Scalars {

        private static final Pattern WHOLE = Pattern.compile("-?[0-9]{1,18}");
        private static final Pattern DECIMAL = Pattern.compile("-?[0-9]{1,9}(\\.[0-9]{1,9})?");

        private Scalars() {}

        /**
         * Parses text as a type: text, numbers, booleans, durations and enums.
         *
         * @throws IllegalArgumentException if it cannot be parsed; the message contains what to write
         */
        static Object read(String text, Class<?> type) {
            if (type == String.class) {
                return text;
            }
            if (type == Secret.class) {
                return new Secret(text);
            }
            if (type == int.class || type == Integer.class) {
                return whole(text);
            }
            if (type == double.class || type == Double.class) {
                return decimal(text);
            }
            if (type == boolean.class || type == Boolean.class) {
                if (!text.equals("true") && !text.equals("false")) {
                    throw new IllegalArgumentException("'" + text + "' is neither; write true or false");
                }
                return text.equals("true");
            }
            if (type == Duration.class) {
                return DurationText.parse(text);
            }
            if (type.isEnum()) {
                return constant(text, type);
            }
            throw new IllegalStateException("no way to read " + type);
        }

        private static int whole(String text) {
            if (!WHOLE.matcher(text).matches()) {
                throw new IllegalArgumentException("'" + text + "' is no whole number; write digits only, e.g. 6");
            }
            long number = Long.parseLong(text);
            if (number != (int) number) {
                throw new IllegalArgumentException(text + " is too large; write at most " + Integer.MAX_VALUE);
            }
            return (int) number;
        }

        private static double decimal(String text) {
            if (!DECIMAL.matcher(text).matches()) {
                throw new IllegalArgumentException("'" + text + "' is no number; write e.g. 2 or 0.05");
            }
            return Double.parseDouble(text);
        }

        private static Object constant(String text, Class<?> type) {
            List<String> names = new ArrayList<>();
            for (Object constant : type.getEnumConstants()) {
                String name = ((Enum<?>) constant).name();
                if (name.equals(text)) {
                    return constant;
                }
                names.add(name);
            }
            throw new IllegalArgumentException("'" + text + "' is not known; " + Suggestion.among(text, names));
        }

        /** Returns the parts between commas, stripped. */
        static List<String> split(String text) {
            return Arrays.stream(text.split(",", -1))
                    .map(String::strip)
                    .filter(part -> !part.isEmpty())
                    .toList();
        }
    }
}
