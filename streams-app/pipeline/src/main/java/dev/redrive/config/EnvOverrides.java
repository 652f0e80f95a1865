package dev.redrive.config;

import dev.redrive.config.RedriveConfig.ReferredPaths;
import dev.redrive.config.YamlReader.YamlValue;
import dev.redrive.domain.classify.Profile.Profiles;
import dev.redrive.text.Suggestion;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Settings from the environment: {@code REDRIVE_} and the YAML path, its keys in UPPER_SNAKE, joined by two
 * underscores. Below {@code properties} the name is in upper case with an underscore for each dot. Lists are separated
 * by commas.
 */
final class EnvOverrides {

    static final String PREFIX = "REDRIVE_";

    private static final Set<String> RESERVED = Set.of("REDRIVE_HOME", "REDRIVE_OPTS", "REDRIVE_CONFIG");

    /** Component types without a variable. */
    static final Set<Class<?>> UNNAMED = Set.of(Profiles.class, ReferredPaths.class);

    /**
     * Variables that Kubernetes and Docker set in a container for each service named {@code redrive} or {@code
     * redrive-…}: name suffix and the pattern of its value.
     */
    private static final Map<Pattern, Pattern> SERVICE_LINKS = Map.of(
            Pattern.compile("REDRIVE(?:_[A-Z0-9]+)*_PORT(?:_[0-9]{1,5}_(?:TCP|UDP|SCTP))?"),
            Pattern.compile("(?:tcp|udp|sctp)://\\S+:[0-9]{1,5}"),
            Pattern.compile("REDRIVE(?:_[A-Z0-9]+)*_PORT_[0-9]{1,5}_(?:TCP|UDP|SCTP)_PROTO"),
            Pattern.compile("tcp|udp|sctp"),
            Pattern.compile("REDRIVE(?:_[A-Z0-9]+)*_PORT_[0-9]{1,5}_(?:TCP|UDP|SCTP)_ADDR"),
            Pattern.compile("[0-9A-Fa-f.:]+"),
            Pattern.compile("REDRIVE(?:_[A-Z0-9]+)*_SERVICE_HOST"),
            Pattern.compile("[0-9A-Fa-f.:]+"),
            Pattern.compile("REDRIVE(?:_[A-Z0-9]+)*_PORT_[0-9]{1,5}_(?:TCP|UDP|SCTP)_PORT"
                    + "|REDRIVE(?:_[A-Z0-9]+)*_SERVICE_PORT(?:_[A-Z0-9]+)*"),
            Pattern.compile("[0-9]{1,5}"));

    private EnvOverrides() {}

    /** Returns the settings as the file would have them; variables that match no setting become problems. */
    static YamlValue.Mapping read(Class<?> root, Map<String, String> env, Problems problems) {
        YamlValue.Mapping all = mapping("environment");
        new TreeMap<>(env).forEach((name, text) -> {
            if (!name.startsWith(PREFIX) || RESERVED.contains(name) || isServiceLink(name, text)) {
                return;
            }
            YamlValue.Origin origin = new YamlValue.Origin("environment variable " + name, 0);
            List<String> path =
                    path(root, List.of(name.substring(PREFIX.length()).split("__", -1)));
            if (path == null) {
                problems.add(origin.problem("", "names no setting; " + Suggestion.among(name, known(root))));
            } else {
                put(all, path, new YamlValue.Scalar(origin, text));
            }
        });
        return all;
    }

    private static boolean isServiceLink(String name, String text) {
        return SERVICE_LINKS.entrySet().stream()
                .anyMatch(link -> link.getKey().matcher(name).matches()
                        && link.getValue().matcher(text).matches());
    }

    private static void put(YamlValue.Mapping root, List<String> path, YamlValue value) {
        YamlValue.Mapping at = root;
        for (String key : path.subList(0, path.size() - 1)) {
            YamlValue next = at.entries().computeIfAbsent(key, missing -> mapping("environment"));
            at = (YamlValue.Mapping) next;
        }
        at.entries().put(path.get(path.size() - 1), value);
    }

    /** Returns the YAML path for the segments; {@code null} if there is none, or it is a section. */
    private static @Nullable List<String> path(Class<?> root, List<String> segments) {
        List<String> path = new ArrayList<>();
        Type at = root;
        for (String segment : segments) {
            Step step = step(at, segment);
            if (step == null) {
                return null;
            }
            path.add(step.key());
            at = step.type();
        }
        return isSection(at) ? null : path;
    }

    private record Step(String key, Type type) {}

    private static @Nullable Step step(Type at, String segment) {
        if (at == ClientProperties.class) {
            return segment.matches("[A-Z0-9_]+")
                    ? new Step(segment.toLowerCase(Locale.ROOT).replace('_', '.'), String.class)
                    : null;
        }
        if (at instanceof ParameterizedType map && map.getRawType() == Map.class) {
            Class<?> keys = (Class<?>) map.getActualTypeArguments()[0];
            // The case of a name that is free cannot be known; such entries are set in the file only.
            return Arrays.stream(keys.isEnum() ? keys.getEnumConstants() : new Object[0])
                    .map(Object::toString)
                    .filter(segment::equals)
                    .findFirst()
                    .map(key -> new Step(key, map.getActualTypeArguments()[1]))
                    .orElse(null);
        }
        if (at instanceof Class<?> type && type.isRecord()) {
            for (RecordComponent component : type.getRecordComponents()) {
                if (upperSnake(component.getName()).equals(segment) && !UNNAMED.contains(component.getType())) {
                    return new Step(component.getName(), component.getGenericType());
                }
            }
        }
        return null;
    }

    private static boolean isSection(Type type) {
        return type instanceof ParameterizedType generic && generic.getRawType() == Map.class
                || type instanceof Class<?> plain && plain.isRecord();
    }

    /** Returns the names of all variables that can be listed in advance. */
    private static List<String> known(Class<?> root) {
        List<String> names = new ArrayList<>();
        collect(root, PREFIX, names);
        return names;
    }

    private static void collect(Class<?> type, String prefix, List<String> names) {
        for (RecordComponent component : type.getRecordComponents()) {
            String name = prefix + upperSnake(component.getName());
            Class<?> componentType = component.getType();
            if (componentType.isRecord()
                    && !UNNAMED.contains(componentType)
                    && componentType != ClientProperties.class) {
                collect(componentType, name + "__", names);
            } else if (!UNNAMED.contains(componentType)
                    && componentType != Map.class
                    && componentType != ClientProperties.class) {
                names.add(name);
            }
        }
    }

    private static String upperSnake(String camelCase) {
        return camelCase.replaceAll("([a-z0-9])([A-Z])", "$1_$2").toUpperCase(Locale.ROOT);
    }

    private static YamlValue.Mapping mapping(String source) {
        return new YamlValue.Mapping(new YamlValue.Origin(source, 0), new LinkedHashMap<>());
    }
}
