package dev.redrive.it;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** The installed Prometheus as a process, with the deployed configuration, but for the target and the intervals. */
final class Prometheus implements AutoCloseable {

    private static final Path DEPLOYED = Path.of("../../deploy/prometheus");
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final HttpClient client = HttpClient.newHttpClient();
    private final JsonMapper json = new JsonMapper();
    private final Process process;
    private final String url;

    private Prometheus(Process process, String url) {
        this.process = process;
        this.url = url;
    }

    /**
     * Starts it, and waits until it answers.
     *
     * @param target host and port of what it scrapes every second
     * @param token what it shows there
     */
    static Prometheus start(Path directory, String target, String token) throws IOException {
        Files.createDirectories(directory);
        Files.copy(DEPLOYED.resolve("redrive-rules.yaml"), directory.resolve("redrive-rules.yaml"));
        String deployed = Files.readString(DEPLOYED.resolve("prometheus.yaml"));
        Path config = Files.writeString(
                directory.resolve("prometheus.yaml"),
                deployed.replace("\"redrive-1:9464\", \"redrive-2:9464\"", "\"" + target + "\"")
                        .replace("15s", "1s")
                        .replace(
                                "/run/secrets/management-token",
                                Files.writeString(directory.resolve("token"), token)
                                        .toString()));
        String address = "127.0.0.1:" + freePort();
        Process process = new ProcessBuilder(
                        "prometheus",
                        "--config.file=" + config,
                        "--storage.tsdb.path=" + directory.resolve("data"),
                        "--web.listen-address=" + address)
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("prometheus.log").toFile())
                .start();
        Prometheus prometheus = new Prometheus(process, "http://" + address);
        Platform.await(PATIENCE, "Prometheus answers", prometheus::ready);
        return prometheus;
    }

    private boolean ready() {
        try {
            return get("/-/ready").statusCode() == 200;
        } catch (IOException e) {
            return false;
        }
    }

    /** The series that an expression has now. */
    JsonNode query(String expression) {
        return answer("/api/v1/query?query=" + URLEncoder.encode(expression, UTF_8))
                .get("result");
    }

    /** The rules as they were last evaluated. */
    JsonNode rules() {
        return answer("/api/v1/rules").get("groups").get(0).get("rules");
    }

    private JsonNode answer(String path) {
        try {
            HttpResponse<String> response = get(path);
            JsonNode answer = json.readTree(response.body());
            if (response.statusCode() != 200) {
                throw new AssertionError(path + ": " + answer);
            }
            return answer.get("data");
        } catch (IOException e) {
            throw new IllegalStateException(path, e);
        }
    }

    private HttpResponse<String> get(String path) throws IOException {
        try {
            return client.send(
                    HttpRequest.newBuilder(URI.create(url + path))
                            .timeout(PATIENCE)
                            .build(),
                    HttpResponse.BodyHandlers.ofString(UTF_8));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(path, e);
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    @Override
    public void close() throws InterruptedException {
        process.destroy();
        if (!process.waitFor(20, TimeUnit.SECONDS)) {
            process.destroyForcibly();
        }
    }
}
