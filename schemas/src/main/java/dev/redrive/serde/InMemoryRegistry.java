package dev.redrive.serde;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * A registry within the JVM, for tests: {@code schema.registry.url=mock://name}; the same name is the same registry.
 *
 * <p>It checks no compatibility. Ids count up from 1, one for each text. Holds at most {@value #MAX_SCHEMAS} schemas.
 */
final class InMemoryRegistry implements RegistryApi {

    private static final int MAX_SCHEMAS = 10_000;
    private static final int MAX_REGISTRIES = 1_000;
    private static final Map<String, InMemoryRegistry> REGISTRIES = new ConcurrentHashMap<>();

    private final List<String> schemas = new ArrayList<>();
    private final Map<String, List<Integer>> subjects = new LinkedHashMap<>();

    static InMemoryRegistry named(String name) {
        if (REGISTRIES.size() >= MAX_REGISTRIES) {
            REGISTRIES.clear();
        }
        return REGISTRIES.computeIfAbsent(name, n -> new InMemoryRegistry());
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
                throw new SchemaRefusedException(subject, "the registry in memory holds no more schemas");
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
