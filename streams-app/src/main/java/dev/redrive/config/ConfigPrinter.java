package dev.redrive.config;

import dev.redrive.domain.classify.Profiles;
import java.lang.reflect.RecordComponent;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Writes a configuration as the YAML that would load it again, with secrets masked. */
public final class ConfigPrinter {

    private ConfigPrinter() {}

    /** Every key with its value in force, in the order of the documentation; ends with a line break. */
    public static String print(RedriveConfig config) {
        StringBuilder yaml = new StringBuilder();
        record(config, "", yaml);
        return yaml.toString();
    }

    private static void record(Record section, String indent, StringBuilder yaml) {
        for (RecordComponent component : section.getClass().getRecordComponents()) {
            if (component.getType() == Profiles.class) {
                continue;
            }
            try {
                entry(component.getName(), component.getAccessor().invoke(section), indent, yaml);
            } catch (ReflectiveOperationException e) {
                throw new IllegalStateException("cannot read " + component, e);
            }
        }
    }

    private static void entry(String key, @Nullable Object value, String indent, StringBuilder yaml) {
        yaml.append(indent).append(key).append(':');
        if (value instanceof ClientProperties properties) {
            map(properties.masked(), indent, yaml);
        } else if (value instanceof Map<?, ?> map) {
            map(map, indent, yaml);
        } else if (value instanceof Record section) {
            yaml.append('\n');
            record(section, indent + "  ", yaml);
        } else if (value instanceof List<?> list) {
            yaml.append(list.stream().map(ConfigPrinter::scalar).collect(Collectors.joining(", ", " [", "]\n")));
        } else {
            yaml.append(' ').append(scalar(value)).append('\n');
        }
    }

    private static void map(Map<?, ?> map, String indent, StringBuilder yaml) {
        if (map.isEmpty()) {
            yaml.append(" {}\n");
            return;
        }
        yaml.append('\n');
        new TreeMap<>(map).forEach((key, value) -> entry(String.valueOf(key), value, indent + "  ", yaml));
    }

    private static String scalar(@Nullable Object value) {
        if (value instanceof Duration duration) {
            return DurationText.format(duration);
        }
        if (value instanceof String text) {
            return text.matches("[A-Za-z0-9/][A-Za-z0-9._/-]*") && !text.matches("null|true|false|[0-9].*")
                    ? text
                    : "'" + text.replace("'", "''").replace("${", "$${") + "'";
        }
        return value instanceof Secret ? "'" + value + "'" : String.valueOf(value);
    }
}
