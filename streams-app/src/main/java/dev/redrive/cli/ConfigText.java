package dev.redrive.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.redrive.config.ClientProperties;
import dev.redrive.config.DurationText;
import dev.redrive.config.RedriveConfig;
import dev.redrive.domain.classify.Profiles;
import java.lang.reflect.RecordComponent;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The configuration as text again; the keys are the names of its records' components, as where it is read. */
final class ConfigText {

    private ConfigText() {}

    static String of(RedriveConfig config, boolean json) {
        ObjectMapper mapper = json
                ? JsonMapper.builder()
                        .enable(SerializationFeature.INDENT_OUTPUT)
                        .build()
                : YAMLMapper.builder()
                        .disable(YAMLGenerator.Feature.WRITE_DOC_START_MARKER)
                        .enable(YAMLGenerator.Feature.MINIMIZE_QUOTES)
                        .build();
        try {
            return mapper.writeValueAsString(tree(config)).strip();
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("maps of texts and numbers can be written", e);
        }
    }

    /** One line for each profile: its name, its number of rules and their version. */
    static List<String> rulesVersions(Profiles profiles) {
        return profiles.all().stream()
                .map(profile -> "profile " + profile.name() + ": "
                        + profile.rules().rules().size() + " rules, version "
                        + profile.rules().version())
                .toList();
    }

    private static @Nullable Object tree(@Nullable Object value) {
        if (value instanceof ClientProperties properties) {
            return properties.masked();
        }
        if (value instanceof Duration duration) {
            return DurationText.format(duration);
        }
        if (value instanceof Enum<?> word) {
            return word.name();
        }
        if (value instanceof List<?> list) {
            return list.stream().map(ConfigText::tree).toList();
        }
        if (value instanceof Map<?, ?> map) {
            Map<String, @Nullable Object> entries = new TreeMap<>();
            map.forEach((key, entry) -> entries.put(String.valueOf(key), tree(entry)));
            return entries;
        }
        return value instanceof Record settings ? record(settings) : value;
    }

    private static Map<String, @Nullable Object> record(Record settings) {
        Map<String, @Nullable Object> entries = new LinkedHashMap<>();
        for (RecordComponent component : settings.getClass().getRecordComponents()) {
            // The rules stand in a file of their own.
            if (component.getType() == Profiles.class) {
                continue;
            }
            try {
                entries.put(component.getName(), tree(component.getAccessor().invoke(settings)));
            } catch (ReflectiveOperationException e) {
                throw new IllegalStateException("components of public records can be read", e);
            }
        }
        return entries;
    }
}
