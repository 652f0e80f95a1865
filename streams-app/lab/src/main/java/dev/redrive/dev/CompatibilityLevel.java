package dev.redrive.dev;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.StringJoiner;
import org.apache.avro.Schema;
import org.apache.avro.SchemaCompatibility;
import org.apache.avro.SchemaCompatibility.Incompatibility;

/** What a new schema of a subject must read, and be read by; the names are those of the REST protocol. */
enum CompatibilityLevel {
    NONE(false, false, false),
    BACKWARD(true, false, false),
    BACKWARD_TRANSITIVE(true, false, true),
    FORWARD(false, true, false),
    FORWARD_TRANSITIVE(false, true, true),
    FULL(true, true, false),
    FULL_TRANSITIVE(true, true, true);

    private static final int MAX_PROBLEMS = 10;

    private final boolean readsEarlier;
    private final boolean readByEarlier;
    private final boolean transitive;

    CompatibilityLevel(boolean readsEarlier, boolean readByEarlier, boolean transitive) {
        this.readsEarlier = readsEarlier;
        this.readByEarlier = readByEarlier;
        this.transitive = transitive;
    }

    /**
     * Returns why a schema is incompatible with earlier ones.
     *
     * @param earlier the subject's schemas, oldest first
     * @return one sentence per problem, max. 10; empty if the schema is compatible
     */
    List<String> problems(Schema candidate, List<Schema> earlier) {
        int from = transitive ? 0 : Math.max(0, earlier.size() - 1);
        List<String> problems = new ArrayList<>();
        for (Schema schema : earlier.subList(from, earlier.size())) {
            if (readsEarlier) {
                compare(candidate, schema, "the new schema cannot read data of the earlier one", problems);
            }
            if (readByEarlier) {
                compare(schema, candidate, "the earlier schema cannot read data of the new one", problems);
            }
        }
        return problems.size() > MAX_PROBLEMS ? List.copyOf(problems.subList(0, MAX_PROBLEMS)) : problems;
    }

    private static void compare(Schema reader, Schema writer, String what, List<String> into) {
        for (Incompatibility found : SchemaCompatibility.checkReaderWriterCompatibility(reader, writer)
                .getResult()
                .getIncompatibilities()) {
            into.add(what + ": " + found.getType() + " at field '" + field(reader, found.getLocation()) + "' ("
                    + found.getLocation() + "): " + found.getMessage());
        }
    }

    /** Returns the path of field names of a JSON Pointer into a schema, e.g. {@code request.body}. */
    private static String field(Schema schema, String pointer) {
        StringJoiner names = new StringJoiner(".").setEmptyValue("(root)");
        JsonNode node = parse(schema);
        String parent = "";
        for (String step : pointer.split("/", -1)) {
            if (step.isEmpty()) {
                continue;
            }
            node = node.at("/" + step);
            if (parent.equals("fields") && node.hasNonNull("name")) {
                names.add(node.path("name").asText());
            }
            parent = step;
        }
        return names.toString();
    }

    private static JsonNode parse(Schema schema) {
        try {
            return SchemaCatalog.JSON.readTree(schema.toString());
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a schema's text is JSON", e);
        }
    }
}
