package dev.redrive.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.redrive.avro.JobFailure;
import dev.redrive.avro.JobLifecycle;
import dev.redrive.avro.LifecycleStage;
import dev.redrive.avro.RetryRequest;
import dev.redrive.publish.AccountChanges;
import dev.redrive.publish.FailurePublisher;
import dev.redrive.serde.AvroSerdes;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.Deserializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Dead letters brought back through the HTTP API of a process that is killed on the way, on a real broker. */
class RedriveIT {

    private static final Duration LONG = Duration.ofMinutes(2);
    private static final ObjectMapper JSON = new ObjectMapper();

    private final HttpClient http = HttpClient.newHttpClient();
    private final List<CompletableFuture<?>> sent = new ArrayList<>();
    private final List<String> released = new ArrayList<>();

    private int port;
    private Platform platform;
    private FailurePublisher publisher;
    private KafkaConsumer<byte[], byte[]> ready;
    private Deserializer<RetryRequest> values;
    private Process process;

    @BeforeEach
    void start(@TempDir Path directory) throws IOException {
        try (ServerSocket free = new ServerSocket(0)) {
            port = free.getLocalPort();
        }
        platform = new Platform(directory, 3);
        publisher = platform.publisher();
        values = AvroSerdes.deserializer(RetryRequest.class, Map.of("schema.registry.url", platform.registryUrl()));
        String topic = platform.config().topics().names().ready();
        ready = platform.consumer();
        List<TopicPartition> partitions = new ArrayList<>();
        for (PartitionInfo info : ready.partitionsFor(topic)) {
            partitions.add(new TopicPartition(topic, info.partition()));
        }
        ready.assign(partitions);
        ready.seekToBeginning(partitions);
        process = startProcess();
    }

    @AfterEach
    void stop() throws InterruptedException {
        process.destroyForcibly().waitFor();
        ready.close();
        publisher.close();
        platform.close();
    }

    private Process startProcess() throws IOException {
        return platform.startProcess("it", Map.of("REDRIVE_SERVER__PORT", Integer.toString(port)));
    }

    @Test
    void shouldReleaseExactlyThePlansLettersEachOnceWhenItsProcessIsKilled() throws Exception {
        // Given dead letters of several kinds, and half of the users with new credits
        int users = 300;
        int perUser = 8;
        for (int i = 0; i < users * perUser; i++) {
            fail("u" + i % users, "j" + i, 1, 402, "INSUFFICIENT_CREDITS");
        }
        for (int i = 0; i < 400; i++) {
            fail("v" + i, "j" + i, 1, 403, "FORBIDDEN");
        }
        settle();
        await("all letters are in the index", () -> count("state:OPEN") == users * perUser + 400);
        for (int i = 0; i < users / 2; i++) {
            sent.add(publisher.publish(AccountChanges.allowanceReset("u" + i, 1_000_000L, null, Instant.now())));
        }
        settle();
        String filter = "code:INSUFFICIENT_CREDITS since:1h";
        int expected = users / 2 * perUser;
        await(
                "the index has the credits",
                () -> plan(Map.of("filter", filter)).path("planned").asInt() == expected);

        // When a plan is made, further letters match, and it is started at a rate
        JsonNode plan = plan(Map.of("filter", filter, "ratePerSecond", 250));
        assertThat(plan.path("planned").asInt()).isEqualTo(expected);
        assertThat(plan.path("blocked").path("QUOTA_EXHAUSTED").asInt()).isEqualTo(expected);
        assertThat(plan.path("samples")).hasSize(5);
        for (int i = 0; i < 100; i++) {
            fail("w" + i, "later" + i, 1, 402, "INSUFFICIENT_CREDITS");
        }
        settle();
        String id = plan.path("id").asText();
        assertThat(post("/v1/redrives/" + id + "/start", Map.of("reason", "credits are back"))
                        .statusCode())
                .isEqualTo(409);
        assertThat(post("/v1/redrives/" + id + "/start", Map.of("reason", "credits are back", "count", expected))
                        .statusCode())
                .isEqualTo(200);

        // And its process is killed on the way, twice
        for (int killAt : new int[] {expected / 5, expected / 2}) {
            await("a part is released", () -> readReleased() >= killAt);
            process.destroyForcibly().waitFor();
            process = startProcess();
        }

        // Then each letter of the plan is released once, and no other
        await("done", () -> state(id).equals("DONE") && readReleased() >= expected);
        JsonNode done = get("/v1/redrives/" + id);
        await("the results are complete", () -> results(id) == expected);
        assertThat(done.path("issued").asInt()).isEqualTo(expected);
        assertThat(readReleased()).isEqualTo(expected);
        assertThat(released).doesNotHaveDuplicates();
        assertThat(released)
                .allSatisfy(job ->
                        assertThat(Integer.parseInt(job.substring(1)) % users).isLessThan(users / 2));
    }

    @Test
    void shouldHaltAfterAFailedCanaryAndPlanAgainForWhatFailed() throws Exception {
        // Given dead letters whose cause is not gone
        int letters = 100;
        for (int i = 0; i < letters; i++) {
            fail("u" + i, "j" + i, 1, 403, "FORBIDDEN");
        }
        settle();
        await("all letters are in the index", () -> count("code:FORBIDDEN state:OPEN") == letters);
        JsonNode plan = plan(Map.of("filter", "code:FORBIDDEN", "canary", 10, "ratePerSecond", 1_000));
        String id = plan.path("id").asText();

        // When its canary fails
        post("/v1/redrives/" + id + "/start", Map.of("reason", "try"));
        await("the canary is released", () -> readReleased() == 10);
        for (String job : List.copyOf(released)) {
            fail("u" + job.substring(1), job, 2, 403, "FORBIDDEN");
        }
        settle();

        // Then it is halted, and no other letter was released
        await("halted", () -> state(id).equals("HALTED"));
        assertThat(get("/v1/redrives/" + id).path("halt").asText()).isEqualTo("CANARY_FAILED");
        assertThat(readReleased()).isEqualTo(10);

        // When somebody resumes it, and most of the others succeed
        assertThat(post("/v1/redrives/" + id + "/resume", Map.of()).statusCode())
                .isEqualTo(200);
        await("all are released", () -> readReleased() == letters || state(id).equals("HALTED"));
        assertThat(readReleased()).isEqualTo(letters);
        for (int i = 10; i < letters; i++) {
            String job = released.get(i);
            if (i < 37) {
                fail("u" + job.substring(1), job, 2, 403, "FORBIDDEN");
            } else {
                sent.add(publisher.publish(
                        JobLifecycle.newBuilder()
                                .setUserId("u" + job.substring(1))
                                .setJobId(job)
                                .setAttempt(2)
                                .setService("music")
                                .setOperation("music.song.generate")
                                .setStage(LifecycleStage.SUCCEEDED)
                                .setAt(Instant.now())
                                .build(),
                        null));
            }
        }
        settle();

        // Then the results have it, and a new plan covers just those that failed again
        await(
                "37 have failed again",
                () -> get("/v1/redrives/" + id)
                                .path("results")
                                .path("DEAD_AGAIN")
                                .asInt()
                        == 37);
        await("63 have succeeded", () -> count("state:RESOLVED") == 63);
        assertThat(get("/v1/redrives/" + id + "/results?result=DEAD_AGAIN&limit=500")
                        .path("results"))
                .hasSize(37);
        assertThat(plan(Map.of("failedOf", id)).path("planned").asInt()).isEqualTo(37);
        assertThat(plan(Map.of("filter", "redrive:" + id)).path("planned").asInt())
                .isEqualTo(37);
    }

    private void fail(String user, String job, int attempt, int status, String code) {
        sent.add(publisher.publish(
                JobFailure.newBuilder()
                        .setUserId(user)
                        .setJobId(job)
                        .setAttempt(attempt)
                        .setService("music")
                        .setOperation("music.song.generate")
                        .setHttpStatus(status)
                        .setErrorBody("{\"success\":false,\"error\":{\"code\":\"" + code + "\"}}")
                        .setIdempotencyKey("key-" + job)
                        .setFailedAt(Instant.now())
                        .build(),
                null));
    }

    private void settle() throws Exception {
        CompletableFuture.allOf(sent.toArray(CompletableFuture[]::new)).get(60, TimeUnit.SECONDS);
        sent.clear();
    }

    /** Reads on in the ready topic; returns how many retries it has. */
    private int readReleased() {
        for (ConsumerRecord<byte[], byte[]> record : ready.poll(Duration.ofMillis(100))) {
            released.add(values.deserialize(record.topic(), record.value()).getJobId());
        }
        return released.size();
    }

    private interface Check {
        boolean holds() throws Exception;
    }

    private void await(String what, Check check) throws InterruptedException {
        Platform.await(LONG, what, () -> {
            try {
                return check.holds();
            } catch (IOException e) {
                return false; // the process is down, or the index catches up
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        });
    }

    private long count(String filter) throws Exception {
        return get("/v1/dead-letters/counts?filter=" + URLEncoder.encode(filter, StandardCharsets.UTF_8))
                .path("count")
                .path("count")
                .asLong(-1);
    }

    private String state(String id) throws Exception {
        return get("/v1/redrives/" + id).path("state").asText();
    }

    private int results(String id) throws Exception {
        return get("/v1/redrives/" + id).path("results").path("RELEASED").asInt();
    }

    private JsonNode plan(Map<String, Object> wish) throws Exception {
        HttpResponse<String> response = post("/v1/redrives", wish);
        if (response.statusCode() == 503) {
            throw new IOException("the index catches up");
        }
        assertThat(response.statusCode()).as(response.body()).isEqualTo(201);
        return JSON.readTree(response.body());
    }

    private JsonNode get(String path) throws Exception {
        HttpResponse<String> response = http.send(
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                        .timeout(Duration.ofSeconds(20))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        if (response.statusCode() == 503) {
            throw new IOException("the index catches up");
        }
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        return JSON.readTree(response.body());
    }

    private HttpResponse<String> post(String path, Map<String, Object> body) throws Exception {
        return http.send(
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                        .timeout(Duration.ofSeconds(20))
                        .header("Content-Type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofString(JSON.writeValueAsString(body)))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }
}
