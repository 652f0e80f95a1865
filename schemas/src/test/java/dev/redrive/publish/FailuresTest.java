package dev.redrive.publish;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.redrive.avro.FailureCause;
import dev.redrive.avro.JobFailure;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.net.http.HttpConnectTimeoutException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.StringLength;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class FailuresTest {

    private static final Instant AT = Instant.parse("2026-01-02T03:04:05.678Z");

    private static JobContext.Builder job() {
        return JobContext.of("user-1", "job-1", "music", "music.song.generate");
    }

    @Test
    void shouldCarryEverythingThatTheContextKnows() {
        JobContext job = job().attempt(2)
                .request("post", "/v1/music/songs")
                .idempotencyKey("key-1")
                .body("application/json", "{}".getBytes(StandardCharsets.UTF_8))
                .deadline(AT.plusSeconds(60))
                .maxAttempts(4)
                .batchId("batch-1")
                .labels(Map.of("team", "a"))
                .build();

        JobFailure failure = Failures.ofResponse(
                job, new ApiResponse(429, Map.of("Retry-After", List.of("7")), "{\"success\":false}"), AT);

        assertThat(failure.getUserId()).isEqualTo("user-1");
        assertThat(failure.getJobId()).isEqualTo("job-1");
        assertThat(failure.getAttempt()).isEqualTo(2);
        assertThat(failure.getService()).isEqualTo("music");
        assertThat(failure.getOperation()).isEqualTo("music.song.generate");
        assertThat(failure.getMethod()).isEqualTo("POST");
        assertThat(failure.getRoute()).isEqualTo("/v1/music/songs");
        assertThat(failure.getCause()).isEqualTo(FailureCause.RESPONSE);
        assertThat(failure.getHttpStatus()).isEqualTo(429);
        assertThat(failure.getErrorBody()).isEqualTo("{\"success\":false}");
        assertThat(failure.getResponseHeaders()).isEqualTo(Map.of("retry-after", "7"));
        assertThat(failure.getIdempotencyKey()).isEqualTo("key-1");
        assertThat(failure.getRequest().getContentType()).isEqualTo("application/json");
        assertThat(failure.getRequest().getBody()).isEqualTo(ByteBuffer.wrap("{}".getBytes(StandardCharsets.UTF_8)));
        assertThat(failure.getFailedAt()).isEqualTo(AT);
        assertThat(failure.getDeadline()).isEqualTo(AT.plusSeconds(60));
        assertThat(failure.getMaxAttempts()).isEqualTo(4);
        assertThat(failure.getBatchId()).isEqualTo("batch-1");
        assertThat(failure.getLabels()).isEqualTo(Map.of("team", "a"));
    }

    @Test
    void shouldTellTimeoutsFromOtherNetworkFailures() {
        assertThat(causeOf(new HttpConnectTimeoutException("x"))).isEqualTo(FailureCause.TIMEOUT);
        assertThat(causeOf(new SocketTimeoutException("x"))).isEqualTo(FailureCause.TIMEOUT);
        assertThat(causeOf(new TimeoutException("x"))).isEqualTo(FailureCause.TIMEOUT);
        assertThat(causeOf(new ConnectException("x"))).isEqualTo(FailureCause.NETWORK);
        assertThat(causeOf(new IOException("reset"))).isEqualTo(FailureCause.NETWORK);
        assertThat(causeOf(new IllegalStateException("x"))).isEqualTo(FailureCause.UNKNOWN);
    }

    @Test
    void shouldLookThroughTheWrappersOfFuturesAndStreams() {
        Throwable wrapped = new CompletionException(
                new ExecutionException(new UncheckedIOException(new SocketTimeoutException("read"))));

        JobFailure failure = Failures.ofException(job().build(), wrapped, AT);

        assertThat(failure.getCause()).isEqualTo(FailureCause.TIMEOUT);
        assertThat(failure.getErrorMessage()).isEqualTo("java.net.SocketTimeoutException: read");
        assertThat(failure.getHttpStatus()).isNull();
    }

    @Test
    void shouldKeepMessageAndBodyOfAnAsynchronousFailure() {
        JobFailure failure = Failures.ofAsync(job().build(), "provider gave up", "{\"status\":\"failed\"}", AT);

        assertThat(failure.getCause()).isEqualTo(FailureCause.ASYNC);
        assertThat(failure.getErrorMessage()).isEqualTo("provider gave up");
        assertThat(failure.getErrorBody()).isEqualTo("{\"status\":\"failed\"}");
    }

    @Test
    void shouldNeverPublishCredentials() {
        Map<String, List<String>> headers = Map.of(
                "Set-Cookie", List.of("session=1"),
                "AUTHORIZATION", List.of("Bearer x"),
                "cookie", List.of("a=b"),
                "X-Api-Key", List.of("x"),
                "Date", List.of("Fri, 02 Jan 2026 03:04:05 GMT"));

        assertThat(headersOf(headers)).containsOnlyKeys("date");
    }

    @Test
    void shouldKeepTheHeadersThatTimeARetryWhenThereAreTooMany() {
        Map<String, List<String>> headers = new TreeMap<>();
        for (int i = 0; i < 100; i++) {
            headers.put("A-Noise-" + i, List.of("x"));
        }
        headers.put("X-RateLimit-Reset", List.of("1"));
        headers.put("Retry-After", List.of("2"));
        headers.put("Z-Long", List.of("x".repeat(Limits.MAX_HEADER_CHARS + 1)));

        assertThat(headersOf(headers))
                .hasSize(Limits.MAX_HEADERS)
                .containsEntry("x-ratelimit-reset", "1")
                .containsEntry("retry-after", "2")
                .doesNotContainKey("z-long");
    }

    @Test
    void shouldJoinHeadersThatDifferInCaseOnly() {
        Map<String, List<String>> headers = new TreeMap<>();
        headers.put("vary", List.of("b", "c"));
        headers.put("Vary", List.of("a"));

        assertThat(headersOf(headers)).isEqualTo(Map.of("vary", "a, b, c"));
    }

    @Property(tries = 300)
    void shouldCutTextsToTheirLimitBetweenCodePoints(
            @ForAll @StringLength(max = 120) String text, @ForAll @IntRange(min = 10, max = 150) int maxBytes) {
        String wellFormed = new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8);
        int bytes = wellFormed.getBytes(StandardCharsets.UTF_8).length;

        String cut = Limits.cut(wellFormed, maxBytes);

        assertThat(cut.getBytes(StandardCharsets.UTF_8).length).isLessThanOrEqualTo(maxBytes);
        assertThat(cut.getBytes(StandardCharsets.UTF_8))
                .isEqualTo(new String(cut.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8)
                        .getBytes(StandardCharsets.UTF_8));
        if (bytes <= maxBytes) {
            assertThat(cut).isEqualTo(wellFormed);
        } else {
            assertThat(cut).endsWith(Limits.CUT_MARK);
            assertThat(wellFormed).startsWith(cut.substring(0, cut.length() - Limits.CUT_MARK.length()));
        }
    }

    @Test
    void shouldCutAnErrorBodyThatIsTooLongAndSaySo() {
        JobFailure failure =
                Failures.ofResponse(job().build(), new ApiResponse(500, Map.of(), "ü".repeat(100_000)), AT);

        assertThat(failure.getErrorBody()).endsWith(Limits.CUT_MARK);
        assertThat(failure.getErrorBody().getBytes(StandardCharsets.UTF_8).length)
                .isBetween(Limits.MAX_ERROR_BODY_BYTES - 2, Limits.MAX_ERROR_BODY_BYTES);
    }

    @Test
    void shouldRefuseWhatIsOverALimit() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> JobContext.of("u".repeat(257), "j", "s", "o").build())
                .withMessageContaining("userId")
                .withMessageNotContaining("uuu");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> JobContext.of("u", "", "s", "o").build())
                .withMessageContaining("jobId");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> JobContext.of("\uD800", "j", "s", "o").build())
                .withMessageContaining("surrogate");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> job().body("a/b", new byte[Limits.MAX_REQUEST_BYTES + 1]))
                .withMessageContaining("body");
        Map<String, String> labels = new HashMap<>();
        for (int i = 0; i <= Limits.MAX_LABELS; i++) {
            labels.put("label-" + i, "x");
        }
        assertThatIllegalArgumentException()
                .isThrownBy(() -> job().labels(labels).build())
                .withMessageContaining("labels");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> job().labels(Map.of("k", "v".repeat(257))).build())
                .withMessageContaining("label's value");
    }

    @Test
    void shouldRefuseNumbersAndInstantsThatNoPipelineTakes() {
        Instant never = Instant.ofEpochMilli(Long.MAX_VALUE);

        assertThatIllegalArgumentException()
                .isThrownBy(() -> job().deadline(never).build())
                .withMessageContaining("deadline");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> job().maxAttempts(0))
                .withMessageContaining("maxAttempts");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> job().attempt(Limits.MAX_ATTEMPT + 1))
                .withMessageContaining("attempt");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> AccountChanges.allowanceReset("u", 1L, never, AT))
                .withMessageContaining("nextReset");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> AccountChanges.allowanceReset("u", -1L, null, AT))
                .withMessageContaining("remaining");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> AccountChanges.limitsChanged("u", 0, AT))
                .withMessageContaining("concurrencyLimit");
    }

    @Test
    void shouldRefuseInstantsThatAreSecondsTakenForMilliseconds() {
        Instant seconds = Instant.ofEpochMilli(1_795_867_000L);
        JobContext job = job().build();

        refused("failedAt", () -> Failures.ofException(job, new IOException("gone"), seconds));
        refused("failedAt", () -> Failures.ofAsync(job, "failed", null, seconds));
        refused("failedAt", () -> Failures.ofResponse(job, new ApiResponse(503, Map.of(), null), seconds));
        refused("deadline", () -> job().deadline(seconds).build());
        refused("at", () -> Lifecycles.succeeded(job, seconds));
        refused("at", () -> AccountChanges.spendCapChanged("user-1", seconds));
        refused("nextReset", () -> AccountChanges.allowanceReset("user-1", null, seconds, AT));
    }

    private static void refused(String field, ThrowingCallable call) {
        assertThatIllegalArgumentException()
                .isThrownBy(call)
                .withMessageStartingWith(field + " ")
                .withMessageContaining("milliseconds since 1970, not seconds");
    }

    @Test
    void shouldLeaveOutATraceContextThatIsNotWellFormed() {
        String good = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

        assertThat(job().traceparent(good).build().traceparent()).isEqualTo(good);
        assertThat(job().traceparent("00-xyz").build().traceparent()).isNull();
    }

    private static FailureCause causeOf(Throwable thrown) {
        return Failures.ofException(job().build(), thrown, AT).getCause();
    }

    private static Map<String, String> headersOf(Map<String, List<String>> headers) {
        return Failures.ofResponse(job().build(), new ApiResponse(429, headers, null), AT)
                .getResponseHeaders();
    }
}
