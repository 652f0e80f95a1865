package dev.redrive.dev;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.redrive.dev.SchemaCatalog.Registered;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The registry's REST protocol: from a request to what the catalog answers. Values returned become JSON. */
final class RegistryRoutes {

    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final SchemaCatalog catalog;

    RegistryRoutes(SchemaCatalog catalog) {
        this.catalog = catalog;
    }

    /**
     * One request.
     *
     * @param method GET, POST, PUT or DELETE
     * @param path the decoded segments of the path
     * @param query the decoded query parameters, the last of each name
     * @param body the body as text; may be empty
     */
    record Request(String method, List<String> path, Map<String, String> query, String body) {

        boolean flag(String name) {
            return Boolean.parseBoolean(query.getOrDefault(name, "false"));
        }

        /** The segment at an index, empty where there is none. */
        String segment(int index) {
            return index < path.size() ? path.get(index) : "";
        }
    }

    /** Text that is JSON already. */
    record RawJson(String text) {}

    Object answer(Request request) throws RegistryException {
        return switch (request.segment(0)) {
            case "" -> get(request, Map.of());
            case "subjects" -> subjects(request);
            case "schemas" -> schemas(request);
            case "config" -> config(request);
            case "mode" -> mode(request);
            case "compatibility" -> compatibility(request);
            default -> throw RegistryException.noSuchPath();
        };
    }

    private Object subjects(Request r) throws RegistryException {
        boolean withDeleted = r.flag("deleted");
        return switch (r.path().size()) {
            case 1 -> get(r, catalog.subjects(r.query().getOrDefault("subjectPrefix", ""), withDeleted));
            case 2 ->
                switch (r.method()) {
                    case "POST" -> described(catalog.lookup(r.segment(1), schemaOf(r), withDeleted));
                    case "DELETE" -> catalog.deleteSubject(r.segment(1), r.flag("permanent"));
                    default -> throw RegistryException.methodNotAllowed();
                };
            case 3 -> versions(r, withDeleted);
            case 4, 5 -> version(r, withDeleted);
            default -> throw RegistryException.noSuchPath();
        };
    }

    private Object versions(Request r, boolean withDeleted) throws RegistryException {
        requireSegment(r, 2, "versions");
        return switch (r.method()) {
            case "GET" -> catalog.versions(r.segment(1), withDeleted);
            case "POST" -> Map.of("id", catalog.register(r.segment(1), schemaOf(r)));
            default -> throw RegistryException.methodNotAllowed();
        };
    }

    private Object version(Request r, boolean withDeleted) throws RegistryException {
        requireSegment(r, 2, "versions");
        if (r.path().size() == 5) {
            requireSegment(r, 4, "schema");
            Registered found = catalog.version(r.segment(1), r.segment(3), withDeleted);
            return get(r, new RawJson(found.schema()));
        }
        return switch (r.method()) {
            case "GET" -> described(catalog.version(r.segment(1), r.segment(3), withDeleted));
            case "DELETE" -> catalog.deleteVersion(r.segment(1), r.segment(3), r.flag("permanent"));
            default -> throw RegistryException.methodNotAllowed();
        };
    }

    private Object schemas(Request r) throws RegistryException {
        if (r.segment(1).equals("types") && r.path().size() == 2) {
            return get(r, List.of("AVRO"));
        }
        requireSegment(r, 1, "ids");
        int id = id(r.segment(2));
        boolean withDeleted = r.flag("deleted");
        if (r.path().size() > 4) {
            throw RegistryException.noSuchPath();
        }
        return switch (r.segment(3)) {
            case "" -> get(r, Map.of("schema", catalog.schema(id)));
            case "schema" -> get(r, new RawJson(catalog.schema(id)));
            case "subjects" ->
                get(
                        r,
                        catalog.uses(id, withDeleted).stream()
                                .map(Registered::subject)
                                .distinct()
                                .toList());
            case "versions" ->
                get(
                        r,
                        catalog.uses(id, withDeleted).stream()
                                .map(use -> Map.of("subject", use.subject(), "version", use.version()))
                                .toList());
            default -> throw RegistryException.noSuchPath();
        };
    }

    private Object config(Request r) throws RegistryException {
        boolean global = r.path().size() == 1;
        String subject = r.segment(1);
        if (r.path().size() > 2) {
            throw RegistryException.noSuchPath();
        }
        return switch (r.method()) {
            case "GET" -> Map.of("compatibilityLevel", global ? catalog.level() : level(r, subject));
            case "PUT" -> {
                CompatibilityLevel level =
                        CompatibilityLevel.parse(json(r).path("compatibility").asText());
                if (global) {
                    catalog.setLevel(level);
                } else {
                    catalog.setLevel(subject, level);
                }
                yield Map.of("compatibility", level);
            }
            case "DELETE" -> {
                CompatibilityLevel before = global ? catalog.level() : level(r, subject);
                if (global) {
                    catalog.setLevel(CompatibilityLevel.BACKWARD);
                } else {
                    catalog.setLevel(subject, null);
                }
                yield Map.of("compatibilityLevel", before);
            }
            default -> throw RegistryException.methodNotAllowed();
        };
    }

    private CompatibilityLevel level(Request r, String subject) throws RegistryException {
        CompatibilityLevel own = catalog.level(subject);
        if (own == null && !r.flag("defaultToGlobal")) {
            throw RegistryException.noLevel(subject);
        }
        return own == null ? catalog.level() : own;
    }

    private static Object mode(Request r) throws RegistryException {
        if (r.path().size() == 2 && !r.flag("defaultToGlobal")) {
            throw RegistryException.noMode(r.segment(1));
        }
        return get(r, Map.of("mode", "READWRITE"));
    }

    private Object compatibility(Request r) throws RegistryException {
        requireSegment(r, 1, "subjects");
        requireSegment(r, 3, "versions");
        if (!r.method().equals("POST")) {
            throw RegistryException.methodNotAllowed();
        }
        String version = r.path().size() == 5 ? r.segment(4) : null;
        if (r.path().size() > 5) {
            throw RegistryException.noSuchPath();
        }
        List<String> problems = catalog.problems(r.segment(2), version, schemaOf(r));
        Map<String, Object> answer = new TreeMap<>(Map.of("is_compatible", problems.isEmpty()));
        if (r.flag("verbose")) {
            answer.put("messages", problems);
        }
        return answer;
    }

    private static Map<String, Object> described(Registered found) {
        return new TreeMap<>(Map.of(
                "subject", found.subject(), "version", found.version(), "id", found.id(), "schema", found.schema()));
    }

    private static Object get(Request r, Object answer) throws RegistryException {
        if (!r.method().equals("GET")) {
            throw RegistryException.methodNotAllowed();
        }
        return answer;
    }

    private static void requireSegment(Request r, int index, String wanted) throws RegistryException {
        if (!r.segment(index).equals(wanted)) {
            throw RegistryException.noSuchPath();
        }
    }

    private static int id(String text) throws RegistryException {
        if (!text.matches("[0-9]{1,10}") || Long.parseLong(text) > Integer.MAX_VALUE) {
            throw RegistryException.noSuchPath();
        }
        return Integer.parseInt(text);
    }

    private static String schemaOf(Request r) throws RegistryException {
        JsonNode body = json(r);
        String type = body.path("schemaType").asText("AVRO");
        if (!type.equals("AVRO")) {
            throw RegistryException.invalidSchema("type " + type + "; this development registry takes AVRO only");
        }
        if (!body.path("references").isEmpty()) {
            throw RegistryException.invalidSchema("this development registry takes no references");
        }
        @Nullable String schema = body.path("schema").textValue();
        if (schema == null) {
            throw RegistryException.invalidSchema("the body has no text member 'schema'");
        }
        return schema;
    }

    private static JsonNode json(Request r) throws RegistryException {
        try {
            return JSON.readTree(r.body());
        } catch (JsonProcessingException e) {
            throw RegistryException.unreadableBody(e.getOriginalMessage());
        }
    }
}
