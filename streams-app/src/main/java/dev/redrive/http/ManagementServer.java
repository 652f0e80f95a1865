package dev.redrive.http;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.redrive.config.ManagementSettings;
import dev.redrive.config.Secret;
import dev.redrive.metrics.RedriveMetrics;
import dev.redrive.runtime.Readiness;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers what operators and their tools ask: {@code GET /health/live}, {@code GET /health/ready} and {@code GET
 * /metrics}. Health is JSON, {@code {"status":"UP","reason":"READY"}}, with 200 while it is up and 503 while it is
 * {@code DOWN}; the reason is a {@link Readiness}. It changes nothing and reads no request bodies.
 *
 * <p>It listens on loopback, or elsewhere with a token that every caller must show. Two threads answer; more than 32
 * callers in line are turned away, and a caller has 5 s to send its request and to take the answer.
 */
public final class ManagementServer implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(ManagementServer.class);
    private static final int THREADS = 2;
    private static final int MOST_WAITING = 32;
    private static final String MAX_SECONDS = "5";
    private static final String JSON = "application/json";

    private final HttpServer server;
    private final ThreadPoolExecutor executor;
    private final Supplier<Readiness> readiness;
    private final RedriveMetrics metrics;
    private final @Nullable Bearer bearer;

    private ManagementServer(
            HttpServer server,
            ThreadPoolExecutor executor,
            Supplier<Readiness> readiness,
            RedriveMetrics metrics,
            @Nullable Bearer bearer) {
        this.server = server;
        this.executor = executor;
        this.readiness = readiness;
        this.metrics = metrics;
        this.bearer = bearer;
    }

    /**
     * Starts to answer.
     *
     * @param settings where, and with which token; the port is not {@code null}
     * @param readiness asked for each answer about health
     * @param metrics written for each scrape
     * @throws ManagementException if the port is taken, or the address is not this host's, or not loopback and without
     *     a token
     */
    public static ManagementServer start(
            ManagementSettings settings, Supplier<Readiness> readiness, RedriveMetrics metrics) {
        int port = Objects.requireNonNull(settings.port(), "port");
        // The JDK's server takes its time limits from here alone, when the first server of the process is made.
        limit("sun.net.httpserver.maxReqTime");
        limit("sun.net.httpserver.maxRspTime");
        ThreadPoolExecutor executor = executor();
        try {
            Secret token = settings.token();
            InetAddress address = InetAddress.getByName(settings.host());
            if (token == null && !address.isLoopbackAddress()) {
                throw new IOException(address + " is not loopback; set management.token");
            }
            HttpServer http = HttpServer.create(new InetSocketAddress(address, port), MOST_WAITING);
            Bearer bearer = token == null ? null : new Bearer(token.reveal());
            ManagementServer server = new ManagementServer(http, executor, readiness, metrics, bearer);
            http.setExecutor(executor);
            http.createContext("/", server::handle);
            http.start();
            return server;
        } catch (IOException e) {
            executor.shutdownNow();
            throw new ManagementException(
                    "cannot listen on " + settings.host() + ":" + port + ": " + e.getMessage()
                            + "; change management.host or management.port",
                    e);
        }
    }

    private static void limit(String property) {
        if (System.getProperty(property) == null) {
            System.setProperty(property, MAX_SECONDS);
        }
    }

    private static ThreadPoolExecutor executor() {
        return new ThreadPoolExecutor(
                THREADS, THREADS, 0, TimeUnit.SECONDS, new ArrayBlockingQueue<>(MOST_WAITING), task -> {
                    Thread thread = new Thread(task, "redrive-management");
                    thread.setDaemon(true);
                    return thread;
                });
    }

    /** Where it answers, e.g. {@code http://127.0.0.1:9464}. */
    public String url() {
        InetSocketAddress address = server.getAddress();
        String host = address.getAddress().getHostAddress();
        return "http://" + (host.contains(":") ? "[" + host + "]" : host) + ":" + address.getPort();
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            answer(exchange);
        } catch (RuntimeException e) {
            LOG.warn("the management port could not answer", e);
            throw e;
        }
    }

    private void answer(HttpExchange exchange) throws IOException {
        String method = exchange.getRequestMethod();
        if (bearer != null && !bearer.admits(exchange.getRequestHeaders().getFirst("Authorization"))) {
            exchange.getResponseHeaders().set("WWW-Authenticate", "Bearer");
            send(exchange, 401, JSON, error("UNAUTHENTICATED"));
        } else if (!method.equals("GET") && !method.equals("HEAD")) {
            exchange.getResponseHeaders().set("Allow", "GET, HEAD");
            send(exchange, 405, JSON, error("METHOD_NOT_ALLOWED"));
        } else {
            switch (exchange.getRequestURI().getPath()) {
                case "/health/live" -> {
                    Readiness now = readiness.get();
                    health(exchange, now.live(), now);
                }
                case "/health/ready" -> {
                    Readiness now = readiness.get();
                    health(exchange, now == Readiness.READY, now);
                }
                case "/metrics" -> scrape(exchange);
                default -> send(exchange, 404, JSON, error("NOT_FOUND"));
            }
        }
    }

    private void scrape(HttpExchange exchange) throws IOException {
        String accept = exchange.getRequestHeaders().getFirst("Accept");
        String contentType = RedriveMetrics.contentType(accept == null ? "" : accept);
        ByteArrayOutputStream body = new ByteArrayOutputStream(64 * 1024);
        metrics.scrape(body, contentType);
        send(exchange, 200, contentType, body.toByteArray());
    }

    private static void health(HttpExchange exchange, boolean up, Readiness reason) throws IOException {
        String json = "{\"status\":\"" + (up ? "UP" : "DOWN") + "\",\"reason\":\"" + reason + "\"}\n";
        send(exchange, up ? 200 : 503, JSON, json.getBytes(StandardCharsets.UTF_8));
    }

    private static byte[] error(String reason) {
        return ("{\"error\":\"" + reason + "\"}\n").getBytes(StandardCharsets.UTF_8);
    }

    private static void send(HttpExchange exchange, int status, String contentType, byte[] body) throws IOException {
        exchange.getResponseHeaders().set("Content-Type", contentType);
        exchange.getResponseHeaders().set("Cache-Control", "no-store");
        if (exchange.getRequestMethod().equals("HEAD")) {
            exchange.sendResponseHeaders(status, -1);
        } else {
            exchange.sendResponseHeaders(status, body.length);
            exchange.getResponseBody().write(body);
        }
    }

    /** Stops at once and lets go of the port. */
    @Override
    public void close() {
        server.stop(0);
        executor.shutdownNow();
    }
}
