package dev.redrive.it;

import dev.redrive.avro.FailureCause;
import dev.redrive.avro.JobFailure;
import dev.redrive.avro.RequestPayload;
import dev.redrive.publish.FailurePublisher;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** Failures of many jobs of many users: seven of ten can be mended by a retry, and every ninth job's is published twice. */
public final class MixedLoad {

    private static final int USERS = 2_000;

    private MixedLoad() {}

    /** Publishes the failure of a job; one future for each record. */
    public static List<CompletableFuture<?>> publish(FailurePublisher publisher, int job) {
        JobFailure failure = failure(job);
        CompletableFuture<?> sent = publisher.publish(failure, null);
        return job % 9 == 0 ? List.of(sent, publisher.publish(failure, null)) : List.of(sent);
    }

    /** The failure of a job, by its number; each tenth of the numbers is a kind of its own. */
    static JobFailure failure(int job) {
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
