package dev.redrive.dev;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.redrive.dev.DevInstance.DevException;
import dev.redrive.dev.EmbeddedBroker.LoopbackPorts;
import dev.redrive.dev.SchemaCatalog.CompatibilityLevel;
import dev.redrive.dev.SchemaCatalog.Registered;
import dev.redrive.dev.SchemaCatalog.RegistryException;
import dev.redrive.http.BrowserGuard;
import dev.redrive.http.HttpHandler;
import dev.redrive.http.HttpHandler.HttpAnswer;
import dev.redrive.http.HttpHandler.HttpCall;
import dev.redrive.http.HttpPort;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * A schema registry inside this JVM, for development and tests; not for production.
 *
 * <p>It supports the REST calls of Confluent's Schema Registry that serializers use to register and look up schemas,
 * and those for compatibility, for Avro without references, on 127.0.0.1 only and without authentication; it rejects
 * calls from pages of other sites. There are no delete calls. The default compatibility level is BACKWARD. Acknowledged
 * changes are on disk; a restart on the same directory, and on the same port if one is given, continues.
 */
public final class DevRegistry implements AutoCloseable {

    private static final String CONTENT_TYPE = "application/vnd.schemaregistry.v1+json";
    private static final int MAX_BODY_BYTES = 1_048_576;
    private static final HttpPort.Limits LIMITS = new HttpPort.Limits(4, 32, 128, MAX_BODY_BYTES);

    private final HttpPort http;
    private final DirectoryLock lock;
    private final AtomicBoolean closed = new AtomicBoolean();

    private DevRegistry(HttpPort http, DirectoryLock lock) {
        this.http = http;
        this.lock = lock;
    }

    /**
     * Starts the registry.
     *
     * @param dataDirectory directory of its file; created if missing; used by nothing else
     * @param port port on 127.0.0.1; 0 for a free one
     * @throws DevException {@code PORT_IN_USE}, {@code DIRECTORY_IN_USE}, {@code DIRECTORY_UNUSABLE} or
     *     {@code DATA_UNREADABLE}
     */
    public static DevRegistry start(Path dataDirectory, int port) {
        Path directory = dataDirectory.toAbsolutePath().normalize();
        DirectoryLock lock = DirectoryLock.acquire(directory);
        boolean started = false;
        try {
            Protocol protocol = new Protocol(new SchemaCatalog(directory));
            HttpPort http = HttpPort.open(
                    "dev-registry", new InetSocketAddress(LoopbackPorts.address(), port), LIMITS, protocol);
            started = true;
            return new DevRegistry(http, lock);
        } catch (IOException e) {
            throw LoopbackPorts.inUse(port, "schema registry", e);
        } finally {
            if (!started) {
                lock.close();
            }
        }
    }

    /** Returns the URL for {@code schema.registry.url}, e.g. {@code http://127.0.0.1:19094}. */
    public String url() {
        return "http://127.0.0.1:" + port();
    }

    public int port() {
        return http.address().getPort();
    }

    /** Stops at once without finishing requests, and releases the port and the directory. Idempotent. */
    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            http.close();
            lock.close();
        }
    }

    /**
     * One request.
     *
     * @param path the decoded segments of the path
     * @param flags names of the query parameters that are {@code true}
     * @param body the body as text; may be empty
     */
    private record Request(String method, List<String> path, Set<String> flags, String body) {

        /** Returns the segment at an index, empty if there is none. */
        String segment(int index) {
            return index < path.size() ? path.get(index) : "";
        }

        /** Returns the method, and the path with a star for each segment that is a name or a number. */
        String pattern() {
            List<String> words = new ArrayList<>(path);
            boolean compatibility = segment(0).equals("compatibility");
            for (int i = compatibility ? 2 : segment(0).equals("schemas") ? 2 : 1; i < words.size(); i += 2) {
                words.set(i, "*");
            }
            return method + " /" + String.join("/", words);
        }
    }

    /** The REST protocol, from HTTP to the catalog and back. */
    private static final class Protocol implements HttpHandler {

        /** The existing paths, for any method. */
        private static final Set<String> PATHS = Set.of(
                "/",
                "/subjects",
                "/subjects/*",
                "/subjects/*/versions",
                "/subjects/*/versions/*",
                "/schemas/ids/*",
                "/config",
                "/config/*",
                "/compatibility/subjects/*/versions",
                "/compatibility/subjects/*/versions/*");

        private final SchemaCatalog catalog;
        private final BrowserGuard guard = BrowserGuard.loopback();

        Protocol(SchemaCatalog catalog) {
            this.catalog = catalog;
        }

        @Override
        public @Nullable HttpAnswer refuse(HttpCall head) {
            String foreign = guard.refusal(head);
            if (foreign != null) {
                return refusal(
                        403,
                        403,
                        foreign
                                + ": this registry answers programs of this machine, by the names localhost and"
                                + " 127.0.0.1, and no pages of other sites");
            }
            boolean writes = head.method().equals("POST") || head.method().equals("PUT");
            return writes && !BrowserGuard.isJson(head)
                    ? refusal(
                            415,
                            415,
                            "Send the body as Content-Type: application/vnd.schemaregistry.v1+json, or"
                                    + " application/json.")
                    : null;
        }

        @Override
        public HttpAnswer answer(HttpCall call) {
            try {
                return json(200, answer(request(call)));
            } catch (RegistryException e) {
                return refusal(e.status(), e.errorCode(), String.valueOf(e.getMessage()));
            }
        }

        @Override
        public HttpAnswer error(int status, String reason) {
            return switch (status) {
                case 413 -> refusal(413, 413, "The body is larger than " + MAX_BODY_BYTES + " bytes.");
                case 500 -> refusal(500, 50000, "Internal error; see the log");
                default -> refusal(status, status, "HTTP " + status + " " + reason);
            };
        }

        private Object answer(Request r) throws RegistryException {
            String pattern = r.pattern();
            return switch (pattern) {
                case "GET /" -> Map.of();
                case "GET /subjects" -> catalog.subjects();
                case "POST /subjects/*" -> described(catalog.lookup(r.segment(1), schemaOf(r)));
                case "GET /subjects/*/versions" -> catalog.versions(r.segment(1));
                case "POST /subjects/*/versions" -> Map.of("id", catalog.register(r.segment(1), schemaOf(r)));
                case "GET /subjects/*/versions/*" -> described(catalog.version(r.segment(1), r.segment(3)));
                case "GET /schemas/ids/*" -> Map.of("schema", catalog.schema(id(r.segment(2))));
                case "GET /config" -> Map.of("compatibilityLevel", catalog.level());
                case "GET /config/*" -> Map.of("compatibilityLevel", level(r));
                case "PUT /config" -> {
                    CompatibilityLevel level = wantedLevel(r);
                    catalog.setLevel(level);
                    yield Map.of("compatibility", level);
                }
                case "PUT /config/*" -> {
                    CompatibilityLevel level = wantedLevel(r);
                    catalog.setLevel(r.segment(1), level);
                    yield Map.of("compatibility", level);
                }
                case "POST /compatibility/subjects/*/versions" -> compatibility(r, null);
                case "POST /compatibility/subjects/*/versions/*" -> compatibility(r, r.segment(4));
                default ->
                    throw PATHS.contains(pattern.substring(r.method().length() + 1))
                            ? new RegistryException(405, 405, "HTTP 405 Method Not Allowed")
                            : noSuchPath();
            };
        }

        private CompatibilityLevel level(Request r) throws RegistryException {
            String subject = r.segment(1);
            CompatibilityLevel own = catalog.level(subject);
            if (own == null && !r.flags().contains("defaultToGlobal")) {
                throw new RegistryException(
                        404, 40408, "Subject '" + subject + "' does not have subject-level compatibility configured");
            }
            return own == null ? catalog.level() : own;
        }

        private static CompatibilityLevel wantedLevel(Request r) throws RegistryException {
            String name = body(r).path("compatibility").asText();
            try {
                return CompatibilityLevel.valueOf(name);
            } catch (IllegalArgumentException e) {
                throw new RegistryException(422, 42203, "Invalid compatibility level: " + name);
            }
        }

        private Map<String, Object> compatibility(Request r, @Nullable String version) throws RegistryException {
            List<String> problems = catalog.problems(r.segment(2), version, schemaOf(r));
            Map<String, Object> answer = new TreeMap<>(Map.of("is_compatible", problems.isEmpty()));
            if (r.flags().contains("verbose")) {
                answer.put("messages", problems);
            }
            return answer;
        }

        private static Map<String, Object> described(Registered found) {
            return new TreeMap<>(Map.of(
                    "subject", found.subject(),
                    "version", found.version(),
                    "id", found.id(),
                    "schema", found.schema()));
        }

        private static int id(String text) throws RegistryException {
            if (!text.matches("[0-9]{1,10}") || Long.parseLong(text) > Integer.MAX_VALUE) {
                throw noSuchPath();
            }
            return Integer.parseInt(text);
        }

        private static String schemaOf(Request r) throws RegistryException {
            JsonNode body = body(r);
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

        private static JsonNode body(Request r) throws RegistryException {
            try {
                return SchemaCatalog.JSON.readTree(r.body());
            } catch (JsonProcessingException e) {
                throw new RegistryException(400, 400, "The body cannot be read: " + e.getOriginalMessage());
            }
        }

        private static HttpAnswer refusal(int status, int code, String message) {
            return json(status, new TreeMap<>(Map.of("error_code", code, "message", message)));
        }

        private static HttpAnswer json(int status, Object answer) {
            try {
                return HttpAnswer.of(status, CONTENT_TYPE, SchemaCatalog.JSON.writeValueAsBytes(answer));
            } catch (JsonProcessingException e) {
                throw new UncheckedIOException(e);
            }
        }

        private static Request request(HttpCall call) throws RegistryException {
            List<String> path = new ArrayList<>();
            for (String segment : call.path().split("/", -1)) {
                if (!segment.isEmpty()) {
                    path.add(decode(segment.replace("+", "%2B")));
                }
            }
            String query = call.query();
            Set<String> flags = new TreeSet<>();
            for (String parameter : query == null ? new String[0] : query.split("&", -1)) {
                if (parameter.endsWith("=true")) {
                    flags.add(parameter.substring(0, parameter.length() - "=true".length()));
                }
            }
            return new Request(call.method(), path, flags, new String(call.body(), StandardCharsets.UTF_8));
        }

        private static String decode(String text) throws RegistryException {
            try {
                return URLDecoder.decode(text, StandardCharsets.UTF_8);
            } catch (IllegalArgumentException e) {
                throw noSuchPath();
            }
        }

        private static RegistryException noSuchPath() {
            return new RegistryException(404, 404, "HTTP 404 Not Found");
        }
    }
}
