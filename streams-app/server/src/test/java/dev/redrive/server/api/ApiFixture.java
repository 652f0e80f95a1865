package dev.redrive.server.api;

import dev.redrive.avro.AuditEvent;
import dev.redrive.config.ConfigLoader;
import dev.redrive.config.ServerSettings;
import dev.redrive.contract.TopicNames;
import dev.redrive.metrics.ServerCounters;
import dev.redrive.server.RecordWriter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Future;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.producer.Callback;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.Cluster;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.serialization.StringSerializer;
import org.jspecify.annotations.Nullable;

/** An API on a free port of loopback, without Kafka. */
final class ApiFixture implements AutoCloseable {

    static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");
    static final String ADMIN = "admin-token-0123456789";
    static final String VIEWER = "viewer-token-0123456789";
    static final String INGESTER = "ingest-token-0123456789";
    static final String BOUND = "bound-token-0123456789";

    /** Called before each send, on the sender's thread. */
    volatile Consumer<ProducerRecord<String, SpecificRecord>> beforeSend = record -> {};

    final MockProducer<String, SpecificRecord> producer =
            new MockProducer<>(cluster(), true, null, new StringSerializer(), (topic, value) -> new byte[0]) {
                @Override
                public Future<RecordMetadata> send(ProducerRecord<String, SpecificRecord> record, Callback callback) {
                    beforeSend.accept(record);
                    return super.send(record, callback);
                }
            };
    final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    final ServerCounters counters = new ServerCounters(meters);
    final RecordWriter writer = new RecordWriter(producer);
    final AuditLog audit;
    final List<ApiRoute> reached = new CopyOnWriteArrayList<>();
    final ApiServer server;
    private final Set<ApiRoute> real = EnumSet.noneOf(ApiRoute.class);
    private final HttpClient client = HttpClient.newHttpClient();

    ApiFixture(ServerSettings settings, Clock clock, Map<ApiRoute, RouteHandler> handlers) {
        this(settings, clock, handlers, (fixture, audit) -> {});
    }

    /** Starts an API some of whose handlers take its audit. */
    ApiFixture(
            ServerSettings settings,
            Clock clock,
            Map<ApiRoute, RouteHandler> handlers,
            BiConsumer<ApiFixture, AuditLog> more) {
        audit = new AuditLog(writer, "audit", clock, counters);
        more.accept(this, audit);
        real.addAll(handlers.keySet());
        Map<ApiRoute, RouteHandler> all = new EnumMap<>(ApiRoute.class);
        for (ApiRoute route : ApiRoute.values()) {
            all.put(route, handlers.getOrDefault(route, call -> stub(route, call)));
        }
        server = ApiServer.start(settings, all, audit, counters, Duration.ZERO);
    }

    private static Cluster cluster() {
        Node node = new Node(1, "localhost", 1);
        Node[] nodes = {node};
        List<PartitionInfo> partitions = IntStream.range(0, 3)
                .mapToObj(i -> new PartitionInfo(TopicNames.standard().redrives(), i, node, nodes, nodes))
                .toList();
        return new Cluster("c", List.of(node), partitions, Set.of(), Set.of());
    }

    /** Reads the body as a handler does, notes that the request was admitted, and answers. */
    private void stub(ApiRoute route, Call call) {
        switch (route.body()) {
            case NONE -> {}
            case JSON, SIGNED -> call.body();
            case RECORDS -> call.bytes();
        }
        reached.add(route);
        call.answer(200, Map.of());
    }

    static ServerSettings settings(Map<String, String> more) {
        Map<String, String> environment = new HashMap<>(Map.of("REDRIVE_SERVER__PORT", "0"));
        environment.putAll(more);
        return ConfigLoader.load(null, environment).server();
    }

    static Path tokens(Path directory) throws IOException {
        Path file = directory.resolve("tokens.yaml");
        Files.writeString(
                file,
                "tokens:\n" + token("ann", ADMIN, "[ADMIN]", "") + token("vic", VIEWER, "[VIEW]", "")
                        + token("batch", INGESTER, "[INGEST]", "")
                        + token("portal", BOUND, "[VIEW]", "    user: u-1\n"));
        return file;
    }

    static String token(String name, String token, String roles, String more) {
        String hash = HexFormat.of().formatHex(TokenRegistry.sha256(token.getBytes(StandardCharsets.UTF_8)));
        return "  - name: " + name + "\n    sha256: " + hash + "\n    roles: " + roles + "\n" + more;
    }

    /** Returns a path of the route with values for its parameters. */
    static String path(ApiRoute route) {
        return route.path().replaceAll("\\{[a-zA-Z]+}", "x1");
    }

    HttpRequest.Builder request(String path, @Nullable String token) {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create(server.url() + path)).timeout(Duration.ofSeconds(20));
        return token == null ? request : request.header("Authorization", "Bearer " + token);
    }

    /** Returns a valid request of a route: with an empty object where it takes a body. */
    HttpRequest.Builder request(ApiRoute route, @Nullable String token) {
        HttpRequest.Builder request = request(path(route), token);
        return route.body() == ApiRoute.Body.NONE
                ? request.GET()
                : request.header("Content-Type", "application/json").POST(HttpRequest.BodyPublishers.ofString("{}"));
    }

    HttpResponse<String> send(HttpRequest.Builder request) {
        try {
            HttpRequest built = request.build();
            HttpResponse<String> answer = client.send(built, HttpResponse.BodyHandlers.ofString());
            requireDescribed(built, answer);
            return answer;
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Every answer of a real handler, and every error, is as the description says. */
    private void requireDescribed(HttpRequest request, HttpResponse<String> answer) {
        ApiRoute route = Stream.of(ApiRoute.values())
                .filter(each -> each.method().name().equals(request.method())
                        && request.uri().getRawPath().matches(each.path().replaceAll("\\{[a-zA-Z]+}", "[^/]+")))
                .findFirst()
                .orElse(null);
        if (answer.statusCode() >= 400 || real.contains(route)) {
            ApiDescription.requireDescribed(
                    route,
                    answer.statusCode(),
                    answer.headers().firstValue("content-type").orElse(""),
                    answer.body());
        }
    }

    /** Sends bytes as they are, and returns the whole answer. */
    String raw(String request) throws IOException {
        try (Socket socket = new Socket("127.0.0.1", server.url().getPort())) {
            socket.setSoTimeout(20_000);
            socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
            socket.getOutputStream().flush();
            socket.shutdownOutput();
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
        }
    }

    List<AuditEvent> audited() {
        return producer.history().stream()
                .filter(record -> record.topic().equals("audit"))
                .map(ProducerRecord::value)
                .map(AuditEvent.class::cast)
                .toList();
    }

    double counted(String meter, String... tags) {
        return meters.get(meter).tags(tags).counter().count();
    }

    @Override
    public void close() {
        server.close();
        audit.close();
        writer.close();
    }
}
