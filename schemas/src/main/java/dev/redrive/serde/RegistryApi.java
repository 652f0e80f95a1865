package dev.redrive.serde;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** The four calls that a serde makes; each may throw {@link RegistryUnavailableException}. Thread-safe. */
interface RegistryApi {

    /** A schema as stored in the registry. */
    record Registered(int id, String text) {}

    /**
     * Returns the text of a schema, {@code null} if the registry has no such id.
     *
     * @throws UndecodableException if the registry answers without a schema for this id
     */
    @Nullable
    String schemaById(int id);

    /**
     * Registers a schema, unless the same one is registered, and returns its id.
     *
     * @throws SchemaRefusedException if it is incompatible with the subject's other versions, or invalid
     */
    int register(String subject, String schema, boolean normalize);

    /** Returns the id of a schema under a subject, {@code null} if it is not registered there. */
    @Nullable
    Integer lookUp(String subject, String schema, boolean normalize);

    /** Returns the latest version of a subject, {@code null} if there is no such subject. */
    @Nullable
    Registered latest(String subject);

    /**
     * A registry in the JVM, for tests: {@code schema.registry.url=mock://name}; one registry per name.
     *
     * <p>Checks no compatibility. Ids count up from 1, one per text. Stores at most {@value #MAX_SCHEMAS} schemas.
     */
    static final class InMemory implements RegistryApi {

        private static final int MAX_SCHEMAS = 10_000;
        private static final int MAX_REGISTRIES = 1_000;
        private static final Map<String, InMemory> REGISTRIES = new ConcurrentHashMap<>();

        private final List<String> schemas = new ArrayList<>();
        private final Map<String, List<Integer>> subjects = new LinkedHashMap<>();

        static InMemory named(String name) {
            if (REGISTRIES.size() >= MAX_REGISTRIES) {
                REGISTRIES.clear();
            }
            return REGISTRIES.computeIfAbsent(name, n -> new InMemory());
        }

        @Override
        public synchronized @Nullable String schemaById(int id) {
            return id >= 1 && id <= schemas.size() ? schemas.get(id - 1) : null;
        }

        @Override
        public synchronized int register(String subject, String schema, boolean normalize) {
            int index = schemas.indexOf(schema);
            if (index < 0) {
                if (schemas.size() >= MAX_SCHEMAS) {
                    throw new SchemaRefusedException(subject, "the registry in memory takes no more schemas");
                }
                schemas.add(schema);
                index = schemas.size() - 1;
            }
            List<Integer> versions = subjects.computeIfAbsent(subject, s -> new ArrayList<>());
            Integer id = index + 1;
            if (!versions.contains(id)) {
                versions.add(id);
            }
            return id;
        }

        @Override
        public synchronized @Nullable Integer lookUp(String subject, String schema, boolean normalize) {
            Integer id = schemas.indexOf(schema) + 1;
            return subjects.getOrDefault(subject, List.of()).contains(id) ? id : null;
        }

        @Override
        public synchronized @Nullable Registered latest(String subject) {
            List<Integer> versions = subjects.get(subject);
            if (versions == null) {
                return null;
            }
            int id = versions.get(versions.size() - 1);
            return new Registered(id, schemas.get(id - 1));
        }
    }
}
