package dev.redrive.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.redrive.avro.FailureCause;
import dev.redrive.avro.JobFailure;
import dev.redrive.avro.RequestPayload;
import dev.redrive.publish.FailurePublisher;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The pipeline as a process that is killed again and again, on a real broker. */
class CrashIT {

    private static final int JOBS = 90_000;
    private static final int USERS = 2_000;

    @Test
    void shouldLoseNothingReleaseNothingTwiceAndNothingEarlyWhenKilled(@TempDir Path directory) throws Exception {
        try (Platform platform = new Platform(directory);
                FailurePublisher publisher = platform.publisher();
                Ledger ledger = new Ledger(platform)) {
            // Given a pipeline under a load of mixed failures, some of them published twice
            Process pipeline = platform.startProcess();
            List<CompletableFuture<?>> sent = new ArrayList<>();
            for (int job = 0; job < JOBS; job++) {
                JobFailure failure = failure(job);
                sent.add(publisher.publish(failure, null));
                if (job % 9 == 0) {
                    sent.add(publisher.publish(failure, null));
                }
            }
            CompletableFuture.allOf(sent.toArray(CompletableFuture[]::new)).join();
            int published = sent.size();

            // When its process is killed three times on the way
            int[] killAfter = {published / 10, published / 3, published * 2 / 3};
            for (int outcomes : killAfter) {
                Platform.await(
                        Duration.ofMinutes(3),
                        outcomes + " outcomes\n" + platform.processLog(),
                        () -> ledger.read().failures() >= outcomes);
                assertThat(ledger.failures()).isLessThan(published);
                pipeline.destroyForcibly().waitFor();
                pipeline = platform.startProcess();
            }

            // Then, when all is done, the ledger balances
            Platform.await(
                    Duration.ofMinutes(4), "all released", () -> ledger.read().settled(published));
            pipeline.destroy();
            assertThat(pipeline.waitFor(20, TimeUnit.SECONDS)).isTrue();
            for (int i = 0; i < 5; i++) {
                ledger.read();
            }
            System.out.println("crash ledger: " + published + " failures, " + ledger.counts());
            assertThat(ledger.faults(published)).isEmpty();
            assertThat(ledger.count("FAILURE DUPLICATE")).isEqualTo(published - JOBS);
        }
    }

    private static JobFailure failure(int job) {
        String user = "user-" + (job * 7919L % USERS);
        JobFailure.Builder failure = JobFailure.newBuilder()
                .setUserId(user)
                .setJobId("job-" + job)
                .setAttempt(1)
                .setService("music")
                .setOperation("music.song.generate")
                .setRoute("/v1/music/songs")
                .setCause(FailureCause.RESPONSE)
                .setIdempotencyKey("key-" + job)
                .setRequest(new RequestPayload(
                        "application/json",
                        ByteBuffer.wrap(("{\"prompt\":\"" + "x".repeat(300) + "\"}").getBytes(StandardCharsets.UTF_8))))
                .setFailedAt(Instant.now());
        return switch (job % 10) {
            case 0, 1, 2 ->
                failure.setHttpStatus(429)
                        .setResponseHeaders(Map.of("Retry-After", Integer.toString(1 + job % 20)))
                        .build();
            case 3, 4, 5 -> failure.setHttpStatus(503).build();
            case 6 -> failure.setHttpStatus(null).setCause(FailureCause.NETWORK).build();
            case 7 ->
                failure.setHttpStatus(402)
                        .setErrorBody("{\"error\":{\"code\":\"INSUFFICIENT_CREDITS\"}}")
                        .build();
            case 8 ->
                failure.setHttpStatus(400)
                        .setErrorBody("{\"error\":{\"code\":\"invalid_request\",\"details\":{\"param\":\"prompt\"}}}")
                        .build();
            default -> failure.setHttpStatus(500).setIdempotencyKey(null).build();
        };
    }
}
