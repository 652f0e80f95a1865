package dev.redrive.serde;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Function;

/** An HTTP server on loopback that answers as it is told, and remembers what it was asked. */
final class FakeRegistry implements AutoCloseable {

    static final String JOB_FAILURE_BY_ID = "GET /schemas/ids/1";

    private final HttpServer server;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final Map<String, Function<Request, Reply>> answers = new ConcurrentHashMap<>();
    private final CountDownLatch closed = new CountDownLatch(1);
    private final List<Request> requests = new CopyOnWriteArrayList<>();

    record Request(String line, String authorization, String contentType, String body) {}

    record Reply(int status, String body) {

        static final Reply UNKNOWN_ID = new Reply(404, "{\"error_code\":40403,\"message\":\"Schema not found\"}");

        static Reply schema(String text) {
            return new Reply(200, "{\"schema\":" + quoted(text) + "}");
        }

        static Reply id(int id) {
            return new Reply(200, "{\"id\":" + id + "}");
        }

        private static String quoted(String text) {
            return "\"" + text.replace("\\", "\\\\").replace("\"", "\\\"") + "\"";
        }
    }

    FakeRegistry() {
        this(loopbackServer());
    }

    FakeRegistry(HttpServer server) {
        this.server = server;
        server.setExecutor(threads);
        server.createContext("/", this::handle);
        server.start();
    }

    private static HttpServer loopbackServer() {
        try {
            return HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    String address() {
        return "localhost:" + server.getAddress().getPort();
    }

    String url() {
        return "http://" + address();
    }

    FakeRegistry on(String line, Reply reply) {
        return on(line, request -> reply);
    }

    FakeRegistry on(String line, Function<Request, Reply> reply) {
        answers.put(line, reply);
        return this;
    }

    /** Takes requests of this line and never answers while the server lives. */
    FakeRegistry hangOn(String line) {
        return on(line, request -> {
            try {
                closed.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            return new Reply(500, "");
        });
    }

    List<Request> requests() {
        return requests;
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            String line = exchange.getRequestMethod() + " " + exchange.getRequestURI();
            var headers = exchange.getRequestHeaders();
            Request request = new Request(
                    line,
                    headers.getOrDefault("Authorization", List.of("")).get(0),
                    headers.getOrDefault("Content-Type", List.of("")).get(0),
                    new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
            requests.add(request);
            Reply reply = answers.getOrDefault(line, r -> Reply.UNKNOWN_ID).apply(request);
            byte[] body = reply.body().getBytes(StandardCharsets.UTF_8);
            if (reply.status() / 100 == 3) {
                exchange.getResponseHeaders().add("Location", reply.body());
            }
            exchange.sendResponseHeaders(reply.status(), body.length == 0 ? -1 : body.length);
            exchange.getResponseBody().write(body);
        }
    }

    @Override
    public void close() {
        closed.countDown();
        server.stop(0);
        threads.shutdownNow();
    }
}
