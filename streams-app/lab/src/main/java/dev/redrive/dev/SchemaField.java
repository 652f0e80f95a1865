package dev.redrive.dev;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.StringJoiner;
import org.apache.avro.Schema;

/** Turns the place that Avro's compatibility check names, a JSON Pointer into a schema, into the names of fields. */
final class SchemaField {

    private static final JsonMapper JSON = JsonMapper.builder().build();

    private SchemaField() {}

    /**
     * The field at a pointer, e.g. {@code request.body} for {@code /fields/3/type/fields/1}; {@code (root)} when the
     * pointer enters no field.
     */
    static String at(Schema schema, String pointer) {
        StringJoiner names = new StringJoiner(".").setEmptyValue("(root)");
        JsonNode node = parse(schema);
        String parent = "";
        for (String step : pointer.split("/", -1)) {
            if (step.isEmpty()) {
                continue;
            }
            node = node.isArray() ? node.path(index(step)) : node.path(step);
            if (parent.equals("fields") && node.hasNonNull("name")) {
                names.add(node.path("name").asText());
            }
            parent = step;
        }
        return names.toString();
    }

    private static JsonNode parse(Schema schema) {
        try {
            return JSON.readTree(schema.toString());
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a schema's text is JSON", e);
        }
    }

    private static int index(String step) {
        try {
            return Integer.parseInt(step);
        } catch (NumberFormatException e) {
            return -1;
        }
    }
}
