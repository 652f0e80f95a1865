package dev.redrive.topology;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.redrive.avro.RequestPayload;
import dev.redrive.avro.RetryRequest;
import dev.redrive.avro.ScheduledRetry;
import dev.redrive.codec.JobStateCodec;
import dev.redrive.codec.Origin.PayloadDigest;
import dev.redrive.contract.HeaderNames;
import dev.redrive.domain.lifecycle.JobState;
import dev.redrive.state.StoreNames;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.test.TestRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Records of delay topics that are not the retry that was scheduled, and retries whose schema no registry knows. */
class ForeignRetriesTest {

    private static final String TOPIC = "jobs.retry.10s";

    private PipelineHarness pipeline;

    @BeforeEach
    void open(@TempDir Path stateDir) {
        pipeline = new PipelineHarness(stateDir);
    }

    @AfterEach
    void close() {
        pipeline.close();
    }

    /** Publishes a failure, and gives its retry as it stands on the delay topic. */
    private TestRecord<byte[], byte[]> schedule(String job) {
        pipeline.publish(pipeline.failure("u", job, 1).build());
        return pipeline.raw(TOPIC).get(0);
    }

    private RetryRequest.Builder forged() {
        return RetryRequest.newBuilder()
                .setUserId("u")
                .setJobId("j")
                .setAttempt(2)
                .setService("music")
                .setOperation("music.song.generate")
                .setMethod("POST")
                .setRoute("/v1/music/songs")
                .setIdempotencyKey("key-u-j")
                .setDueAt(pipeline.now())
                .setFailureClass("TRANSIENT")
                .setFirstFailedAt(pipeline.now())
                .setFailedAt(pipeline.now());
    }

    private void send(RetryRequest retry) {
        pipeline.sendRaw(
                TOPIC,
                retry.getUserId().getBytes(UTF_8),
                pipeline.bytes(ScheduledRetry.class, TOPIC, new ScheduledRetry(retry, "10s", pipeline.now())));
    }

    private List<String> outcomes() {
        return pipeline.outcomes().stream()
                .map(PipelineHarness.Out::value)
                .map(outcome -> outcome.getInput() + " " + outcome.getOutcome() + " " + outcome.getReason())
                .toList();
    }

    private static String reason(TestRecord<byte[], byte[]> kept) {
        return new String(
                kept.headers().lastHeader(HeaderNames.QUARANTINE_REASON).value(), UTF_8);
    }

    static List<Arguments> forgeries() {
        return List.of(
                Arguments.of("route", (Consumer<RetryRequest.Builder>)
                        retry -> retry.setMethod("DELETE").setRoute("/forged")),
                Arguments.of("key", (Consumer<RetryRequest.Builder>) retry -> retry.setIdempotencyKey("other")),
                Arguments.of("request", (Consumer<RetryRequest.Builder>)
                        retry -> retry.setRequest(new RequestPayload("text/plain", ByteBuffer.wrap(new byte[] {1})))),
                Arguments.of("nothing but what cannot be seen", (Consumer<RetryRequest.Builder>) retry -> {}));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("forgeries")
    void shouldQuarantineAForgedRetryAndReleaseTheTrueOne(String name, Consumer<RetryRequest.Builder> forge) {
        schedule("j");
        RetryRequest.Builder forged = forged();
        forge.accept(forged);

        send(forged.build());
        pipeline.advance(Duration.ofSeconds(2));

        assertThat(pipeline.quarantine())
                .hasSize(1)
                .first()
                .satisfies(kept -> assertThat(reason(kept)).isEqualTo("DIFFERS_FROM_SCHEDULED"));
        assertThat(outcomes())
                .containsExactly(
                        "FAILURE SCHEDULED null", "RETRY QUARANTINED DIFFERS_FROM_SCHEDULED", "RETRY RELEASED null");
        assertThat(pipeline.ready()).hasSize(1).first().satisfies(ready -> {
            assertThat(ready.value().getRoute()).isEqualTo("/v1/music/songs");
            assertThat(ready.value().getRequest()).isNotNull();
        });
    }

    @Test
    void shouldTakeTheTrueRetryWhereverItComesFrom() {
        TestRecord<byte[], byte[]> written = schedule("j");
        emptyDueQueue();

        pipeline.sendRaw(TOPIC, written.key(), written.value());
        pipeline.advance(Duration.ofSeconds(2));

        assertThat(pipeline.ready()).hasSize(1);
    }

    @Test
    void shouldTellOfARetryThatMatchesNoJob() {
        TestRecord<byte[], byte[]> written = schedule("j");

        send(forged().setJobId("unknown").build());
        send(forged().setAttempt(5).build());
        pipeline.advance(Duration.ofSeconds(2));
        pipeline.sendRaw(TOPIC, written.key(), written.value());

        assertThat(outcomes())
                .containsExactly(
                        "FAILURE SCHEDULED null",
                        "RETRY STALE NOT_SCHEDULED",
                        "RETRY STALE OTHER_ATTEMPT_PENDING",
                        "RETRY RELEASED null",
                        "RETRY STALE NOT_PENDING");
        assertThat(pipeline.ready()).hasSize(1);
    }

    @Test
    void shouldTakeARetryWhoseSchemaTheRegistryDoesNotKnowAnyMore() {
        pipeline.publish(pipeline.failure("u", "j", 1).build());
        TestRecord<byte[], byte[]> written = pipeline.raw(TOPIC).get(0);
        byte[] unknown = unknownToTheRegistry(written.value());
        emptyDueQueue();
        rewriteJobs(state -> ((JobState.Scheduled) state).writtenAs(PayloadDigest.of(unknown)));

        pipeline.sendRaw(TOPIC, written.key(), unknown);
        pipeline.advance(Duration.ofSeconds(2));

        assertThat(pipeline.quarantine()).isEmpty();
        assertThat(pipeline.ready())
                .hasSize(1)
                .first()
                .satisfies(ready -> assertThat(ready.value().getRoute()).isEqualTo("/v1/music/songs"));
    }

    @Test
    void shouldHoldPayloadsThatNeedNoRegistry() {
        schedule("j");

        dueQueue().forEach(entry -> {
            assertThat(entry.value[0]).isEqualTo((byte) 0xC3);
            assertThat(entry.value[1]).isEqualTo((byte) 1);
        });
    }

    @Test
    void shouldReleaseWhatAFormerVersionHasStoredInTheWireFormat() {
        TestRecord<byte[], byte[]> known = schedule("j");
        rewriteDueQueue(known.value());
        rewriteJobs(state -> ((JobState.Scheduled) state).writtenAs(JobState.Scheduled.NO_DIGEST));
        pipeline.restart();

        pipeline.advance(Duration.ofSeconds(2));

        assertThat(pipeline.ready()).hasSize(1);
    }

    @Test
    void shouldReleaseWhatAFormerVersionHasStoredThoughTheRegistryForgotItsSchema() {
        TestRecord<byte[], byte[]> known = schedule("j");
        rewriteDueQueue(unknownToTheRegistry(known.value()));

        pipeline.advance(Duration.ofSeconds(2));

        assertThat(pipeline.quarantine()).isEmpty();
        assertThat(pipeline.ready()).hasSize(1);
    }

    @Test
    void shouldCompareTheKeyOfARetryThatAFormerVersionScheduled() {
        TestRecord<byte[], byte[]> written = schedule("j");
        emptyDueQueue();
        rewriteJobs(state -> ((JobState.Scheduled) state).writtenAs(JobState.Scheduled.NO_DIGEST));

        send(forged().setIdempotencyKey("other").build());
        pipeline.sendRaw(TOPIC, written.key(), written.value());
        pipeline.advance(Duration.ofSeconds(2));

        assertThat(pipeline.quarantine())
                .extracting(ForeignRetriesTest::reason)
                .containsExactly("DIFFERS_FROM_SCHEDULED");
        assertThat(pipeline.ready()).hasSize(1);
    }

    @Test
    void shouldRedriveAKeptFailureThoughTheRegistryForgotItsSchema(@TempDir Path other) {
        pipeline.close();
        pipeline = new PipelineHarness(other, Map.of("REDRIVE_QUOTA__REDRIVE_ON_RESET", "true"));
        pipeline.publish(pipeline.failure("u", "j", 1).setHttpStatus(402).build());

        KeyValueStore<Bytes, byte[]> spent = pipeline.driver().getKeyValueStore(StoreNames.SPENT);
        List<byte[]> kept = new ArrayList<>();
        try (var entries = spent.all()) {
            entries.forEachRemaining(entry -> kept.add(entry.value));
        }
        assertThat(kept).anySatisfy(value -> {
            assertThat(value.length).isGreaterThan(Long.BYTES + 2);
            assertThat(value[Long.BYTES]).isEqualTo((byte) 0xC3);
            assertThat(value[Long.BYTES + 1]).isEqualTo((byte) 1);
        });
    }

    private static byte[] unknownToTheRegistry(byte[] wire) {
        byte[] unknown = wire.clone();
        ByteBuffer.wrap(unknown).putInt(1, 987_654);
        return unknown;
    }

    private List<KeyValue<Bytes, byte[]>> dueQueue() {
        KeyValueStore<Bytes, byte[]> due = pipeline.driver().getKeyValueStore(StoreNames.DUE);
        List<KeyValue<Bytes, byte[]>> all = new ArrayList<>();
        try (var entries = due.all()) {
            entries.forEachRemaining(all::add);
        }
        assertThat(all).hasSize(1);
        return all;
    }

    private void emptyDueQueue() {
        rewriteDueQueue(null);
    }

    private void rewriteDueQueue(byte @Nullable [] payload) {
        KeyValueStore<Bytes, byte[]> due = pipeline.driver().getKeyValueStore(StoreNames.DUE);
        dueQueue().forEach(entry -> due.put(entry.key, payload));
    }

    private void rewriteJobs(UnaryOperator<JobState> change) {
        KeyValueStore<Bytes, byte[]> jobs = pipeline.driver().getKeyValueStore(StoreNames.JOBS);
        List<KeyValue<Bytes, byte[]>> all = new ArrayList<>();
        try (var entries = jobs.all()) {
            entries.forEachRemaining(all::add);
        }
        all.forEach(
                entry -> jobs.put(entry.key, JobStateCodec.encode(change.apply(JobStateCodec.decode(entry.value)))));
    }
}
