package dev.redrive.config;

import dev.redrive.config.ClientProperties.Secret;
import java.lang.reflect.RecordComponent;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Writes a configuration as YAML that loads it again, with secrets masked. */
public final class ConfigPrinter {

    private final Set<String> hidden;
    private final StringBuilder yaml;

    private ConfigPrinter(Set<String> hidden, StringBuilder yaml) {
        this.hidden = hidden;
        this.yaml = yaml;
    }

    /** Returns every key with its effective value, in the order of the documentation; ends with a line break. */
    public static String print(RedriveConfig config) {
        StringBuilder yaml = new StringBuilder();
        new ConfigPrinter(config.referred().paths(), yaml).record(config, "", "");
        return yaml.toString();
    }

    private void record(Record section, String path, String indent) {
        for (RecordComponent component : section.getClass().getRecordComponents()) {
            if (EnvOverrides.UNNAMED.contains(component.getType())) {
                continue;
            }
            try {
                entry(component.getName(), component.getAccessor().invoke(section), path, indent);
            } catch (ReflectiveOperationException e) {
                throw new IllegalStateException("cannot read " + component, e);
            }
        }
    }

    private void entry(String key, @Nullable Object value, String parent, String indent) {
        String path = Binder.join(parent, key);
        yaml.append(indent).append(key).append(':');
        if (value instanceof ClientProperties properties) {
            map(properties.masked(), path, indent);
        } else if (value instanceof Map<?, ?> map) {
            map(map, path, indent);
        } else if (value instanceof Record section) {
            yaml.append('\n');
            record(section, path, indent + "  ");
        } else if (hidden.contains(path) && value != null) {
            yaml.append(" '").append(ClientProperties.MASK).append("'\n");
        } else if (value instanceof List<?> list) {
            yaml.append(list.stream().map(ConfigPrinter::scalar).collect(Collectors.joining(", ", " [", "]\n")));
        } else {
            yaml.append(' ').append(scalar(value)).append('\n');
        }
    }

    private void map(Map<?, ?> map, String path, String indent) {
        if (map.isEmpty()) {
            yaml.append(" {}\n");
            return;
        }
        yaml.append('\n');
        new TreeMap<>(map).forEach((key, value) -> entry(String.valueOf(key), value, path, indent + "  "));
    }

    private static String scalar(@Nullable Object value) {
        if (value instanceof Duration duration) {
            return DurationText.format(duration);
        }
        if (value instanceof String clear) {
            String text = Secret.masked(clear);
            return text.matches("[A-Za-z0-9/][A-Za-z0-9._/-]*") && !text.matches("null|true|false|[0-9].*")
                    ? text
                    : "'" + text.replace("'", "''").replace("${", "$${") + "'";
        }
        return value instanceof Secret ? "'" + value + "'" : String.valueOf(value);
    }
}
