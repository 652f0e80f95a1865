package dev.redrive.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.redrive.avro.JobFailure;
import dev.redrive.codec.InputRecords;
import dev.redrive.config.ConfigLoader;
import dev.redrive.runtime.Wiring;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.time.Clock;
import java.time.ZoneOffset;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.errors.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class FailureRoutesTest {

    private static final Clock CLOCK = Clock.fixed(ApiFixture.NOW, ZoneOffset.UTC);

    private final ApiFixture api = start();

    private static ApiFixture start() {
        Map<ApiRoute, RouteHandler> handlers = new EnumMap<>(ApiRoute.class);
        ApiFixture[] self = new ApiFixture[1];
        self[0] = new ApiFixture(
                ApiFixture.settings(Map.of()),
                CLOCK,
                handlers,
                (fixture, audit) -> new FailureRoutes(
                                new InputRecords(
                                        InputRecords.Topic.failures, Wiring.mapper(ConfigLoader.builtIn()), CLOCK),
                                fixture.writer,
                                "failures",
                                audit,
                                fixture.counters,
                                CLOCK)
                        .addTo(handlers));
        return self[0];
    }

    @AfterEach
    void stop() {
        api.close();
    }

    private static String failure(int job) {
        return "{\"userId\":\"u\",\"jobId\":\"j" + job
                + "\",\"attempt\":1,\"service\":\"music\",\"operation\":\"music.song.generate\",\"httpStatus\":429}";
    }

    private HttpRequest.Builder post(String type, String body) {
        return api.request("/v1/failures", null).header("Content-Type", type).POST(BodyPublishers.ofString(body));
    }

    private List<JobFailure> published() {
        return api.producer.history().stream()
                .filter(record -> record.topic().equals("failures"))
                .map(record -> (JobFailure) record.value())
                .toList();
    }

    @Test
    void shouldAcceptOneFailure() {
        HttpResponse<String> answer = api.send(post("application/json", failure(1)));

        assertThat(answer.statusCode()).isEqualTo(202);
        assertThat(answer.body()).isEqualTo("{\"status\":\"ACCEPTED\"}");
        assertThat(published()).singleElement().satisfies(failure -> {
            assertThat(failure.getJobId()).isEqualTo("j1");
            assertThat(failure.getFailedAt()).isEqualTo(ApiFixture.NOW);
        });
        assertThat(api.producer.history()).extracting(ProducerRecord::key).contains("u");
        assertThat(api.audited())
                .singleElement()
                .satisfies(event -> assertThat(event.getCount()).isEqualTo(1));
        assertThat(api.counted("redrive.server.records.published")).isEqualTo(1);
    }

    @Test
    void shouldNameTheFieldThatIsWrong() {
        HttpResponse<String> answer =
                api.send(post("application/json", failure(1).replace("\"u\"", "7")));

        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(answer.body()).contains("BODY_INVALID", "\"pointer\":\"userId\"", "WRONG_TYPE");
        assertThat(published()).isEmpty();
    }

    @Test
    void shouldWarnOfAFailureThatCannotBeSentAgainSafely() {
        HttpResponse<String> answer =
                api.send(post("application/json", failure(1).replace("\"attempt\":1,", "")));

        assertThat(answer.body()).contains("ATTEMPT_MISSING");
    }

    @Test
    void shouldAnswerEachLineOfABatch() {
        String body = failure(1) + "\n\nnot json\r\n" + failure(2) + "\n{\"userId\":\"u\"}\n" + "x".repeat(2_000_000)
                + "\n" + failure(3);

        HttpResponse<String> answer = api.send(post("application/x-ndjson", body));

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.body().lines())
                .satisfiesExactly(
                        line -> assertThat(line).isEqualTo("{\"line\":1,\"status\":\"ACCEPTED\"}"),
                        line -> assertThat(line).contains("\"line\":2,\"status\":\"REFUSED\"", "MALFORMED"),
                        line -> assertThat(line).isEqualTo("{\"line\":3,\"status\":\"ACCEPTED\"}"),
                        line -> assertThat(line).contains("\"line\":4,\"status\":\"REFUSED\"", "MISSING_FIELD"),
                        line -> assertThat(line).contains("\"line\":5,\"status\":\"REFUSED\"", "TOO_LARGE"),
                        line -> assertThat(line).isEqualTo("{\"line\":6,\"status\":\"ACCEPTED\"}"));
        assertThat(published()).extracting(JobFailure::getJobId).containsExactly("j1", "j2", "j3");
    }

    @Test
    void shouldTakeABatchOf10000Lines() {
        String body =
                IntStream.range(0, 10_000).mapToObj(FailureRoutesTest::failure).collect(Collectors.joining("\n"));

        HttpResponse<String> answer = api.send(post("application/x-ndjson", body));

        assertThat(answer.body().lines()).hasSize(10_000);
        assertThat(published()).hasSize(10_000);
    }

    @Test
    void shouldGiveTheSameAnswerToTheSameKeyAndPublishOnce() {
        for (int i = 0; i < 3; i++) {
            HttpResponse<String> answer =
                    api.send(post("application/x-ndjson", failure(1)).header("Idempotency-Key", "k-1"));
            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(answer.body()).isEqualTo("{\"line\":1,\"status\":\"ACCEPTED\"}\n");
            assertThat(answer.headers().firstValue("content-type").orElse("")).startsWith("application/x-ndjson");
        }
        HttpResponse<String> other =
                api.send(post("application/x-ndjson", failure(2)).header("Idempotency-Key", "k-1"));

        assertThat(other.statusCode()).isEqualTo(422);
        assertThat(other.body()).contains("IDEMPOTENCY_KEY_REUSED");
        assertThat(published()).hasSize(1);
    }

    @Test
    void shouldRefuseASecondRequestWhileTheFirstIsInProgress() throws InterruptedException {
        CountDownLatch sending = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        api.beforeSend = record -> {
            sending.countDown();
            try {
                goOn.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        };
        CompletableFuture<HttpResponse<String>> first = CompletableFuture.supplyAsync(
                () -> api.send(post("application/json", failure(1)).header("Idempotency-Key", "k")));
        sending.await();

        HttpResponse<String> second =
                api.send(post("application/json", failure(1)).header("Idempotency-Key", "k"));
        goOn.countDown();

        assertThat(second.statusCode()).isEqualTo(409);
        assertThat(second.body()).contains("IDEMPOTENCY_KEY_IN_USE");
        assertThat(first.join().statusCode()).isEqualTo(202);
    }

    @Test
    void shouldAcceptNothingThatKafkaHasNotWritten() {
        api.producer.sendException = new TimeoutException("down");
        HttpResponse<String> down =
                api.send(post("application/json", failure(1)).header("Idempotency-Key", "k"));
        HttpResponse<String> batch = api.send(post("application/x-ndjson", failure(1) + "\n" + failure(2)));
        api.producer.sendException = null;

        assertThat(down.statusCode()).isEqualTo(503);
        assertThat(down.body()).contains("KAFKA_UNAVAILABLE");
        assertThat(batch.statusCode()).isEqualTo(503);
        assertThat(batch.body()).contains("\"accepted\":0");
        assertThat(api.send(post("application/json", failure(1)).header("Idempotency-Key", "k"))
                        .statusCode())
                .isEqualTo(202);
    }

    @Test
    void shouldRefuseKeysThatAreNotVisibleAscii() {
        assertThat(api.send(post("application/json", failure(1)).header("Idempotency-Key", "x".repeat(256)))
                        .statusCode())
                .isEqualTo(400);
    }
}
