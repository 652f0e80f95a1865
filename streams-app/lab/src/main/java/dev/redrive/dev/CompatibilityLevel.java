package dev.redrive.dev;

import java.util.ArrayList;
import java.util.List;
import org.apache.avro.Schema;
import org.apache.avro.SchemaCompatibility;
import org.apache.avro.SchemaCompatibility.Incompatibility;

/** What a new schema of a subject must be able to read, and be read by; the names are those of the REST protocol. */
enum CompatibilityLevel {
    NONE(false, false, false),
    BACKWARD(true, false, false),
    BACKWARD_TRANSITIVE(true, false, true),
    FORWARD(false, true, false),
    FORWARD_TRANSITIVE(false, true, true),
    FULL(true, true, false),
    FULL_TRANSITIVE(true, true, true);

    private static final int MOST_PROBLEMS = 10;

    private final boolean readsEarlier;
    private final boolean readByEarlier;
    private final boolean transitive;

    CompatibilityLevel(boolean readsEarlier, boolean readByEarlier, boolean transitive) {
        this.readsEarlier = readsEarlier;
        this.readByEarlier = readByEarlier;
        this.transitive = transitive;
    }

    static CompatibilityLevel parse(String name) throws RegistryException {
        for (CompatibilityLevel level : values()) {
            if (level.name().equals(name)) {
                return level;
            }
        }
        throw RegistryException.invalidLevel(name);
    }

    /**
     * Says why a schema may not follow earlier ones.
     *
     * @param earlier the subject's schemas, oldest first
     * @return one sentence per problem, at most 10; none when the schema may follow
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
        return problems.size() > MOST_PROBLEMS ? List.copyOf(problems.subList(0, MOST_PROBLEMS)) : problems;
    }

    private static void compare(Schema reader, Schema writer, String what, List<String> into) {
        for (Incompatibility found : SchemaCompatibility.checkReaderWriterCompatibility(reader, writer)
                .getResult()
                .getIncompatibilities()) {
            into.add(what + ": " + found.getType() + " at field '" + SchemaField.at(reader, found.getLocation()) + "' ("
                    + found.getLocation() + "): " + found.getMessage());
        }
    }
}
