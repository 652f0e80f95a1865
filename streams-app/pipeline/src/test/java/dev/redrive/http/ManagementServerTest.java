package dev.redrive.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.redrive.config.ConfigException;
import dev.redrive.config.ConfigLoader;
import dev.redrive.config.RedriveConfig.ManagementSettings;
import dev.redrive.http.ManagementServer.ManagementException;
import dev.redrive.metrics.RedriveMetrics;
import dev.redrive.runtime.RedrivePipeline.Readiness;
import dev.redrive.runtime.StuckInputs;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class ManagementServerTest {

    private static final String TOKEN = "0123456789abcdef";

    private final RedriveMetrics metrics = new RedriveMetrics(ConfigLoader.builtIn());
    private Readiness readiness = Readiness.STARTING;
    private @Nullable ManagementServer server;

    @AfterEach
    void close() {
        if (server != null) {
            server.close();
        }
        metrics.close();
    }

    @ParameterizedTest
    @EnumSource(Readiness.class)
    void shouldBeReadyOnlyWhileItWorksAndTellWhy(Readiness now) throws Exception {
        start(Map.of());
        readiness = now;

        HttpResponse<String> ready = get("/health/ready", null);
        HttpResponse<String> live = get("/health/live", null);

        assertThat(ready.statusCode()).isEqualTo(now == Readiness.READY ? 200 : 503);
        assertThat(ready.body())
                .isEqualTo("{\"status\":\"" + (now == Readiness.READY ? "UP" : "DOWN") + "\",\"reason\":\"" + now
                        + "\"}\n");
        assertThat(live.statusCode()).isEqualTo(now == Readiness.FAILED ? 503 : 200);
    }

    @Test
    void shouldServeMetricsAsTextAndAsOpenMetrics() throws Exception {
        start(Map.of());

        HttpResponse<String> text = get("/metrics", null);
        HttpResponse<String> open = get("/metrics", null, "Accept", "application/openmetrics-text; version=1.0.0");

        assertThat(text.statusCode()).isEqualTo(200);
        assertThat(text.headers().firstValue("Content-Type")).hasValue(RedriveMetrics.TEXT);
        assertThat(text.body())
                .contains("# TYPE redrive_dead_letters_total counter\n", "\nredrive_retries_overdue 0.0\n", "jvm_");
        assertThat(open.headers().firstValue("Content-Type")).hasValue(RedriveMetrics.OPEN_METRICS);
        assertThat(open.body())
                .contains("# TYPE redrive_dead_letters counter\n")
                .endsWith("# EOF\n");
    }

    @Test
    void shouldRefuseCallersWithoutTheToken() throws Exception {
        start(Map.of("REDRIVE_MANAGEMENT__TOKEN", TOKEN));

        assertThat(get("/metrics", null).statusCode()).isEqualTo(401);
        assertThat(get("/health/live", "Bearer 0123456789abcdeF").statusCode()).isEqualTo(401);
        assertThat(get("/metrics", "Basic " + TOKEN).statusCode()).isEqualTo(401);
        assertThat(get("/metrics", "Bearer " + TOKEN).statusCode()).isEqualTo(200);
        assertThat(get("/metrics", "bearer " + TOKEN).statusCode()).isEqualTo(200);
    }

    @Test
    void shouldAnswerNothingElse() throws Exception {
        start(Map.of());
        HttpRequest post = HttpRequest.newBuilder(uri("/metrics"))
                .POST(HttpRequest.BodyPublishers.ofString("x"))
                .build();

        assertThat(get("/", null).statusCode()).isEqualTo(404);
        assertThat(get("/metrics/x", null).statusCode()).isEqualTo(404);
        assertThat(HttpClient.newHttpClient()
                        .send(post, HttpResponse.BodyHandlers.ofString())
                        .statusCode())
                .isEqualTo(405);
    }

    @Test
    void shouldAnswerProbesWhileThousandsOfRequestsAreHalfSent() throws Exception {
        start(Map.of());
        readiness = Readiness.READY;

        try (RawHttp.HalfOpen many = RawHttp.halfOpen(port(), 2000, "GET /health/live HTTP/1.1\r\nHost: lo")) {
            for (int i = 0; i < 20; i++) {
                many.drip('c');
                assertThat(get("/health/live", null).statusCode()).isEqualTo(200);
                assertThat(get("/health/ready", null).statusCode()).isEqualTo(200);
            }
        }
    }

    @Test
    void shouldAnswerProbesOverSlowReadersOfMetrics() throws Exception {
        start(Map.of());

        // Given readers that ask for all metrics and take none of the answer
        try (RawHttp.HalfOpen many = RawHttp.halfOpen(port(), 500, "GET /metrics HTTP/1.0\r\n\r\n")) {
            assertThat(get("/health/live", null).statusCode()).isEqualTo(200);
            assertThat(many.count()).isEqualTo(500);
        }
    }

    @Test
    void shouldEndARequestThatIsNeverCompleted() throws Exception {
        start(Map.of());

        assertThat(RawHttp.ask(port(), "GET /health/live HTTP/1.1\r\nHost: localhost\r\n"))
                .as("closed without an answer")
                .isEmpty();
    }

    @Test
    void shouldRefuseStrangersBeforeTheyHaveSentTheirBody() throws Exception {
        start(Map.of("REDRIVE_MANAGEMENT__TOKEN", TOKEN));

        assertThat(RawHttp.ask(port(), "POST /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n"))
                .startsWith("HTTP/1.1 401 ");
    }

    @Test
    void shouldAnswerToForeignNamesOnlyWhereATokenIsShown() throws Exception {
        start(Map.of());
        String request = "GET /health/live HTTP/1.1\r\nHost: evil.example\r\n";

        assertThat(RawHttp.ask(port(), request + "\r\n"))
                .startsWith("HTTP/1.1 403 ")
                .contains("FOREIGN_HOST");
        assertThat(get("/metrics", null, "Origin", "https://evil.example").statusCode())
                .isEqualTo(403);
        close();
        start(Map.of("REDRIVE_MANAGEMENT__TOKEN", TOKEN));
        assertThat(RawHttp.ask(port(), request + "Authorization: Bearer " + TOKEN + "\r\n\r\n"))
                .startsWith("HTTP/1.1 200 ");
    }

    @Test
    void shouldAnswerToolsOfHttpOneZero() throws Exception {
        start(Map.of());

        assertThat(RawHttp.ask(port(), "GET /health/live HTTP/1.0\r\nAuthorization: Bearer \r\n\r\n"))
                .startsWith("HTTP/1.1 200 ");
        assertThat(RawHttp.ask(port(), "HEAD /metrics HTTP/1.0\r\n\r\n")).endsWith("\r\n\r\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.0.0.0", "::", "192.0.2.1", "redrive.example"})
    void shouldNotListenBeyondLoopbackWithoutAToken(String host) {
        assertThatThrownBy(() -> settings(Map.of("REDRIVE_MANAGEMENT__HOST", host)))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("management.token");
    }

    @Test
    void shouldListenBeyondLoopbackWithAToken() throws Exception {
        start(Map.of("REDRIVE_MANAGEMENT__HOST", "0.0.0.0", "REDRIVE_MANAGEMENT__TOKEN", TOKEN));

        assertThat(get("/health/live", null).statusCode()).isEqualTo(401);
        assertThat(get("/health/live", "Bearer " + TOKEN).statusCode()).isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(strings = {"short", "has a space in it, it has", "ünïcödé-ünïcödé-ünïcödé"})
    void shouldRefuseATokenThatIsNone(String token) {
        assertThatThrownBy(() -> settings(Map.of("REDRIVE_MANAGEMENT__TOKEN", token)))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("management.token")
                .hasMessageNotContaining(token);
    }

    @Test
    void shouldTakeATokenByReferenceOnly(@TempDir Path directory) throws IOException {
        Path secret = Files.writeString(directory.resolve("token"), TOKEN + "\n");
        Path clear = Files.writeString(directory.resolve("clear.yaml"), "management:\n  token: " + TOKEN + "\n");
        Path reference = Files.writeString(
                directory.resolve("reference.yaml"), "management:\n  token: ${file:" + secret + "}\n");

        assertThatThrownBy(() -> ConfigLoader.load(clear, Map.of()))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("management.token")
                .hasMessageNotContaining(TOKEN);
        assertThat(Objects.requireNonNull(ConfigLoader.load(reference, Map.of())
                                .management()
                                .token())
                        .reveal())
                .isEqualTo(TOKEN);
    }

    @Test
    void shouldSayThatThePortIsTaken() throws IOException {
        try (ServerSocket taken = new ServerSocket(0)) {
            String port = Integer.toString(taken.getLocalPort());

            assertThatThrownBy(() -> start(Map.of("REDRIVE_MANAGEMENT__PORT", port)))
                    .isInstanceOf(ManagementException.class)
                    .hasMessageContaining(port)
                    .hasMessageContaining("management.port");
        }
    }

    @Test
    void shouldNameTheRecordThatItCannotGetPast() throws Exception {
        readiness = Readiness.STUCK;
        server = ManagementServer.start(
                settings(Map.of()),
                () -> readiness,
                () -> List.of(new StuckInputs.Stuck("jobs.failures", 3, 1042)),
                metrics);

        HttpResponse<String> ready = get("/health/ready", null);

        assertThat(ready.statusCode()).isEqualTo(503);
        assertThat(ready.body())
                .isEqualTo("{\"status\":\"DOWN\",\"reason\":\"STUCK\",\"stuck\":"
                        + "[{\"topic\":\"jobs.failures\",\"partition\":3,\"offset\":1042}]}\n");
    }

    private void start(Map<String, String> environment) {
        server = ManagementServer.start(settings(environment), () -> readiness, metrics);
    }

    private static ManagementSettings settings(Map<String, String> environment) {
        Map<String, String> all = new HashMap<>(Map.of("REDRIVE_MANAGEMENT__PORT", "0"));
        all.putAll(environment);
        return ConfigLoader.load(null, all).management();
    }

    private URI uri(String path) {
        return URI.create("http://127.0.0.1:" + port() + path);
    }

    private int port() {
        return URI.create(Objects.requireNonNull(server).url()).getPort();
    }

    private HttpResponse<String> get(String path, @Nullable String authorization, String... headers) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(uri(path));
        if (authorization != null) {
            request.header("Authorization", authorization);
        }
        if (headers.length > 0) {
            request.headers(headers);
        }
        return HttpClient.newHttpClient().send(request.build(), HttpResponse.BodyHandlers.ofString());
    }
}
