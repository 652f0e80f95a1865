package dev.redrive.topology;

import static org.assertj.core.api.Assertions.assertThat;

import dev.redrive.avro.Command;
import dev.redrive.avro.CommandKind;
import dev.redrive.avro.DeadLetter;
import dev.redrive.avro.FailureCause;
import dev.redrive.avro.JobFailure;
import dev.redrive.avro.Outcome;
import dev.redrive.avro.RetryRequest;
import dev.redrive.avro.UserState;
import dev.redrive.contract.HeaderNames;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.apache.kafka.streams.test.TestRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MainPathTest {

    private PipelineHarness pipeline;

    @BeforeEach
    void open(@TempDir Path stateDir) {
        pipeline = new PipelineHarness(stateDir);
    }

    @AfterEach
    void close() {
        pipeline.close();
    }

    @Test
    void shouldDeadLetterAnInvalidRequestAndNameTheParameter() {
        pipeline.publish(pipeline.failure("u1", "j1", 1)
                .setHttpStatus(400)
                .setErrorBody(PipelineHarness.body("{\"code\":\"invalid_request\",\"message\":\"bad\","
                        + "\"details\":{\"param\":\"prompt\",\"type\":\"missing_required_field\"}}"))
                .build());

        DeadLetter letter = only(pipeline.deadLetters()).value();
        assertThat(letter.getReason()).isEqualTo("INVALID_REQUEST");
        assertThat(letter.getRemedy()).contains("prompt");
        assertThat(letter.getMessage()).isEqualTo("bad");
        assertThat(letter.getHistory()).hasSize(1);
    }

    @Test
    void shouldExhaustTheQuotaOfAUserWithoutCredits() {
        pipeline.publish(pipeline.failure("u1", "j1", 1)
                .setHttpStatus(402)
                .setErrorBody(PipelineHarness.body("{\"code\":\"INSUFFICIENT_CREDITS\",\"message\":\"none\"}"))
                .build());
        pipeline.advance(Duration.ofMillis(200));

        assertThat(only(pipeline.deadLetters()).value().getReason()).isEqualTo("QUOTA_EXHAUSTED");
        UserState user = only(pipeline.users()).value();
        assertThat(user.getQuota().getStatus()).isEqualTo("EXHAUSTED");
        assertThat(user.getQuota().getReason()).isEqualTo("INSUFFICIENT_CREDITS");
    }

    @Test
    void shouldReleaseARateLimitedJobWhenRetryAfterIsOver() {
        pipeline.publish(pipeline.failure("u1", "j1", 1)
                .setHttpStatus(429)
                .setResponseHeaders(Map.of("Retry-After", "3"))
                .setIdempotencyKey("the-key")
                .build());

        assertThat(only(pipeline.retries("10s")).value().getRetry().getIdempotencyKey())
                .isEqualTo("the-key");
        pipeline.advance(Duration.ofMillis(2_999));
        assertThat(pipeline.ready()).isEmpty();
        pipeline.advance(Duration.ofMillis(300));
        PipelineHarness.Out<RetryRequest> release = only(pipeline.ready());
        assertThat(release.timestamp()).isAfterOrEqualTo(PipelineHarness.START.plusSeconds(3));
        assertThat(header(release, HeaderNames.IDEMPOTENCY_KEY)).isEqualTo("the-key");
        assertThat(header(release, HeaderNames.RETRY_ATTEMPT)).isEqualTo("2");
        assertThat(release.value().getAttempt()).isEqualTo(2);
    }

    @Test
    void shouldNotChargeAConcurrencyLimitedAttemptAndLearnTheLimit() {
        pipeline.publish(pipeline.failure("u1", "j1", 1)
                .setHttpStatus(429)
                .setErrorBody(PipelineHarness.body("{\"code\":\"CONCURRENT_GENERATION_LIMIT\",\"message\":\"busy\","
                        + "\"active_requests\":1,\"concurrency_limit\":1}"))
                .build());
        pipeline.advance(Duration.ofMillis(200));

        Outcome outcome = outcomes("FAILURE").get(0);
        assertThat(outcome.getOutcome()).isEqualTo("SCHEDULED");
        assertThat(outcome.getCharged()).isFalse();
        assertThat(outcome.getChargedAttempts()).isZero();
        UserState user = only(pipeline.users()).value();
        assertThat(user.getConcurrencyLimit()).isEqualTo(1);
        assertThat(user.getReportedActiveRequests()).isEqualTo(1);
        assertThat(user.getPendingRetries()).isEqualTo(1);
    }

    @Test
    void shouldRetryANetworkErrorOnlyWithAKey() {
        pipeline.publish(network("with").build());
        pipeline.publish(network("without").setIdempotencyKey(null).build());

        DeadLetter letter = only(pipeline.deadLetters()).value();
        assertThat(letter.getJobId()).isEqualTo("without");
        assertThat(letter.getReason()).isEqualTo("UNSAFE_WITHOUT_IDEMPOTENCY_KEY");
        pipeline.advance(Duration.ofSeconds(2));
        assertThat(only(pipeline.ready()).value().getJobId()).isEqualTo("with");
    }

    private JobFailure.Builder network(String job) {
        return pipeline.failure("u1", job, 1).setCause(FailureCause.NETWORK).setHttpStatus(null);
    }

    @Test
    void shouldDeadLetterWhatNoRetryCanMend() {
        status("forbidden", 403, "FORBIDDEN");
        status("unauthenticated", 401, "UNAUTHORIZED");
        status("missing", 404, "not_found");
        status("capped", 402, "SPENDING_LIMIT_EXCEEDED");

        assertThat(pipeline.deadLetters())
                .extracting(letter -> letter.value().getReason())
                .containsExactly("FORBIDDEN", "UNAUTHENTICATED", "NOT_FOUND", "SPEND_CAPPED");
    }

    private void status(String job, int status, String code) {
        pipeline.publish(pipeline.failure("u1", job, 1)
                .setHttpStatus(status)
                .setErrorBody(PipelineHarness.body("{\"code\":\"" + code + "\"}"))
                .build());
    }

    @Test
    void shouldReleaseOnceWhatWasPublishedTwice() {
        JobFailure failure = pipeline.failure("u1", "j1", 1).build();
        pipeline.publish(failure);
        pipeline.publish(failure);
        pipeline.advance(Duration.ofSeconds(5));

        assertThat(pipeline.ready()).hasSize(1);
        assertThat(outcomes("FAILURE")).extracting(Outcome::getOutcome).containsExactly("SCHEDULED", "DUPLICATE");
    }

    @Test
    void shouldKeepOneKeyThroughTenAttempts() {
        String first = null;
        for (int attempt = 1; attempt <= 10; attempt++) {
            pipeline.publish(pipeline.failure("u1", "j1", attempt)
                    .setHttpStatus(429)
                    .setIdempotencyKey(null)
                    .setErrorBody(null)
                    .build());
            pipeline.advance(Duration.ofSeconds(61));
            PipelineHarness.Out<RetryRequest> release = only(pipeline.ready());
            assertThat(release.headers().toArray()).hasSize(2);
            String key = header(release, HeaderNames.IDEMPOTENCY_KEY);
            first = first == null ? key : first;
            assertThat(key).isEqualTo(first);
            assertThat(release.value().getAttempt()).isEqualTo(attempt + 1);
        }
    }

    @Test
    void shouldQuarantineWhatCannotBeReadAndGoOn() {
        byte[] good = pipeline.bytes(
                JobFailure.class,
                "jobs.failures",
                pipeline.failure("u1", "j1", 1).build());
        byte[] truncated = Arrays.copyOf(good, good.length - 4);
        byte[] unknownId = good.clone();
        unknownId[1] = 0x7f;
        byte[] noMagic = "{\"userId\":\"u1\"}".getBytes(StandardCharsets.UTF_8);
        pipeline.send("jobs.failures", "u1", noMagic);
        pipeline.send("jobs.failures", "u1", unknownId);
        pipeline.send("jobs.failures", "u1", truncated);
        pipeline.send("jobs.failures", "u1", null);
        pipeline.send("jobs.failures", "somebody-else", good);
        pipeline.send("jobs.failures", "u1", good);

        List<TestRecord<byte[], byte[]>> kept = pipeline.quarantine();
        assertThat(kept).hasSize(5);
        assertThat(kept.get(0).value()).isEqualTo(noMagic);
        assertThat(kept.get(1).value()).isEqualTo(unknownId);
        assertThat(kept.get(2).value()).isEqualTo(truncated);
        assertThat(kept.get(3).value()).isNull();
        assertThat(kept)
                .extracting(record -> new String(
                        record.headers()
                                .lastHeader(HeaderNames.QUARANTINE_REASON)
                                .value(),
                        StandardCharsets.UTF_8))
                .containsExactly("NO_MAGIC_BYTE", "UNKNOWN_SCHEMA_ID", "TRUNCATED", "NULL_VALUE", "KEY_DIFFERS");
        assertThat(outcomes("FAILURE"))
                .extracting(Outcome::getOutcome)
                .containsExactly(
                        "QUARANTINED", "QUARANTINED", "QUARANTINED", "QUARANTINED", "QUARANTINED", "SCHEDULED");
    }

    @Test
    void shouldTakeTheFailureOfAJobWhoseCancellationWasRejected() {
        pipeline.publish(Command.newBuilder()
                .setCommandId("c1")
                .setKind(CommandKind.CANCEL)
                .setUserId("u1")
                .setJobId("j1")
                .setIssuedAt(pipeline.now())
                .build());
        pipeline.publish(pipeline.failure("u1", "j1", 1).build());
        pipeline.advance(Duration.ofSeconds(5));

        assertThat(pipeline.outcomes())
                .extracting(out -> out.value().getOutcome() + " " + out.value().getReason())
                .containsExactly("REJECTED NOT_PENDING", "SCHEDULED null", "RELEASED null");
        assertThat(only(pipeline.ready()).value().getAttempt()).isEqualTo(2);
    }

    @Test
    void shouldAddUpErrorRates() {
        for (int i = 0; i < 5; i++) {
            pipeline.publish(pipeline.failure("u" + i, "j", 1).build());
        }
        pipeline.publish(pipeline.failure("u9", "old", 1)
                .setFailedAt(PipelineHarness.START.minus(Duration.ofHours(2)))
                .build());
        pipeline.advance(Duration.ofMillis(1_100));

        assertThat(pipeline.errorRates())
                .extracting(rate -> rate.value().getLate() + " " + rate.value().getFailures())
                .containsExactlyInAnyOrder("false 5", "true 1");
    }

    private List<Outcome> outcomes(String input) {
        return pipeline.outcomes().stream()
                .map(PipelineHarness.Out::value)
                .filter(outcome -> outcome.getInput().equals(input))
                .toList();
    }

    private static String header(PipelineHarness.Out<?> record, String name) {
        return new String(record.headers().lastHeader(name).value(), StandardCharsets.UTF_8);
    }

    private static <T> T only(List<T> all) {
        assertThat(all).hasSize(1);
        return all.get(0);
    }
}
