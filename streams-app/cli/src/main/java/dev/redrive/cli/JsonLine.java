package dev.redrive.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;

/** Formats a value as one line of JSON. */
final class JsonLine {

    private static final JsonMapper MAPPER = new JsonMapper();

    private JsonLine() {}

    /**
     * Returns the line.
     *
     * @param value a record, a map or a list of simple values
     */
    static String of(Object value) {
        try {
            return MAPPER.writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("records of texts and numbers can be written", e);
        }
    }
}
