package dev.redrive.containers;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.redrive.avro.DeadLetter;
import dev.redrive.avro.Outcome;
import dev.redrive.avro.RetryRequest;
import dev.redrive.config.RedriveConfig;
import dev.redrive.contract.TopicNames;
import dev.redrive.publish.ApiResponse;
import dev.redrive.publish.FailurePublisher;
import dev.redrive.publish.JobContext;
import dev.redrive.runtime.RedrivePipeline;
import java.net.ConnectException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The way of a failed job through a real Kafka and a real registry, from the batch system's call to its next attempt. */
@NeedsDocker
class MainJobContainersIT {

    private static final String INVALID =
            "{\"success\":false,\"data\":null,\"error\":{\"code\":\"invalid_request\",\"message\":\"prompt is missing\","
                    + "\"details\":{\"param\":\"prompt\"}}}";
    private static final String NO_CREDITS =
            "{\"success\":false,\"data\":null,\"error\":{\"code\":\"INSUFFICIENT_CREDITS\",\"message\":\"none left\"}}";

    @Test
    void shouldGiveBackWhatARetryCanMendAndDeadLetterTheRest(Containers containers, @TempDir Path directory)
            throws Exception {
        RedriveConfig config = containers.pipeline(directory, "main-job", containers.registryUrl());
        TopicNames topics = config.topics().names();
        try (RedrivePipeline pipeline = containers.run(config);
                FailurePublisher publisher = containers.publisher(config, containers.registryUrl());
                var ready = new Committed<>(containers, topics.ready(), RetryRequest.class);
                var letters = new Committed<>(containers, topics.deadLetters(), DeadLetter.class);
                var outcomes = new Committed<>(containers, topics.outcomes(), Outcome.class)) {
            // Given failures of which four can be mended by a retry, one of them told twice, and three cannot
            ApiResponse throttled = response(429, Map.of("Retry-After", List.of("1")), null);
            publish(publisher, job("u1", "throttled", 1, "key-1"), throttled);
            publish(publisher, job("u1", "throttled", 1, "key-1"), throttled);
            publish(publisher, job("u1", "unavailable", 1, "key-2"), response(503, Map.of(), null));
            publisher
                    .failed(job("u2", "unreachable", 1, "key-3"), new ConnectException("refused"))
                    .get(30, TimeUnit.SECONDS);
            publisher
                    .failedLater(job("u2", "provider", 1, "key-4"), "the provider gave up", null)
                    .get(30, TimeUnit.SECONDS);
            publish(publisher, job("u2", "invalid", 1, "key-5"), response(400, Map.of(), INVALID));
            publish(publisher, job("u3", "no-credits", 1, "key-6"), response(402, Map.of(), NO_CREDITS));
            publish(publisher, job("u3", "unsafe", 1, null), response(500, Map.of(), null));

            // When they are released, and an attempt fails again for good
            List<ConsumerRecord<String, RetryRequest>> released = ready.await(4);
            publish(publisher, job("u1", "throttled", 2, "key-1"), response(404, Map.of(), null));

            // Then each came once, due, with its number and its key
            SevenCases.assertReleased(released);

            // And the others are dead letters with a reason and a remedy
            SevenCases.assertDeadLetters(
                    letters.await(SevenCases.DEAD_LETTERS.size() + 1), List.of(tuple("throttled", "NOT_FOUND", 2)));

            // And the ledger holds one outcome for every failure and every release
            assertThat(outcomes.await(13))
                    .extracting(record ->
                            record.value().getInput() + " " + record.value().getOutcome())
                    .containsExactlyInAnyOrder(
                            "FAILURE SCHEDULED",
                            "FAILURE SCHEDULED",
                            "FAILURE SCHEDULED",
                            "FAILURE SCHEDULED",
                            "FAILURE DUPLICATE",
                            "FAILURE DEAD_LETTERED",
                            "FAILURE DEAD_LETTERED",
                            "FAILURE DEAD_LETTERED",
                            "FAILURE DEAD_LETTERED",
                            "RETRY RELEASED",
                            "RETRY RELEASED",
                            "RETRY RELEASED",
                            "RETRY RELEASED");
            assertThat(ready.read()).hasSize(4);
            assertThat(pipeline.failed()).isFalse();
        }
    }

    private static void publish(FailurePublisher publisher, JobContext job, ApiResponse response) throws Exception {
        publisher.failed(job, response).get(30, TimeUnit.SECONDS);
    }

    private static ApiResponse response(int status, Map<String, List<String>> headers, String body) {
        return new ApiResponse(status, headers, body);
    }

    private static JobContext job(String userId, String jobId, int attempt, String key) {
        return JobContext.of(userId, jobId, "music", "music.song.generate")
                .attempt(attempt)
                .request("POST", "/v1/music/songs")
                .idempotencyKey(key)
                .body("application/json", "{\"prompt\":\"a song\"}".getBytes(UTF_8))
                .build();
    }
}
