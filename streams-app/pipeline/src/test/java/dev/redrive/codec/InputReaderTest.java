package dev.redrive.codec;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.redrive.avro.AccountChange;
import dev.redrive.avro.AccountChangeKind;
import dev.redrive.avro.Command;
import dev.redrive.avro.CommandKind;
import dev.redrive.avro.FailureCause;
import dev.redrive.avro.JobFailure;
import dev.redrive.avro.JobLifecycle;
import dev.redrive.avro.LifecycleStage;
import dev.redrive.avro.RequestPayload;
import dev.redrive.avro.RetryRequest;
import dev.redrive.avro.ScheduledRetry;
import dev.redrive.codec.InputReader.Decoded;
import dev.redrive.codec.InputReader.Decoded.Read;
import dev.redrive.codec.InputReader.Decoded.Unreadable;
import dev.redrive.config.ConfigLoader;
import dev.redrive.config.RedriveConfig;
import dev.redrive.domain.decide.Decider.Progress;
import dev.redrive.domain.decide.RetryHint;
import dev.redrive.domain.event.Input.JobFailed;
import dev.redrive.domain.event.Input.JobMoved;
import dev.redrive.publish.Limits;
import dev.redrive.serde.AvroSerdes;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.avro.specific.SpecificRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class InputReaderTest {

    private static final Instant NOW = Instant.parse("2026-11-22T12:00:00Z");
    private static final int MAX_INPUT = 2_000;
    private static final int MAX_EMBEDDING = 3_000;
    private static final RedriveConfig CONFIG = ConfigLoader.load(null, Map.of());

    private final Map<String, Object> registry = Map.of("schema.registry.url", "mock://input-reader");
    private final InputReader reader = new InputReader(
            registry,
            new DomainMapper(CONFIG.profiles(), new EnvelopeReader(CONFIG.profiles(), 65_536)),
            MAX_INPUT,
            MAX_EMBEDDING);

    private static JobFailure.Builder failure(int requestBytes) {
        return JobFailure.newBuilder()
                .setUserId("u")
                .setJobId("j")
                .setAttempt(1)
                .setService("music")
                .setOperation("song")
                .setCause(FailureCause.RESPONSE)
                .setHttpStatus(503)
                .setRequest(new RequestPayload("text/plain", ByteBuffer.allocate(requestBytes)))
                .setFailedAt(NOW);
    }

    private <T extends SpecificRecord> byte[] bytes(Class<T> type, T record) {
        try (var serializer = AvroSerdes.serializer(type, registry)) {
            return serializer.serialize("t", record);
        }
    }

    private Decoded read(JobFailure failure) {
        return reader.failure("t", failure.getUserId().getBytes(UTF_8), bytes(JobFailure.class, failure), NOW);
    }

    private static String message(Decoded decoded) {
        return decoded instanceof Unreadable unreadable ? unreadable.message() : "READ";
    }

    private static String reason(Decoded decoded) {
        return decoded instanceof Unreadable unreadable ? unreadable.reason() : "READ";
    }

    @Test
    void shouldRefuseAFailureBeyondTheLimitOfInputs() {
        assertThat(reason(read(failure(1_000).build()))).isEqualTo("READ");
        assertThat(reason(read(failure(MAX_INPUT).build()))).isEqualTo("TOO_LARGE");
    }

    @Test
    void shouldTakeARetryAndACommandThatHoldAnInputOfTheGreatestSize() {
        JobFailure largest = failure(MAX_INPUT - 60).build();
        Command command = Command.newBuilder()
                .setCommandId("c")
                .setKind(CommandKind.REDRIVE)
                .setUserId("u")
                .setJobId("j")
                .setDeadLetter(largest)
                .setIssuedAt(NOW)
                .build();
        byte[] bytes = bytes(Command.class, command);
        assertThat(bytes).hasSizeGreaterThan(MAX_INPUT);
        assertThat(reason(reader.command("t", "u".getBytes(UTF_8), bytes, NOW))).isEqualTo("READ");

        byte[] retry = retry("u", "j", MAX_INPUT);
        assertThat(retry).hasSizeGreaterThan(MAX_INPUT);
        assertThat(reason(reader.retry("t", "u".getBytes(UTF_8), retry, -1, arrived -> false)))
                .isEqualTo("READ");
        assertThat(reason(reader.retry("t", "u".getBytes(UTF_8), retry("u", "j", MAX_EMBEDDING), -1, arrived -> false)))
                .isEqualTo("TOO_LARGE");
    }

    private byte[] retry(String user, String job, int requestBytes) {
        RetryRequest retry = new RetryRequest(
                user,
                job,
                2,
                "music",
                "song",
                "POST",
                "",
                "key",
                0,
                new RequestPayload("text/plain", ByteBuffer.allocate(requestBytes)),
                NOW,
                "TRANSIENT",
                null,
                503,
                NOW,
                NOW,
                null,
                null,
                null,
                Map.of(),
                null,
                null,
                0);
        return bytes(ScheduledRetry.class, new ScheduledRetry(retry, "10s", NOW));
    }

    @Test
    void shouldQuarantineARetryWithoutIdsInsteadOfFailing() {
        assertThat(reason(reader.retry("t", "u".getBytes(UTF_8), retry("u", "", 1), -1, arrived -> false)))
                .isEqualTo("INVALID_FIELD");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "0001-01-01T00:00:00Z",
                "1969-12-31T23:59:59.999Z",
                "1970-01-21T18:51:07Z",
                "1999-12-31T23:59:59.999Z"
            })
    void shouldRefuseTimesBefore2000AndNameTheUnit(Instant at) {
        assertThat(message(read(failure(1).setFailedAt(at).build())))
                .startsWith("failedAt ")
                .contains("milliseconds since 1970, not seconds");
        assertThat(message(read(failure(1).setDeadline(at).build()))).startsWith("deadline ");
        assertThat(message(account(AccountChange.newBuilder().setAt(at)))).startsWith("at ");
        assertThat(message(account(AccountChange.newBuilder().setAt(NOW).setAllowanceResetAt(at))))
                .startsWith("allowanceResetAt ");
        JobLifecycle event = JobLifecycle.newBuilder()
                .setUserId("u")
                .setJobId("j")
                .setStage(LifecycleStage.STARTED)
                .setService("music")
                .setOperation("song")
                .setAt(at)
                .build();
        assertThat(reason(reader.lifecycle("t", "u".getBytes(UTF_8), bytes(JobLifecycle.class, event), NOW)))
                .isEqualTo("INVALID_FIELD");
        Command command = Command.newBuilder()
                .setCommandId("c")
                .setKind(CommandKind.REDRIVE)
                .setUserId("u")
                .setJobId("j")
                .setDeadLetter(failure(1).setFailedAt(at).build())
                .setIssuedAt(NOW)
                .build();
        assertThat(message(command(command))).startsWith("failedAt ");
        assertThat(message(command(Command.newBuilder(command)
                        .setDeadLetter(null)
                        .setIssuedAt(at)
                        .build())))
                .startsWith("issuedAt ");
    }

    private Decoded account(AccountChange.Builder change) {
        AccountChange record = change.setUserId("u")
                .setChange(AccountChangeKind.ALLOWANCE_RESET)
                .build();
        return reader.account("t", "u".getBytes(UTF_8), bytes(AccountChange.class, record), NOW);
    }

    private Decoded command(Command command) {
        return reader.command("t", "u".getBytes(UTF_8), bytes(Command.class, command), NOW);
    }

    @Test
    void shouldTakeTimesAheadOfTheClockAsNow() {
        Read read = (Read) read(failure(1).setFailedAt(NOW.plusSeconds(1)).build());

        assertThat(((JobFailed) read.input()).failedAt()).isEqualTo(NOW);
    }

    @Test
    void shouldRefuseIdsThatAreNotUtf8SoThatNoTwoJobsShareBytes() {
        byte[] good = bytes(JobFailure.class, failure(1).setJobId("~~~").build());
        byte[] surrogate = good.clone();
        int at = new String(good, java.nio.charset.StandardCharsets.ISO_8859_1).indexOf("~~~");
        surrogate[at] = (byte) 0xED;
        surrogate[at + 1] = (byte) 0xA0;
        surrogate[at + 2] = (byte) 0x80;

        assertThat(reason(reader.failure("t", "u".getBytes(UTF_8), good, NOW))).isEqualTo("READ");
        assertThat(reader.failure("t", "u".getBytes(UTF_8), surrogate, NOW)).isInstanceOf(Unreadable.class);
    }

    @Test
    void shouldRefuseFieldsBeyondTheirLimits() {
        String longId = "x".repeat(DomainMapper.MAX_ID_CHARS + 1);

        assertThat(reason(read(failure(1).setJobId(longId).build()))).isEqualTo("INVALID_FIELD");
        assertThat(reason(read(failure(1).setJobId("").build()))).isEqualTo("INVALID_FIELD");
        assertThat(reason(read(failure(1).setAttempt(-1).build()))).isEqualTo("INVALID_FIELD");
        assertThat(reason(read(failure(1).setHttpStatus(99).build()))).isEqualTo("INVALID_FIELD");
        AccountChange change = AccountChange.newBuilder()
                .setUserId("u")
                .setChange(AccountChangeKind.PLAN_CHANGED)
                .setPlan(longId)
                .setAt(NOW)
                .build();
        assertThat(reason(reader.account("t", "u".getBytes(UTF_8), bytes(AccountChange.class, change), NOW)))
                .isEqualTo("INVALID_FIELD");
    }

    @Test
    void shouldJoinHeadersWhoseNamesDifferInCaseOnly() {
        Read read = (Read) read(failure(1)
                .setResponseHeaders(Map.of("Retry-After", "30", "retry-after", "1", "RETRY-AFTER", "2"))
                .build());

        JobFailed failure = (JobFailed) read.input();
        assertThat(failure.responseHeaders()).isEqualTo(Map.of("retry-after", "2, 30, 1"));
        assertThat(CONFIG.decider().explain(failure, Progress.NONE, null, NOW).hint())
                .isEqualTo(new RetryHint.Wait(Duration.ofSeconds(30)));
    }

    private static String refusal(Decoded decoded) {
        return decoded instanceof Unreadable unreadable ? unreadable.message() : "READ";
    }

    private Decoded read(AccountChange.Builder change) {
        AccountChange complete = change.setUserId("u").setAt(NOW).build();
        return reader.account("t", "u".getBytes(UTF_8), bytes(AccountChange.class, complete), NOW);
    }

    private static Map<String, String> labels(int count, String value) {
        return IntStream.range(0, count).boxed().collect(Collectors.toMap(i -> "label-" + i, i -> value));
    }

    @Test
    void shouldNameTheFieldOfAFailureThatHoldsWhatItMayNot() {
        String tooLong = "x".repeat(DomainMapper.MAX_NAME_CHARS + 1);
        Instant never = Instant.ofEpochMilli(Long.MAX_VALUE);

        assertThat(refusal(read(failure(1).setMaxAttempts(-1).build()))).contains("maxAttempts takes 1 or more");
        assertThat(refusal(read(failure(1).setMaxAttempts(0).build()))).contains("maxAttempts takes 1 or more");
        assertThat(refusal(read(failure(1).setDeadline(never).build()))).contains("deadline must not be after");
        assertThat(refusal(read(failure(1).setBatchId(tooLong).build()))).contains("batchId takes at most 256");
        assertThat(refusal(read(failure(1).setLabels(labels(17, "x")).build()))).contains("labels takes at most 16");
        assertThat(refusal(read(failure(1).setLabels(labels(1, tooLong)).build())))
                .contains("a label's value takes at most 256");
        assertThat(refusal(read(failure(1).setLabels(Map.of(tooLong, "x")).build())))
                .contains("a label's key takes at most 256");
        assertThat(refusal(read(failure(1)
                        .setMaxAttempts(1)
                        .setDeadline(Limits.LAST_INSTANT)
                        .setLabels(labels(16, "x"))
                        .build())))
                .isEqualTo("READ");
    }

    @Test
    void shouldNameTheFieldOfAnAccountChangeThatHoldsWhatItMayNot() {
        assertThat(refusal(read(limits().setConcurrencyLimit(0)))).contains("concurrencyLimit takes 1 or more, not 0");
        assertThat(refusal(read(limits().setConcurrencyLimit(-1)))).contains("concurrencyLimit takes 1 or more");
        assertThat(refusal(read(limits().setAllowanceRemaining(-1L)))).contains("allowanceRemaining takes 0 or more");
        assertThat(refusal(read(limits().setAllowanceResetAt(Instant.ofEpochMilli(Long.MAX_VALUE)))))
                .contains("allowanceResetAt must not be after");
        assertThat(refusal(read(limits().setConcurrencyLimit(1)
                        .setAllowanceRemaining(0L)
                        .setAllowanceResetAt(Limits.LAST_INSTANT))))
                .isEqualTo("READ");
    }

    private static AccountChange.Builder limits() {
        return AccountChange.newBuilder().setChange(AccountChangeKind.LIMITS_CHANGED);
    }

    @Test
    void shouldReadALifecycleEventOfAnUnknownAttempt() {
        JobLifecycle event = JobLifecycle.newBuilder()
                .setUserId("u")
                .setJobId("j")
                .setStage(LifecycleStage.SUBMITTED)
                .setService("music")
                .setOperation("song")
                .setAt(NOW)
                .build();
        Read read = (Read) reader.lifecycle("t", "u".getBytes(UTF_8), bytes(JobLifecycle.class, event), NOW);

        assertThat(read.input())
                .isInstanceOfSatisfying(
                        JobMoved.class, moved -> assertThat(moved.attempt()).isZero());
    }
}
