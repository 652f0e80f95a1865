package dev.redrive.server.index;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Labels of a job as the index stores them: a JSON object with sorted names. */
final class Labels {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final TypeReference<Map<String, String>> TYPE = new TypeReference<>() {};

    private Labels() {}

    static @Nullable String write(Map<String, String> labels) {
        if (labels.isEmpty()) {
            return null;
        }
        try {
            return JSON.writeValueAsString(new TreeMap<>(labels));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("labels that cannot be written", e);
        }
    }

    static Map<String, String> read(@Nullable String stored) {
        if (stored == null) {
            return Map.of();
        }
        try {
            return JSON.readValue(stored, TYPE);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("labels that cannot be read", e);
        }
    }
}
