package dev.redrive.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** A server on loopback that gives recorded answers, to requests that the API's description has. */
final class StubApi implements AutoCloseable {

    /** One answer. */
    record Answer(int status, Map<String, String> headers, byte[] body) {

        static Answer json(int status, String body) {
            return new Answer(status, Map.of("Content-Type", "application/json"), body.getBytes(UTF_8));
        }
    }

    private static final List<Pattern> ROUTES = routes();

    private final HttpServer server;
    private final Map<String, Deque<Answer>> answers = new ConcurrentHashMap<>();
    private final Queue<String> requests = new ConcurrentLinkedQueue<>();
    private final Queue<String> tokens = new ConcurrentLinkedQueue<>();

    StubApi() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", this::handle);
        server.start();
    }

    String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    /** Answers a request, e.g. {@code GET /v1/dead-letters?limit=2}; of several answers the last one is repeated. */
    StubApi on(String request, Answer... inTurn) {
        answers.put(request, new ArrayDeque<>(List.of(inTurn)));
        return this;
    }

    StubApi on(String request, String... inTurn) {
        return on(
                request,
                List.of(inTurn).stream().map(body -> Answer.json(200, body)).toArray(Answer[]::new));
    }

    /** Returns method, path and body of every request. */
    List<String> requests() {
        return List.copyOf(requests);
    }

    /** Returns the Authorization headers. */
    List<String> tokens() {
        return List.copyOf(tokens);
    }

    int run(TestTerminal terminal, String... args) {
        String[] all = new String[args.length + 2];
        System.arraycopy(args, 0, all, 0, args.length);
        all[args.length] = "--server";
        all[args.length + 1] = url();
        return terminal.run(all);
    }

    private void handle(HttpExchange exchange) throws IOException {
        String request = exchange.getRequestMethod() + " " + exchange.getRequestURI();
        String body = new String(exchange.getRequestBody().readAllBytes(), UTF_8);
        requests.add(request + (body.isEmpty() ? "" : " " + body));
        List<String> authorization = exchange.getRequestHeaders().get("Authorization");
        if (authorization != null) {
            tokens.addAll(authorization);
        }
        Answer answer = next(request);
        answer.headers().forEach(exchange.getResponseHeaders()::add);
        exchange.sendResponseHeaders(answer.status(), answer.body().length == 0 ? -1 : answer.body().length);
        try (exchange) {
            exchange.getResponseBody().write(answer.body());
        } catch (IOException e) {
            // The client has closed the connection, as it does when the answer is too large.
            exchange.close();
        }
    }

    private Answer next(String request) {
        String route = request.split("[?]", 2)[0];
        if (ROUTES.stream().noneMatch(known -> known.matcher(route).matches())) {
            return Answer.json(599, "{\"title\":\"openapi.yaml does not describe " + route + "\"}");
        }
        @Nullable Deque<Answer> inTurn = answers.get(request);
        if (inTurn == null) {
            return Answer.json(599, "{\"title\":\"the test has no answer to " + request + "\"}");
        }
        synchronized (inTurn) {
            return inTurn.size() > 1 ? inTurn.remove() : inTurn.element();
        }
    }

    /** Returns method and path of every route of the API's description. */
    private static List<Pattern> routes() {
        List<Pattern> routes = new ArrayList<>();
        try (InputStream file = Objects.requireNonNull(
                StubApi.class.getResourceAsStream("/redrive/server/openapi.yaml"), "openapi.yaml")) {
            String path = "";
            for (String line : new String(file.readAllBytes(), UTF_8).lines().toList()) {
                if (line.matches(" {2}/v1/\\S*:")) {
                    path = line.strip().replace(":", "").replaceAll("\\{\\w+}", "[^/]+");
                } else if (line.matches(" {4}(get|post):")) {
                    routes.add(Pattern.compile(line.strip().replace(":", "").toUpperCase(Locale.ROOT) + " " + path));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return routes;
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
