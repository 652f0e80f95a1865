package dev.redrive.dev;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.redrive.dev.RegistryRoutes.RawJson;
import dev.redrive.dev.RegistryRoutes.Request;
import dev.redrive.http.BrowserGuard;
import dev.redrive.http.HttpAnswer;
import dev.redrive.http.HttpCall;
import dev.redrive.http.HttpHandler;
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
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * A schema registry inside this JVM, for development and tests; not for production.
 *
 * <p>It speaks those REST calls of Confluent's Schema Registry that common clients use, for Avro without references,
 * on 127.0.0.1 only and without authentication; pages of other sites cannot make a browser speak to it. Its default compatibility level is BACKWARD. What it acknowledged is
 * on disk; started again on the same directory, and on the same port where that is given, it continues.
 */
public final class DevRegistry implements AutoCloseable {

    private static final JsonMapper JSON = JsonMapper.builder().build();
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
     * @param dataDirectory where its file stands; made where it is missing; used by nothing else
     * @param port where it listens on 127.0.0.1; 0 takes a free one
     * @throws DevException {@code PORT_IN_USE}, {@code DIRECTORY_IN_USE}, {@code DIRECTORY_UNUSABLE} or
     *     {@code DATA_UNREADABLE}; the message says what to do
     */
    public static DevRegistry start(Path dataDirectory, int port) {
        Path directory = dataDirectory.toAbsolutePath().normalize();
        DirectoryLock lock = DirectoryLock.acquire(directory);
        boolean started = false;
        try {
            RegistryRoutes routes = new RegistryRoutes(new SchemaCatalog(new RegistryFile(directory)));
            HttpPort http = HttpPort.open(
                    "dev-registry", new InetSocketAddress(LoopbackPorts.address(), port), LIMITS, new Protocol(routes));
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

    /** Where clients connect, for {@code schema.registry.url}; e.g. {@code http://127.0.0.1:19094}. */
    public String url() {
        return "http://127.0.0.1:" + port();
    }

    /** The port it listens on. */
    public int port() {
        return http.address().getPort();
    }

    /** Stops at once, answers nothing more, and lets go of the port and the directory. Closing twice does nothing more. */
    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            http.close();
            lock.close();
        }
    }

    /** The protocol's way to put requests and answers into HTTP. */
    private static final class Protocol implements HttpHandler {

        private final RegistryRoutes routes;
        private final BrowserGuard guard = BrowserGuard.loopback();

        Protocol(RegistryRoutes routes) {
            this.routes = routes;
        }

        @Override
        public @Nullable HttpAnswer refuse(HttpCall head) {
            String foreign = guard.refusal(head);
            if (foreign != null) {
                return refusal(RegistryException.forbidden(foreign));
            }
            boolean writes = head.method().equals("POST") || head.method().equals("PUT");
            return writes && !BrowserGuard.isJson(head) ? refusal(RegistryException.notJson()) : null;
        }

        @Override
        public HttpAnswer answer(HttpCall call) {
            try {
                return json(200, routes.answer(request(call)));
            } catch (RegistryException e) {
                return refusal(e);
            }
        }

        @Override
        public HttpAnswer error(int status, String reason) {
            return refusal(
                    switch (status) {
                        case 413 -> RegistryException.bodyTooLarge(MAX_BODY_BYTES);
                        case 500 -> RegistryException.internal();
                        default -> RegistryException.badRequest(status, reason);
                    });
        }

        private static HttpAnswer refusal(RegistryException e) {
            return json(
                    e.status(),
                    new TreeMap<>(Map.of("error_code", e.errorCode(), "message", String.valueOf(e.getMessage()))));
        }

        private static HttpAnswer json(int status, Object answer) {
            try {
                byte[] bytes = answer instanceof RawJson raw
                        ? raw.text().getBytes(StandardCharsets.UTF_8)
                        : JSON.writeValueAsBytes(answer);
                return HttpAnswer.of(status, CONTENT_TYPE, bytes);
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
            return new Request(
                    call.method(), path, query(call.query()), new String(call.body(), StandardCharsets.UTF_8));
        }

        private static Map<String, String> query(@Nullable String raw) throws RegistryException {
            Map<String, String> query = new TreeMap<>();
            if (raw == null) {
                return query;
            }
            for (String part : raw.split("&", -1)) {
                int equals = part.indexOf('=');
                if (equals > 0) {
                    query.put(decode(part.substring(0, equals)), decode(part.substring(equals + 1)));
                }
            }
            return query;
        }

        private static String decode(String text) throws RegistryException {
            try {
                return URLDecoder.decode(text, StandardCharsets.UTF_8);
            } catch (IllegalArgumentException e) {
                throw RegistryException.noSuchPath();
            }
        }
    }
}
