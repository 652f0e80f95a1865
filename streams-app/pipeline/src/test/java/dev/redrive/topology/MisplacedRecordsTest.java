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
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.streams.test.TestRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Records in another partition than their key's. The driver has partition 0 only, and reads there again what is appended to
 * an input topic.
 */
class MisplacedRecordsTest {

    private static final int PARTITIONS = 6;
    private static final String HERE = user(partition -> partition == 0);
    private static final String ELSEWHERE = user(partition -> partition != 0);

    private PipelineHarness pipeline;

    @BeforeEach
    void open(@TempDir Path stateDir) {
        pipeline = new PipelineHarness(
                stateDir,
                Map.of(
                        "REDRIVE_TOPICS__PARTITIONS",
                        Integer.toString(PARTITIONS),
                        "REDRIVE_LIMITS__MAX_RECORD_BYTES",
                        "16384"));
    }

    @AfterEach
    void close() {
        pipeline.close();
    }

    private static String user(IntPredicate partition) {
        return IntStream.iterate(0, i -> i + 1)
                .mapToObj(i -> "user-" + i)
                .filter(user -> partition.test(Forwarder.partition(user.getBytes(UTF_8), PARTITIONS)))
                .findFirst()
                .orElseThrow();
    }

    private void send(String topic, String key, byte[] value, Headers headers, Instant at) {
        pipeline.driver()
                .createInputTopic(topic, new ByteArraySerializer(), new ByteArraySerializer())
                .pipeInput(new TestRecord<>(key.getBytes(UTF_8), value, headers, at));
    }

    private byte[] failure(String user, int requestBytes) {
        return pipeline.bytes(
                JobFailure.class,
                "jobs.failures",
                pipeline.failure(user, "j", 1)
                        .setRequest(new RequestPayload("text/plain", ByteBuffer.allocate(requestBytes)))
                        .build());
    }

    private static String header(TestRecord<?, ?> record, String name) {
        return new String(record.headers().lastHeader(name).value(), UTF_8);
    }

    private List<Outcome> outcomes() {
        return pipeline.outcomes().stream().map(PipelineHarness.Out::value).toList();
    }

    @Test
    void shouldForwardAMisplacedRecordAsItIsAndNameItInTheLedger() {
        byte[] value = failure(ELSEWHERE, 10);
        Instant at = pipeline.now().minusSeconds(5);

        send("jobs.failures", ELSEWHERE, value, new RecordHeaders().add("own", "header".getBytes(UTF_8)), at);

        List<TestRecord<byte[], byte[]>> forwarded = pipeline.raw("jobs.failures");
        assertThat(forwarded).hasSize(1);
        assertThat(forwarded.get(0).key()).isEqualTo(ELSEWHERE.getBytes(UTF_8));
        assertThat(forwarded.get(0).value()).isEqualTo(value);
        assertThat(forwarded.get(0).getRecordTime()).isEqualTo(at);
        assertThat(header(forwarded.get(0), "own")).isEqualTo("header");
        assertThat(header(forwarded.get(0), HeaderNames.FORWARDED_FROM)).isEqualTo("0-0");
        assertThat(outcomes().get(0)).satisfies(outcome -> {
            assertThat(outcome.getInput()).isEqualTo("FAILURE");
            assertThat(outcome.getOutcome()).isEqualTo("FORWARDED");
            assertThat(outcome.getReason()).isEqualTo("WRONG_PARTITION");
            assertThat(outcome.getUserId()).isEqualTo(ELSEWHERE);
            assertThat(outcome.getSourceTopic()).isEqualTo("jobs.failures");
            assertThat(outcome.getSourcePartition()).isZero();
            assertThat(outcome.getSourceOffset()).isZero();
        });
    }

    @Test
    void shouldForwardEveryKindOfInput() {
        for (String topic : List.of("jobs.failures", "jobs.lifecycle", "jobs.accounts", "jobs.commands")) {
            send(topic, ELSEWHERE, new byte[] {1}, new RecordHeaders(), pipeline.now());

            assertThat(pipeline.raw(topic)).as(topic).hasSize(1);
        }
        assertThat(outcomes())
                .filteredOn(outcome -> outcome.getOutcome().equals("FORWARDED"))
                .extracting(Outcome::getInput)
                .containsExactly("FAILURE", "LIFECYCLE", "ACCOUNT", "COMMAND");
    }

    @Test
    void shouldForwardARecordOnceOnly() {
        send("jobs.failures", ELSEWHERE, failure(ELSEWHERE, 10), new RecordHeaders(), pipeline.now());

        assertThat(pipeline.raw("jobs.failures")).hasSize(1);
        assertThat(pipeline.quarantine())
                .hasSize(1)
                .first()
                .satisfies(kept ->
                        assertThat(header(kept, HeaderNames.QUARANTINE_REASON)).isEqualTo("WRONG_PARTITION"));
        assertThat(outcomes()).extracting(Outcome::getOutcome).containsExactly("FORWARDED", "QUARANTINED");
    }

    @Test
    void shouldTakeWhatStandsRightThoughItWasForwarded() {
        Headers forwarded = new RecordHeaders().add(HeaderNames.FORWARDED_FROM, "3-17".getBytes(UTF_8));

        send("jobs.failures", HERE, failure(HERE, 10), forwarded, pipeline.now());
        pipeline.advance(Duration.ofSeconds(2));

        assertThat(outcomes()).extracting(Outcome::getOutcome).containsExactly("SCHEDULED", "RELEASED");
        assertThat(pipeline.raw("jobs.retry.ready").get(0).headers().toArray()).hasSize(2);
    }

    @Test
    void shouldQuarantineWhatIsTooLargeToBeForwardedWithTheRemedy() {
        int fits = 16_384 - failure(ELSEWHERE, 16_000).length + 16_000;

        send("jobs.failures", ELSEWHERE, failure(ELSEWHERE, fits), new RecordHeaders(), pipeline.now());

        assertThat(pipeline.raw("jobs.failures")).isEmpty();
        TestRecord<byte[], byte[]> kept = pipeline.quarantine().get(0);
        assertThat(header(kept, HeaderNames.QUARANTINE_REASON)).isEqualTo("WRONG_PARTITION");
        assertThat(header(kept, HeaderNames.ERROR_MESSAGE)).contains("partitioner=murmur2_random");
        assertThat(kept.value()).isEqualTo(failure(ELSEWHERE, fits));
        assertThat(outcomes()).extracting(Outcome::getReason).containsExactly("WRONG_PARTITION");
    }

    @Test
    void shouldLeaveToTheReaderWhatNoPartitionCouldTake() {
        pipeline.sendRaw("jobs.failures", ELSEWHERE.getBytes(UTF_8), null);
        pipeline.sendRaw("jobs.failures", null, failure(ELSEWHERE, 10));
        pipeline.sendRaw("jobs.failures", ELSEWHERE.getBytes(UTF_8), new byte[16_385]);

        assertThat(pipeline.quarantine())
                .extracting(kept -> header(kept, HeaderNames.QUARANTINE_REASON))
                .containsExactly("NULL_VALUE", "KEY_MISSING", "TOO_LARGE");
    }

    @Test
    void shouldTakeCommandsAboutAllUsersInEveryPartition() {
        pipeline.publish(Command.newBuilder()
                .setCommandId("all")
                .setKind(CommandKind.CANCEL)
                .setUserId("")
                .setOperation("music.song.generate")
                .setIssuedAt(pipeline.now())
                .build());
        pipeline.advance(Duration.ofSeconds(1));

        assertThat(pipeline.raw("jobs.commands")).isEmpty();
        assertThat(outcomes()).extracting(Outcome::getOutcome).containsExactly("APPLIED");
    }
}
