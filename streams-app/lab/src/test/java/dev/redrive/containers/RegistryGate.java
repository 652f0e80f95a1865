package dev.redrive.containers;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * What operators put before a registry: it lets through what carries the right Authorization header, and answers 503
 * while it is shut.
 */
final class RegistryGate implements AutoCloseable {

    private final HttpServer server;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final HttpClient client = HttpClient.newHttpClient();
    private final URI origin;
    private final String path;
    private final String authorization;
    private final AtomicInteger passed = new AtomicInteger();
    private final AtomicInteger turnedAway = new AtomicInteger();
    private volatile boolean shut;

    private RegistryGate(HttpServer server, URI origin, String path, String authorization) {
        this.server = server;
        this.origin = origin;
        this.path = path;
        this.authorization = authorization;
    }

    static RegistryGate open(URI origin, String path, String authorization) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        RegistryGate gate = new RegistryGate(server, origin, path, authorization);
        server.setExecutor(gate.threads);
        server.createContext("/", gate::handle);
        server.start();
        return gate;
    }

    String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort() + path;
    }

    /** The same with credentials within. */
    String url(String userInfo) {
        return url().replace("//", "//" + userInfo + "@");
    }

    int passed() {
        return passed.get();
    }

    int turnedAway() {
        return turnedAway.get();
    }

    void shut() {
        shut = true;
    }

    void reopen() {
        shut = false;
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            String given = exchange.getRequestHeaders().getFirst("Authorization");
            if (shut) {
                turnedAway.incrementAndGet();
                exchange.sendResponseHeaders(503, -1);
            } else if (authorization != null && !authorization.equals(given)) {
                turnedAway.incrementAndGet();
                exchange.sendResponseHeaders(401, -1);
            } else {
                passed.incrementAndGet();
                pass(exchange);
            }
        }
    }

    private void pass(HttpExchange exchange) throws IOException {
        byte[] body = exchange.getRequestBody().readAllBytes();
        HttpRequest.Builder request = HttpRequest.newBuilder(origin.resolve(exchange.getRequestURI()))
                .method(exchange.getRequestMethod(), HttpRequest.BodyPublishers.ofByteArray(body));
        String contentType = exchange.getRequestHeaders().getFirst("Content-Type");
        if (contentType != null) {
            request.header("Content-Type", contentType);
        }
        HttpResponse<byte[]> response;
        try {
            response = client.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return;
        }
        exchange.sendResponseHeaders(response.statusCode(), response.body().length == 0 ? -1 : response.body().length);
        exchange.getResponseBody().write(response.body());
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
