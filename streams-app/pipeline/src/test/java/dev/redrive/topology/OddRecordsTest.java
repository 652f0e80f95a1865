package dev.redrive.topology;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.redrive.avro.Command;
import dev.redrive.avro.CommandKind;
import dev.redrive.avro.JobFailure;
import dev.redrive.avro.Outcome;
import dev.redrive.avro.RequestPayload;
import dev.redrive.contract.HeaderNames;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.streams.test.TestRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OddRecordsTest {

    private static final int MAX_RECORD = 16 * 1024;
    private static final int MAX_OUTPUT = 80 * 1024;
    private static final String TRACE =
            "00-" + "0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01" + "x".repeat(190);

    private PipelineHarness pipeline;

    @BeforeEach
    void open(@TempDir Path stateDir) {
        pipeline = new PipelineHarness(
                stateDir,
                Map.of(
                        "REDRIVE_LIMITS__MAX_RECORD_BYTES",
                        Integer.toString(MAX_RECORD),
                        "REDRIVE_LIMITS__MAX_OUTPUT_BYTES",
                        Integer.toString(MAX_OUTPUT)));
    }

    @AfterEach
    void close() {
        pipeline.close();
    }

    private void send(String topic, byte[] value, Headers headers) {
        pipeline.driver()
                .createInputTopic(topic, new ByteArraySerializer(), new ByteArraySerializer())
                .pipeInput(new TestRecord<>("u".getBytes(UTF_8), value, headers, pipeline.now()));
    }

    private static Headers traced() {
        return new RecordHeaders().add(HeaderNames.TRACEPARENT, TRACE.getBytes(UTF_8));
    }

    private byte[] bytes(JobFailure failure) {
        return pipeline.bytes(JobFailure.class, "jobs.failures", failure);
    }

    private JobFailure failure(String job, int status, int requestBytes) {
        return pipeline.failure("u", job, 1)
                .setHttpStatus(status)
                .setRequest(new RequestPayload("text/plain", ByteBuffer.allocate(requestBytes)))
                .build();
    }

    private byte[] redrive(String id, JobFailure failure) {
        return pipeline.bytes(
                Command.class,
                "jobs.commands",
                Command.newBuilder()
                        .setCommandId(id)
                        .setKind(CommandKind.REDRIVE)
                        .setUserId("u")
                        .setJobId(failure.getJobId())
                        .setDeadLetter(failure)
                        .setIssuedAt(pipeline.now())
                        .build());
    }

    private List<String> outcomes() {
        return pipeline.outcomes().stream()
                .map(PipelineHarness.Out::value)
                .map(Outcome::getOutcome)
                .toList();
    }

    private static String header(TestRecord<?, ?> record, String name) {
        return new String(record.headers().lastHeader(name).value(), UTF_8);
    }

    @Test
    void shouldQuarantineWhatWouldBecomeTooLargeAndLeaveEverythingElseAsItWas() {
        send("jobs.failures", bytes(failure("j", 400, 1)), new RecordHeaders());
        byte[] tooLarge = redrive("large", failure("j", 400, MAX_OUTPUT - 250));
        assertThat(tooLarge.length).isLessThanOrEqualTo(MAX_OUTPUT);

        send("jobs.commands", tooLarge, traced());

        List<TestRecord<byte[], byte[]>> kept = pipeline.quarantine();
        assertThat(kept).hasSize(1);
        assertThat(header(kept.get(0), HeaderNames.QUARANTINE_REASON)).isEqualTo("OUTPUT_TOO_LARGE");
        assertThat(outcomes()).containsExactly("DEAD_LETTERED", "QUARANTINED");
        assertThat(pipeline.retries("10s")).isEmpty();

        send("jobs.commands", redrive("small", failure("j", 400, 1)), new RecordHeaders());
        assertThat(outcomes()).containsExactly("SCHEDULED");
        pipeline.advance(Duration.ofMillis(100));
        assertThat(pipeline.ready()).hasSize(1);
    }

    @Test
    void shouldKeepTheWholeRecordInQuarantineOnlyWhenItCanBeWritten() {
        byte[] large = new byte[MAX_OUTPUT - 100];
        byte[] huge = new byte[MAX_OUTPUT + 1];
        Headers own = new RecordHeaders().add("own", "header".getBytes(UTF_8));
        send("jobs.failures", large, own);
        send("jobs.failures", huge, own);

        List<TestRecord<byte[], byte[]>> kept = pipeline.quarantine();
        assertThat(kept).hasSize(2);
        assertThat(Arrays.equals(kept.get(0).value(), large)).isTrue();
        assertThat(header(kept.get(0), "own")).isEqualTo("header");
        assertThat(kept.get(1).value()).isNull();
        assertThat(kept.get(1).headers().lastHeader("own")).isNull();
        assertThat(header(kept.get(1), HeaderNames.SOURCE_TOPIC)).isEqualTo("jobs.failures");
        assertThat(header(kept.get(1), HeaderNames.SOURCE_OFFSET)).isEqualTo("1");
        assertThat(header(kept.get(1), HeaderNames.ERROR_MESSAGE)).contains("not kept");
        assertThat(outcomes()).containsExactly("QUARANTINED", "QUARANTINED");
    }

    @Test
    void shouldReleaseAJobOfTheGreatestSizeThoughItsRetryIsLarger() {
        byte[] largest = bytes(failure("j", 503, MAX_RECORD - 120));
        assertThat(largest.length).isLessThanOrEqualTo(MAX_RECORD);

        send("jobs.failures", largest, traced());
        pipeline.advance(Duration.ofSeconds(2));

        assertThat(pipeline.raw("jobs.retry.10s").get(0).value().length).isGreaterThan(MAX_RECORD);
        assertThat(outcomes()).containsExactly("SCHEDULED", "RELEASED");
        assertThat(pipeline.ready()).hasSize(1);
    }

    @Test
    void shouldCarryTheTraceFromTheFailureToTheRetry() {
        send("jobs.failures", bytes(failure("j", 503, 1)), traced());
        pipeline.advance(Duration.ofSeconds(2));

        assertThat(header(pipeline.raw("jobs.retry.10s").get(0), HeaderNames.TRACEPARENT))
                .isEqualTo(TRACE);
        TestRecord<byte[], byte[]> ready = pipeline.raw("jobs.retry.ready").get(0);
        assertThat(header(ready, HeaderNames.TRACEPARENT)).isEqualTo(TRACE);
        assertThat(ready.headers().toArray()).hasSize(3);
    }

    @Test
    void shouldLetNoFailureFromBefore2000HideOtherRetries() {
        send("jobs.failures", bytes(failure("j", 503, 1)), new RecordHeaders());
        send(
                "jobs.failures",
                bytes(JobFailure.newBuilder(failure("odd", 503, 1))
                        .setFailedAt(java.time.Instant.parse("0001-01-01T00:00:00Z"))
                        .build()),
                new RecordHeaders());
        pipeline.advance(Duration.ofSeconds(2));

        assertThat(pipeline.ready())
                .extracting(ready -> ready.value().getJobId())
                .containsExactly("j");
        assertThat(pipeline.quarantine()).hasSize(1);
    }
}
