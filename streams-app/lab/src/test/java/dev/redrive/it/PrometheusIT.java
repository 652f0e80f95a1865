package dev.redrive.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.redrive.config.ConfigLoader;
import dev.redrive.config.RedriveConfig;
import dev.redrive.config.RedriveConfig.ManagementSettings;
import dev.redrive.http.ManagementServer;
import dev.redrive.metrics.PrometheusCondition;
import dev.redrive.metrics.RedriveMetrics;
import dev.redrive.publish.ApiResponse;
import dev.redrive.publish.FailurePublisher;
import dev.redrive.publish.JobContext;
import dev.redrive.runtime.RedrivePipeline;
import dev.redrive.runtime.Wiring;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.StreamSupport;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** A real Prometheus that scrapes a pipeline under load, with the deployed alerts and dashboard. */
@ExtendWith(PrometheusCondition.class)
class PrometheusIT {

    private static final Path DASHBOARD = Path.of("../../deploy/grafana/redrive.json");
    private static final String TOKEN = "a-token-for-this-test-alone";
    private static final Duration PATIENCE = Duration.ofSeconds(90);

    @Test
    void shouldFeedEveryPanelAndEvaluateEveryAlert(@TempDir Path directory) throws Exception {
        try (Platform platform = new Platform(directory);
                RedriveMetrics metrics = new RedriveMetrics(platform.config());
                RedrivePipeline pipeline = Wiring.pipeline(platform.config(), "it", metrics);
                ManagementServer server = ManagementServer.start(management(directory), pipeline::readiness, metrics);
                FailurePublisher publisher = platform.publisher()) {
            metrics.watch(pipeline);
            pipeline.start();
            assertThat(pipeline.awaitRunning(PATIENCE)).isTrue();
            URI scraped = URI.create(server.url());
            try (Prometheus prometheus =
                    Prometheus.start(directory.resolve("prometheus"), scraped.getAuthority(), TOKEN)) {
                Platform.await(
                        PATIENCE,
                        "the first scrape",
                        () -> !prometheus.query("redrive_build").isEmpty());

                // Given a load of failures that are mended, dead-lettered and told twice, and some that are odd
                try (PacedLoad load = PacedLoad.start(publisher, 0, 200 * 120, 200)) {
                    publishLongWait(publisher);

                    // Then every panel shows something
                    for (String expression : panels()) {
                        publishUnreadable(platform);
                        Platform.await(PATIENCE, expression, () -> shows(prometheus.query(expression)));
                    }
                    assertThat(load.done()).isFalse();
                }

                // And every alert can be evaluated, and tells what is so
                Platform.await(
                        PATIENCE,
                        "all rules evaluated",
                        () -> StreamSupport.stream(prometheus.rules().spliterator(), false)
                                .noneMatch(rule -> rule.get("health").asText().equals("unknown")));
                assertThat(prometheus.rules())
                        .allSatisfy(rule -> assertThat(rule.get("health").asText())
                                .as(rule.toString())
                                .isEqualTo("ok"));
                Platform.await(
                        PATIENCE,
                        "the quarantine is told",
                        () -> state(prometheus, "RedriveQuarantine").equals("firing"));
                assertThat(state(prometheus, "RedriveAbsent")).isEqualTo("inactive");
                assertThat(state(prometheus, "RedriveNotReady")).isEqualTo("inactive");
            }
        }
    }

    private static ManagementSettings management(Path directory) throws IOException {
        Path file = Files.writeString(directory.resolve("management.yaml"), "management: {port: 0}\n");
        RedriveConfig config = ConfigLoader.load(file, Map.of("REDRIVE_MANAGEMENT__TOKEN", TOKEN));
        return config.management();
    }

    /** A retry that rests in a long tier, with a hint that cannot be read beside it. */
    private static void publishLongWait(FailurePublisher publisher) throws Exception {
        publisher.failed(job("long"), response("3000")).get(30, TimeUnit.SECONDS);
        publisher.failed(job("odd"), response("soon")).get(30, TimeUnit.SECONDS);
    }

    private static JobContext job(String jobId) {
        return JobContext.of("user-1", jobId, "music", "music.song.generate")
                .attempt(1)
                .request("POST", "/v1/music/songs")
                .idempotencyKey("key")
                .build();
    }

    private static ApiResponse response(String retryAfter) {
        return new ApiResponse(429, Map.of("Retry-After", List.of(retryAfter)), null);
    }

    private static void publishUnreadable(Platform platform) throws Exception {
        try (KafkaProducer<String, byte[]> raw = new KafkaProducer<>(
                Map.of(
                        "bootstrap.servers",
                        platform.bootstrapServers(),
                        "compression.type",
                        "zstd",
                        "max.request.size",
                        16 * 1024 * 1024),
                new StringSerializer(),
                new ByteArraySerializer())) {
            String failures = platform.config().topics().names().failures();
            raw.send(new ProducerRecord<>(failures, "user-1", new byte[] {1, 2, 3}))
                    .get(30, TimeUnit.SECONDS);
            raw.send(new ProducerRecord<>(failures, "user-1", new byte[4 * 1024 * 1024]))
                    .get(30, TimeUnit.SECONDS);
        }
    }

    /** Every expression of the dashboard, with what Grafana puts in for its variables. */
    private static List<String> panels() throws IOException {
        List<String> expressions = new ArrayList<>();
        for (String expression : new JsonMapper().readTree(DASHBOARD.toFile()).findValuesAsText("expr")) {
            // Nothing is stuck in a pipeline that is well: its series stands at -1.
            String shown = expression.replace("} >= 0", "} >= -1");
            expressions.add(shown.replace("$job", ".+").replace("$__rate_interval", "10s"));
        }
        assertThat(expressions).hasSizeGreaterThan(20).noneMatch(expression -> expression.contains("$"));
        return expressions;
    }

    /** Whether a value stands there that is a number. */
    private static boolean shows(JsonNode series) {
        return StreamSupport.stream(series.spliterator(), false)
                .anyMatch(one -> !one.get("value").get(1).asText().equals("NaN"));
    }

    private static String state(Prometheus prometheus, String alert) {
        for (JsonNode rule : prometheus.rules()) {
            if (rule.get("name").asText().equals(alert)) {
                return rule.get("state").asText();
            }
        }
        throw new AssertionError("no alert " + alert);
    }
}
