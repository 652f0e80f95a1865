package dev.redrive.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.redrive.avro.FailureCause;
import dev.redrive.avro.JobFailure;
import dev.redrive.avro.JobLifecycle;
import dev.redrive.avro.LifecycleStage;
import dev.redrive.codec.InputRecords;
import dev.redrive.config.ConfigLoader;
import dev.redrive.config.ServerSettings;
import dev.redrive.contract.TopicNames;
import dev.redrive.runtime.Wiring;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.ZoneOffset;
import java.util.EnumMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class WebhookRoutesTest {

    private static final Clock CLOCK = Clock.fixed(ApiFixture.NOW, ZoneOffset.UTC);
    private static final String NEW = "new-secret-0123456789";
    private static final String OLD = "old-secret-0123456789";
    private static final String COMPLETED = event("completed", "2026-03-01T12:00:00Z");

    private ApiFixture api;

    @BeforeEach
    void start(@TempDir Path directory) throws IOException {
        Path file = directory.resolve("redrive.yaml");
        Files.writeString(file, "server: {port: 0, webhooks: {music: {secrets: ['${env:NEW}', '${env:OLD}']}}}");
        ServerSettings settings =
                ConfigLoader.load(file, Map.of("NEW", NEW, "OLD", OLD)).server();
        Map<ApiRoute, RouteHandler> handlers = new EnumMap<>(ApiRoute.class);
        api = new ApiFixture(
                settings,
                CLOCK,
                handlers,
                (fixture, audit) -> new WebhookRoutes(
                                settings.webhooks(),
                                new InputRecords(
                                        InputRecords.Topic.failures, Wiring.mapper(ConfigLoader.builtIn()), CLOCK),
                                fixture.writer,
                                TopicNames.standard(),
                                audit,
                                fixture.counters,
                                CLOCK)
                        .addTo(handlers));
    }

    @AfterEach
    void stop() {
        api.close();
    }

    private static String event(String status, String at) {
        return "{\"id\":\"e-1\",\"type\":\"music.song." + status + "\",\"created_at\":\"" + at + "\",\"data\":{"
                + "\"request_id\":\"r-1\",\"status\":\"" + status + "\",\"operation\":\"music.song.generate\","
                + "\"error_message\":\"no capacity\",\"error\":{\"code\":\"PROVIDER_FAILED\",\"message\":\"m\"},"
                + "\"metadata\":{\"user_id\":\"u\",\"job_id\":\"j\",\"attempt\":2}}}";
    }

    private static String signature(String secret, String body) {
        return "sha256="
                + HexFormat.of()
                        .formatHex(WebhookRoutes.hmac(
                                secret.getBytes(StandardCharsets.UTF_8), body.getBytes(StandardCharsets.UTF_8)));
    }

    private HttpResponse<String> post(String source, String body, @Nullable String signature) {
        HttpRequest.Builder request = api.request("/v1/webhooks/" + source, null)
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(body));
        return api.send(signature == null ? request : request.header(WebhookRoutes.SIGNATURE, signature));
    }

    private List<SpecificRecord> published() {
        return api.producer.history().stream()
                .filter(record -> !record.topic().equals("audit"))
                .map(ProducerRecord::value)
                .toList();
    }

    private double refused(String reason) {
        return api.counted("redrive.server.webhooks.refused", "reason", reason);
    }

    @ParameterizedTest
    @ValueSource(strings = {NEW, OLD})
    void shouldTurnACompletedEventIntoASuccessUnderAnySecret(String secret) {
        HttpResponse<String> answer = post("music", COMPLETED, signature(secret, COMPLETED));

        assertThat(answer.statusCode()).isEqualTo(202);
        assertThat(published()).singleElement().isInstanceOfSatisfying(JobLifecycle.class, event -> {
            assertThat(event.getStage()).isEqualTo(LifecycleStage.SUCCEEDED);
            assertThat(event.getUserId()).isEqualTo("u");
            assertThat(event.getJobId()).isEqualTo("j");
            assertThat(event.getAttempt()).isEqualTo(2);
            assertThat(event.getRequestId()).isEqualTo("r-1");
            assertThat(event.getService()).isEqualTo("music");
            assertThat(event.getAt()).isEqualTo(ApiFixture.NOW);
        });
        assertThat(api.audited())
                .singleElement()
                .satisfies(audited -> assertThat(audited.getActor()).isEqualTo("webhook.music"));
    }

    @Test
    void shouldTurnAFailedEventIntoAFailure() {
        String failed = event("failed", "2026-03-01T12:04:59+00:00");

        assertThat(post("music", failed, signature(NEW, failed)).statusCode()).isEqualTo(202);

        assertThat(published()).singleElement().isInstanceOfSatisfying(JobFailure.class, failure -> {
            assertThat(failure.getCause()).isEqualTo(FailureCause.ASYNC);
            assertThat(failure.getErrorMessage()).isEqualTo("no capacity");
            assertThat(failure.getErrorBody()).contains("PROVIDER_FAILED");
            assertThat(failure.getOperation()).isEqualTo("music.song.generate");
        });
    }

    @Test
    void shouldRefuseABodyThatDiffersByOneByteFromWhatWasSigned() {
        String signature = signature(NEW, COMPLETED);
        int[] positions = {0, 10, COMPLETED.length() / 2, COMPLETED.length() - 1};

        for (int at : positions) {
            String changed = COMPLETED.substring(0, at) + ' ' + COMPLETED.substring(at + 1);
            assertThat(post("music", changed, signature).body()).contains("SIGNATURE_INVALID");
        }

        assertThat(refused("SIGNATURE_INVALID")).isEqualTo(positions.length);
        assertThat(published()).isEmpty();
    }

    @Test
    void shouldRefuseWrongAndMissingSignaturesAndUnknownSources() {
        assertThat(post("music", COMPLETED, null).statusCode()).isEqualTo(401);
        assertThat(post("music", COMPLETED, "sha256=").statusCode()).isEqualTo(401);
        assertThat(post("music", COMPLETED, "sha256=" + "0".repeat(64)).statusCode())
                .isEqualTo(401);
        assertThat(post("music", COMPLETED, signature("no-secret-0123456789", COMPLETED))
                        .statusCode())
                .isEqualTo(401);
        assertThat(post("speech", COMPLETED, signature(NEW, COMPLETED)).statusCode())
                .isEqualTo(401);
        assertThat(published()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "2026-03-01T11:54:59Z, TIMESTAMP_OUTSIDE_WINDOW",
        "2026-03-01T12:05:01Z, TIMESTAMP_OUTSIDE_WINDOW",
        "yesterday, BODY_INVALID"
    })
    void shouldRefuseAnEventOutsideTheWindow(String at, String reason) {
        String event = event("completed", at);

        assertThat(post("music", event, signature(NEW, event)).body()).contains(reason);

        assertThat(refused(reason)).isEqualTo(1);
        assertThat(published()).isEmpty();
    }

    @Test
    void shouldRefuseAReplay() {
        String signature = signature(NEW, COMPLETED);
        assertThat(post("music", COMPLETED, signature).statusCode()).isEqualTo(202);

        assertThat(post("music", COMPLETED, signature).body()).contains("WEBHOOK_REPLAYED");

        assertThat(refused("WEBHOOK_REPLAYED")).isEqualTo(1);
        assertThat(published()).hasSize(1);
    }

    @Test
    void shouldAcceptAnEventAgainThatCouldNotBeWritten() {
        api.producer.sendException = new IllegalStateException("down");
        assertThat(post("music", COMPLETED, signature(NEW, COMPLETED)).statusCode())
                .isEqualTo(503);
        api.producer.sendException = null;

        assertThat(post("music", COMPLETED, signature(NEW, COMPLETED)).statusCode())
                .isEqualTo(202);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"created_at\":1772366400}",
                "{\"created_at\":1772366400,\"data\":{\"status\":\"completed\",\"metadata\":{\"user_id\":\"u\"}}}",
                "{\"created_at\":1772366400,\"data\":{\"status\":\"odd\",\"metadata\":{\"user_id\":\"u\",\"job_id\":\"j\"}}}",
                "{\"created_at\":99999999999999999,\"data\":{}}",
                "[]",
            })
    void shouldRefuseASignedEventThatNamesNoJob(String event) {
        HttpResponse<String> answer = post("music", event, signature(NEW, event));

        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(refused("BODY_INVALID")).isEqualTo(1);
        assertThat(published()).isEmpty();
    }
}
