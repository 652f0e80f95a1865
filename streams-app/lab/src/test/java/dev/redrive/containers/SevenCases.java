package dev.redrive.containers;

import static dev.redrive.containers.Committed.header;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.redrive.avro.DeadLetter;
import dev.redrive.avro.Outcome;
import dev.redrive.avro.RetryRequest;
import dev.redrive.contract.HeaderNames;
import dev.redrive.contract.TopicNames;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.assertj.core.groups.Tuple;

/** The seven failures of {@code deploy/compose/failures.jsonl}, and what becomes of each on any platform. */
public final class SevenCases {

    static final int COUNT = 7;

    /** User, job and the attempt's number of what a retry can mend. */
    static final List<Tuple> RELEASED = List.of(
            tuple("u1", "throttled", "2"),
            tuple("u1", "unavailable", "2"),
            tuple("u2", "unreachable", "2"),
            tuple("u2", "provider", "2"));

    /** Job, reason and the attempt's number of what no retry can mend. */
    static final List<Tuple> DEAD_LETTERS = List.of(
            tuple("invalid", "INVALID_REQUEST", 1),
            tuple("no-credits", "QUOTA_EXHAUSTED", 1),
            tuple("unsafe", "UNSAFE_WITHOUT_IDEMPOTENCY_KEY", 1));

    private static final Path LAUNCHER =
            Path.of("../target/redrive/bin/redrive").toAbsolutePath();
    private static final Path FILE = Path.of("../../deploy/compose/failures.jsonl");

    private SevenCases() {}

    /** Publishes them with {@code redrive publish}, and holds what a pipeline that had no work before makes of them. */
    public static void check(String bootstrapServers, String registryUrl, TopicNames topics) throws Exception {
        try (var ready = new Committed<>(bootstrapServers, registryUrl, topics.ready(), RetryRequest.class);
                var letters = new Committed<>(bootstrapServers, registryUrl, topics.deadLetters(), DeadLetter.class);
                var outcomes = new Committed<>(bootstrapServers, registryUrl, topics.outcomes(), Outcome.class)) {
            publish(bootstrapServers, registryUrl);

            assertReleased(ready.await(RELEASED.size()));
            assertDeadLetters(letters.await(DEAD_LETTERS.size()), List.of());
            assertThat(outcomes.await(COUNT + RELEASED.size()))
                    .extracting(record ->
                            record.value().getInput() + " " + record.value().getOutcome())
                    .containsExactlyInAnyOrder(
                            "FAILURE SCHEDULED",
                            "FAILURE SCHEDULED",
                            "FAILURE SCHEDULED",
                            "FAILURE SCHEDULED",
                            "FAILURE DEAD_LETTERED",
                            "FAILURE DEAD_LETTERED",
                            "FAILURE DEAD_LETTERED",
                            "RETRY RELEASED",
                            "RETRY RELEASED",
                            "RETRY RELEASED",
                            "RETRY RELEASED");
            assertThat(ready.read()).hasSize(RELEASED.size());
            assertThat(letters.read()).hasSize(DEAD_LETTERS.size());
        }
    }

    private static void publish(String bootstrapServers, String registryUrl) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(
                        LAUNCHER.toString(),
                        "publish",
                        "--bootstrap-server",
                        bootstrapServers,
                        "--schema-registry",
                        registryUrl,
                        FILE.toString())
                .redirectErrorStream(true)
                .start();
        String printed = new String(process.getInputStream().readAllBytes(), UTF_8);
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as(printed).isZero();
    }

    /** Each came once, due, with its number and its key. */
    static void assertReleased(List<ConsumerRecord<String, RetryRequest>> released) {
        assertThat(released)
                .extracting(
                        ConsumerRecord::key,
                        record -> record.value().getJobId(),
                        record -> header(record, HeaderNames.RETRY_ATTEMPT))
                .containsExactlyInAnyOrderElementsOf(RELEASED);
        assertThat(released).allSatisfy(SevenCases::isDueAndCarriesItsKey);
    }

    /** Each has its reason, and the remedy where there is one names what is wrong. */
    static void assertDeadLetters(List<ConsumerRecord<String, DeadLetter>> letters, List<Tuple> others) {
        List<Tuple> expected = new ArrayList<>(DEAD_LETTERS);
        expected.addAll(others);
        assertThat(letters)
                .extracting(
                        record -> record.value().getJobId(),
                        record -> header(record, HeaderNames.REASON),
                        record -> record.value().getAttempt())
                .containsExactlyInAnyOrderElementsOf(expected);
        assertThat(letters)
                .filteredOn(record -> record.value().getJobId().equals("invalid"))
                .allSatisfy(record -> assertThat(record.value().getRemedy()).contains("prompt"));
    }

    private static void isDueAndCarriesItsKey(ConsumerRecord<String, RetryRequest> record) {
        RetryRequest retry = record.value();
        assertThat(record.timestamp()).isGreaterThanOrEqualTo(retry.getDueAt().toEpochMilli());
        assertThat(header(record, HeaderNames.IDEMPOTENCY_KEY)).isEqualTo(retry.getIdempotencyKey());
        switch (retry.getJobId()) {
            case "throttled" -> {
                assertThat(retry.getIdempotencyKey()).isEqualTo("key-1");
                assertThat(retry.getDueAt())
                        .isAfterOrEqualTo(retry.getFailedAt().plusSeconds(1));
            }
            case "unavailable" -> assertThat(retry.getIdempotencyKey()).isEqualTo("key-2");
            case "unreachable" -> assertThat(retry.getIdempotencyKey()).isEqualTo("key-3");
            default -> assertThat(retry.getIdempotencyKey()).isNotEqualTo("key-4");
        }
    }
}
