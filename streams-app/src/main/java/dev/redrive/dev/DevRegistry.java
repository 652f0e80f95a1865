package dev.redrive.dev;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.redrive.dev.RegistryRoutes.RawJson;
import dev.redrive.dev.RegistryRoutes.Request;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A schema registry inside this JVM, for development and tests; not for production.
 *
 * <p>It speaks those REST calls of Confluent's Schema Registry that common clients use, for Avro without references,
 * on 127.0.0.1 only and without authentication. Its default compatibility level is BACKWARD. What it acknowledged is
 * on disk; started again on the same directory, and on the same port where that is given, it continues.
 */
public final class DevRegistry implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(DevRegistry.class);
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final String CONTENT_TYPE = "application/vnd.schemaregistry.v1+json";
    private static final int MAX_BODY_BYTES = 1_048_576;
    private static final int THREADS = 4;
    private static final int MOST_WAITING = 64;

    private final HttpServer server;
    private final ThreadPoolExecutor executor;
    private final DirectoryLock lock;
    private final AtomicBoolean closed = new AtomicBoolean();

    private DevRegistry(HttpServer server, ThreadPoolExecutor executor, DirectoryLock lock) {
        this.server = server;
        this.executor = executor;
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
            HttpServer server = HttpServer.create(new InetSocketAddress(LoopbackPorts.address(), port), 0);
            ThreadPoolExecutor executor = new ThreadPoolExecutor(
                    THREADS, THREADS, 0, TimeUnit.SECONDS, new ArrayBlockingQueue<>(MOST_WAITING), task -> {
                        Thread thread = new Thread(task, "dev-registry");
                        thread.setDaemon(true);
                        return thread;
                    });
            server.setExecutor(executor);
            server.createContext("/", exchange -> handle(routes, exchange));
            server.start();
            started = true;
            return new DevRegistry(server, executor, lock);
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
        return server.getAddress().getPort();
    }

    private static void handle(RegistryRoutes routes, HttpExchange exchange) throws IOException {
        try (exchange) {
            int status = 200;
            Object answer;
            try {
                answer = routes.answer(request(exchange));
            } catch (RegistryException e) {
                status = e.status();
                answer = error(e);
            } catch (RuntimeException e) {
                LOG.error("the development registry could not answer", e);
                status = 500;
                answer = error(RegistryException.internal());
            }
            byte[] bytes = bytes(answer);
            exchange.getResponseHeaders().set("Content-Type", CONTENT_TYPE);
            exchange.sendResponseHeaders(status, bytes.length);
            exchange.getResponseBody().write(bytes);
        }
    }

    private static Map<String, Object> error(RegistryException e) {
        return new TreeMap<>(Map.of("error_code", e.errorCode(), "message", String.valueOf(e.getMessage())));
    }

    private static byte[] bytes(Object answer) throws JsonProcessingException {
        return answer instanceof RawJson raw
                ? raw.text().getBytes(StandardCharsets.UTF_8)
                : JSON.writeValueAsBytes(answer);
    }

    private static Request request(HttpExchange exchange) throws IOException, RegistryException {
        byte[] body = exchange.getRequestBody().readNBytes(MAX_BODY_BYTES + 1);
        if (body.length > MAX_BODY_BYTES) {
            throw RegistryException.bodyTooLarge(MAX_BODY_BYTES);
        }
        URI uri = exchange.getRequestURI();
        List<String> path = new ArrayList<>();
        for (String segment : uri.getRawPath().split("/", -1)) {
            if (!segment.isEmpty()) {
                path.add(decode(segment.replace("+", "%2B")));
            }
        }
        return new Request(
                exchange.getRequestMethod(), path, query(uri.getRawQuery()), new String(body, StandardCharsets.UTF_8));
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

    /** Stops at once, answers nothing more, and lets go of the port and the directory. Closing twice does nothing more. */
    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            server.stop(0);
            executor.shutdownNow();
            lock.close();
        }
    }
}
