package dev.redrive.publish;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.redrive.avro.FailureCause;
import dev.redrive.avro.JobFailure;
import dev.redrive.avro.RequestPayload;
import dev.redrive.avro.RetryRequest;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.stream.IntStream;
import javax.net.ssl.SSLSession;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.StringLength;
import org.apache.avro.Schema;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
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
                .priority(9)
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
        assertThat(failure.getPriority()).isEqualTo(9);
    }

    /** A worker publishes only what the README names; what the failure leaves out the next retry would lack. */
    @Test
    void shouldRepeatAllThatARetryCarriesWhenItsAttemptFails() {
        RetryRequest retry = retry().build();

        JobFailure failure = Failures.ofResponse(JobContext.of(retry), new ApiResponse(503, Map.of(), null), AT);

        Set<String> ofTheAttempt =
                Set.of("cause", "httpStatus", "errorBody", "errorMessage", "responseHeaders", "failedAt");
        for (Schema.Field field : JobFailure.getClassSchema().getFields()) {
            if (!ofTheAttempt.contains(field.name())) {
                assertThat(failure.get(field.name()))
                        .as(field.name())
                        .isEqualTo(retry.get(field.name()))
                        .isNotEqualTo(field.hasDefaultValue() ? field.defaultVal() : null);
            }
        }
        assertThat(JobContext.of(retry).traceparent()).isEqualTo(retry.getTraceparent());
    }

    @Test
    void shouldTakeEveryRetryAndLeaveOutWhatNoFailureMayHold() {
        Map<String, String> labels = new HashMap<>();
        for (int i = 0; i <= Limits.MAX_LABELS; i++) {
            labels.put("label-" + (char) ('a' + i), "x");
        }
        RetryRequest retry = retry().setLabels(labels)
                .setDeadline(Instant.ofEpochMilli(Long.MAX_VALUE))
                .setRequest(null)
                .setMaxAttempts(0)
                .setBatchId(null)
                .setTraceparent(null)
                .setPriority(-1)
                .build();

        JobFailure failure = Failures.ofException(JobContext.of(retry), new IOException("reset"), AT);

        labels.remove("label-q");
        assertThat(failure.getLabels()).isEqualTo(labels).hasSize(Limits.MAX_LABELS);
        assertThat(failure.getRequest()).isNull();
        assertThat(failure.getMaxAttempts()).isNull();
        assertThat(failure.getDeadline()).isNull();
        assertThat(failure.getPriority()).isZero();
    }

    private static RetryRequest.Builder retry() {
        return RetryRequest.newBuilder()
                .setUserId("user-1")
                .setJobId("job-1")
                .setAttempt(3)
                .setService("music")
                .setOperation("music.song.generate")
                .setMethod("PUT")
                .setRoute("/v1/music/songs")
                .setIdempotencyKey("key-1")
                .setRequest(new RequestPayload("text/plain", ByteBuffer.wrap("{}".getBytes(StandardCharsets.UTF_8))))
                .setDueAt(AT)
                .setFailureClass("TRANSIENT")
                .setFirstFailedAt(AT)
                .setFailedAt(AT)
                .setDeadline(AT.plusSeconds(60))
                .setMaxAttempts(4)
                .setBatchId("batch-1")
                .setLabels(Map.of("team", "a"))
                .setTraceparent("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
                .setPriority(7);
    }

    @Test
    void shouldKeepTheBodyOfAResponseThatWasReadAsTextOrBytesOnly() {
        byte[] bytes = "ü".getBytes(StandardCharsets.UTF_8);

        assertThat(ApiResponse.of(new Response<>(bytes)).body()).isEqualTo("ü");
        assertThat(ApiResponse.of(new Response<>("ü")).body()).isEqualTo("ü");
        assertThat(ApiResponse.of(new Response<>(new ByteArrayInputStream(bytes)))
                        .body())
                .isNull();
        assertThat(ApiResponse.of(new Response<Void>(null)))
                .isEqualTo(new ApiResponse(503, Map.of("retry-after", List.of("7")), null));
    }

    /** An answer of the JDK's client. */
    private record Response<T>(@Nullable T body) implements HttpResponse<T> {

        @Override
        public int statusCode() {
            return 503;
        }

        @Override
        public HttpHeaders headers() {
            return HttpHeaders.of(Map.of("retry-after", List.of("7")), (name, value) -> true);
        }

        @Override
        public HttpRequest request() {
            throw new UnsupportedOperationException();
        }

        @Override
        public Optional<HttpResponse<T>> previousResponse() {
            return Optional.empty();
        }

        @Override
        public Optional<SSLSession> sslSession() {
            return Optional.empty();
        }

        @Override
        public URI uri() {
            throw new UnsupportedOperationException();
        }

        @Override
        public HttpClient.Version version() {
            return HttpClient.Version.HTTP_1_1;
        }
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

    /** A proxy and the API may each name a wait; which of them holds is for the reader to decide, who takes the longest. */
    @Test
    void shouldKeepEveryValueOfAHeaderThatTimesARetry() {
        Map<String, List<String>> headers = new TreeMap<>();
        headers.put("Retry-After", List.of("30"));
        headers.put("retry-after", List.of("1"));

        assertThat(headersOf(headers)).isEqualTo(Map.of("retry-after", "30, 1"));
        assertThat(headersOf(Map.of("retry-after", List.of("30", "30")))).isEqualTo(Map.of("retry-after", "30"));
        assertThat(headersOf(Map.of("Retry-After", List.of("Fri, 02 Jan 2026 03:04:05 GMT", "5"))))
                .isEqualTo(Map.of("retry-after", "Fri, 02 Jan 2026 03:04:05 GMT, 5"));
    }

    @Test
    void shouldNotLoseAHeaderThatTimesARetryForItsLength() {
        List<String> many = Collections.nCopies(1_000, "0");
        List<String> different = IntStream.range(0, 1_000).mapToObj(i -> "" + i).toList();

        assertThat(headersOf(Map.of("Retry-After", many))).isEqualTo(Map.of("retry-after", "0"));
        assertThat(headersOf(Map.of("Retry-After", different)))
                .hasEntrySatisfying(
                        "retry-after",
                        value -> assertThat(value)
                                .startsWith("0, 1, 2")
                                .hasSizeLessThanOrEqualTo(Limits.MAX_HEADER_CHARS));
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
        for (int priority : new int[] {-1, Limits.MAX_PRIORITY + 1}) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> job().priority(priority))
                    .withMessageContaining("priority");
        }
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
