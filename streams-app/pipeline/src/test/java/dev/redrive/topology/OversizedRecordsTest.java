package dev.redrive.topology;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.groups.Tuple.tuple;

import dev.redrive.avro.Outcome;
import dev.redrive.avro.RequestPayload;
import dev.redrive.avro.RetryRequest;
import dev.redrive.avro.ScheduledRetry;
import dev.redrive.config.ConfigLoader;
import dev.redrive.contract.HeaderNames;
import dev.redrive.contract.TopicNames;
import dev.redrive.domain.decide.RetryPolicy.Tier;
import dev.redrive.metrics.RedriveMetrics;
import dev.redrive.topology.FailureTopology.NodeNames;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.internal.AbstractRecords;
import org.apache.kafka.common.record.internal.CompressionType;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.streams.processor.api.MockProcessorContext;
import org.apache.kafka.streams.test.TestRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Records that no producer could write back as they are: each is accounted for, and the task goes on. */
class OversizedRecordsTest {

    /** The producer's max.request.size, and max.message.bytes of topics that hold inputs. */
    private static final int MAX_REQUEST_BYTES = 2 * 1024 * 1024;

    /** Kafka's own max.message.bytes. */
    private static final int SMALL_MAX_BYTES = 1_048_588;

    private final RedriveMetrics metrics = new RedriveMetrics(ConfigLoader.builtIn());
    private final TopicNames topics = TopicNames.standard();
    private PipelineHarness pipeline;

    @BeforeEach
    void open(@TempDir Path stateDir) {
        pipeline = new PipelineHarness(stateDir, Map.of(), metrics);
    }

    @AfterEach
    void close() {
        pipeline.close();
        metrics.close();
    }

    private void send(String topic, byte @Nullable [] key, byte @Nullable [] value, Headers headers) {
        pipeline.driver()
                .createInputTopic(topic, new ByteArraySerializer(), new ByteArraySerializer())
                .pipeInput(new TestRecord<>(key, value, headers, pipeline.now()));
    }

    private static Headers emptyHeaders(int count) {
        Header[] headers = new Header[count];
        for (int i = 0; i < count; i++) {
            headers[i] = new RecordHeader("", i % 2 == 0 ? new byte[0] : null);
        }
        return new RecordHeaders(headers);
    }

    private static String header(TestRecord<?, ?> record, String name) {
        return new String(record.headers().lastHeader(name).value(), UTF_8);
    }

    private static int size(TestRecord<byte[], byte[]> record) {
        return AbstractRecords.estimateSizeInBytesUpperBound(
                RecordBatch.CURRENT_MAGIC_VALUE,
                CompressionType.ZSTD,
                record.key(),
                record.value(),
                record.headers().toArray());
    }

    private TestRecord<byte[], byte[]> onlyQuarantined() {
        List<TestRecord<byte[], byte[]>> kept = pipeline.quarantine();
        assertThat(kept).hasSize(1);
        assertThat(size(kept.get(0))).isLessThanOrEqualTo(MAX_REQUEST_BYTES);
        return kept.get(0);
    }

    private void assertReported(String reason, TestRecord<byte[], byte[]> kept, String howMuch) {
        assertThat(header(kept, HeaderNames.QUARANTINE_REASON)).isEqualTo(reason);
        assertThat(header(kept, HeaderNames.QUARANTINE_KEPT)).isEqualTo(howMuch);
        assertThat(header(kept, HeaderNames.SOURCE_PARTITION)).isEqualTo("0");
        assertThat(header(kept, HeaderNames.SOURCE_OFFSET)).isEqualTo("0");
        assertThat(pipeline.outcomes().stream().map(PipelineHarness.Out::value))
                .extracting(Outcome::getOutcome, Outcome::getReason)
                .containsExactly(tuple("QUARANTINED", reason));
        assertThat(scraped()).contains("redrive_quarantine_reduced_total{kept=\"" + howMuch + "\"} 1");
    }

    private String scraped() {
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        try {
            metrics.scrape(text, RedriveMetrics.TEXT);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return text.toString(UTF_8);
    }

    private void assertGoesOn() {
        pipeline.publish(pipeline.failure("sound", "j", 1).build());
        pipeline.advance(Duration.ofSeconds(2));
        assertThat(pipeline.ready())
                .extracting(ready -> ready.value().getUserId())
                .containsExactly("sound");
    }

    @Test
    void shouldCutTheHeadersOfARecordWithAMillionEmptyOnes() {
        byte[] key = "u".getBytes(UTF_8);
        byte[] value = {9, 9, 9};

        send(topics.failures(), key, value, emptyHeaders(1_100_000));

        TestRecord<byte[], byte[]> kept = onlyQuarantined();
        assertThat(kept.key()).isEqualTo(key);
        assertThat(kept.value()).isEqualTo(value);
        assertReported("NO_MAGIC_BYTE", kept, "WITHOUT_HEADERS");
        assertThat(header(kept, HeaderNames.QUARANTINE_DIGEST)).contains("headers=1100000;headerBytes=2200004");
        assertGoesOn();
    }

    @Test
    void shouldCutAHeaderNameThatTakesMoreBytesThanCharacters() {
        send(topics.lifecycle(), "u".getBytes(UTF_8), null, new RecordHeaders().add("€".repeat(1_500_000), null));

        assertReported("NULL_VALUE", onlyQuarantined(), "WITHOUT_HEADERS");
        assertGoesOn();
    }

    @Test
    void shouldKeepADigestOfAKeyThatDoesNotFit() throws NoSuchAlgorithmException {
        byte[] key = new byte[MAX_REQUEST_BYTES - 10];

        send(topics.accounts(), key, new byte[] {9, 9, 9}, new RecordHeaders());

        TestRecord<byte[], byte[]> kept = onlyQuarantined();
        assertThat(kept.key()).isNull();
        assertThat(kept.value()).isNull();
        assertReported("NO_MAGIC_BYTE", kept, "DIGEST");
        String sha256 =
                HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(key));
        assertThat(header(kept, HeaderNames.QUARANTINE_DIGEST))
                .startsWith("keyBytes=" + key.length + ";keySha256=" + sha256 + ";valueBytes=3;");
        assertGoesOn();
    }

    @Test
    void shouldKeepADigestOfAKeyAndAValueThatFitOnlyEachForItself() {
        byte[] garbage = new byte[1_100_000];
        garbage[0] = 9;

        send(topics.commands(), new byte[1_100_000], garbage, new RecordHeaders());

        assertReported("NO_MAGIC_BYTE", onlyQuarantined(), "DIGEST");
        assertGoesOn();
    }

    @Test
    void shouldKeepHeadersWithoutValues() {
        send(topics.failures(), "u".getBytes(UTF_8), null, new RecordHeaders().add("empty", null));

        assertThat(onlyQuarantined().headers().lastHeader("empty").value()).isNull();
        assertThat(scraped()).contains("redrive_quarantine_reduced_total{kept=\"DIGEST\"} 0");
    }

    @Test
    void shouldBuryARetryWhoseKeyWouldNotFitBesideItsValue() {
        pipeline.publish(pipeline.failure("u", "j", 1)
                .setRequest(new RequestPayload("text/plain", ByteBuffer.allocate(10)))
                .build());
        String tier = firstTier();
        ScheduledRetry scheduled = pipeline.retries(tier).get(0).value();
        RetryRequest forged = RetryRequest.newBuilder(scheduled.getRetry())
                .setIdempotencyKey("k".repeat(1_100_000))
                .build();
        byte[] value = pipeline.bytes(
                ScheduledRetry.class,
                topics.retry(tier),
                ScheduledRetry.newBuilder(scheduled).setRetry(forged).build());
        pipeline.send(topics.retry(tier), "u", value);

        pipeline.advance(Duration.ofSeconds(2));

        for (String topic : List.of(topics.ready(), topics.quarantine(), topics.deadLetters())) {
            assertThat(pipeline.raw(topic))
                    .allSatisfy(record -> assertThat(size(record)).isLessThanOrEqualTo(MAX_REQUEST_BYTES));
        }
        assertGoesOn();
    }

    private String firstTier() {
        List<Tier> tiers = pipeline.config().retry().tierList();
        return tiers.get(0).name();
    }

    @Test
    void shouldLeaveOutAndCountAnOutputOfATimerThatItsTopicWouldRefuse() {
        MockProcessorContext<byte[], byte[]> context = new MockProcessorContext<>();
        Outbox outbox = new Outbox(context, 2_000_000, metrics::outputDropped);
        byte[] key = {1};

        outbox.offer(NodeNames.TO_USERS, key, new byte[SMALL_MAX_BYTES], 0);
        outbox.offer(NodeNames.TO_USERS, key, new byte[1_000], 0);
        outbox.offer(NodeNames.TO_ALERTS, new byte[SMALL_MAX_BYTES], new byte[1], 0);
        outbox.forward();

        assertThat(context.forwarded()).hasSize(1);
        assertThat(scraped()).contains("redrive_outputs_dropped_total 2");
    }

    @Test
    void shouldRefuseARecordThatOnlyItsHeadersMakeTooLarge() {
        Outbox outbox = new Outbox(new MockProcessorContext<>(), 2_000_000, metrics::outputDropped);
        Headers headers = new RecordHeaders().add("h", new byte[100_000]);

        assertThatThrownBy(() -> outbox.add(NodeNames.TO_READY, new byte[1], new byte[2_000_000], headers, 0))
                .isInstanceOf(Outbox.TooLargeException.class);
    }

    @Test
    void shouldMeasureRecordsAsTheProducerDoes() {
        Random random = new Random(7);
        List<Headers> headers = new ArrayList<>(List.of(new RecordHeaders(), emptyHeaders(300)));
        headers.add(new RecordHeaders().add("€𝄞\u0000é", new byte[200]).add("x".repeat(127), new byte[63]));
        for (int bytes : new int[] {0, 1, 63, 64, 8_191, 8_192, 1_048_575, 1_048_576}) {
            for (Headers some : headers) {
                byte[] value = new byte[bytes];
                random.nextBytes(value);

                TestRecord<byte[], byte[]> record = new TestRecord<>(value, value, some);
                assertThat(Outbox.bytes(value, value, some)).isEqualTo(size(record));
                assertThat(Outbox.bytes(null, value, some)).isEqualTo(size(new TestRecord<>(null, value, some)));
            }
        }
    }
}
