package dev.redrive.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.redrive.avro.Outcome;
import dev.redrive.contract.TopicNames;
import dev.redrive.runtime.Topic;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.LongStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class TailCommandTest {

    private static final Connection CONNECTION =
            new Connection("127.0.0.1:1", "mock://cli-test", TopicNames.standard(), Map.of(), Map.of(), false);

    private final FakePipeline pipeline = new FakePipeline();
    private final TestTerminal terminal = TestTerminal.withInput("");

    @Test
    void shouldShowDecodedRecordsAsJsonLines() {
        pipeline.topics(1, "jobs.outcomes");
        records(record("jobs.outcomes", 0, "u1", outcome("u1")));

        int code = terminal.run(pipeline, "tail", "outcomes", "--from-beginning", "--max", "1");

        assertThat(terminal.err()).isEmpty();
        assertThat(code).isZero();
        assertThat(terminal.outLines())
                .containsExactly("{\"topic\":\"jobs.outcomes\",\"partition\":0,\"offset\":0,"
                        + "\"timestamp\":\"2026-11-22T12:00:00.000Z\",\"key\":\"u1\","
                        + "\"headers\":{\"retry-attempt\":\"2\",\"raw\":{\"base64\":\"/w==\"}},"
                        + "\"value\":{\"userId\":\"u1\",\"jobId\":null,\"attempt\":1,\"input\":\"FAILURE\","
                        + "\"outcome\":\"SCHEDULED\",\"reason\":null,\"failureClass\":null,\"code\":null,\"ruleId\":null,"
                        + "\"rulesVersion\":null,\"charged\":null,\"chargedAttempts\":null,"
                        + "\"dueAt\":\"2026-11-22T12:00:01.500Z\",\"tier\":null,\"commandId\":null,"
                        + "\"at\":\"2026-11-22T12:00:00.000Z\",\"sourceTopic\":null,\"sourcePartition\":null,"
                        + "\"sourceOffset\":null,\"jobs\":null,\"detail\":null,"
                        + "\"service\":null,\"operation\":null,\"batchId\":null,\"redriveId\":null,"
                        + "\"deadLetterId\":null,\"due\":null,\"explanation\":null}}");
        assertThat(pipeline.consumer.closed()).isTrue();
    }

    @Test
    void shouldShowOnlyNewRecordsUnlessAskedForAll() {
        pipeline.topics(5, "jobs.outcomes");
        pipeline.consumer.schedulePollTask(() -> LongStream.range(3, 7)
                .forEach(offset -> pipeline.consumer.addRecord(record("jobs.outcomes", offset, "u1", outcome("u1")))));

        int code = terminal.run(pipeline, "tail", "outcomes", "--max", "2");

        assertThat(code).isZero();
        assertThat(terminal.out()).contains("\"offset\":5,", "\"offset\":6,").doesNotContain("\"offset\":4,");
    }

    @Test
    void shouldShowOnlyTheUserAskedForAndValuesAloneWhenAsked() {
        pipeline.topics(2, "jobs.outcomes");
        records(record("jobs.outcomes", 0, "u1", outcome("u1")), record("jobs.outcomes", 1, "u2", outcome("u2")));

        terminal.run(pipeline, "tail", "outcomes", "--from-beginning", "--user", "u2", "--max", "1", "--value-only");

        assertThat(terminal.outLines()).singleElement().asString().startsWith("{\"userId\":\"u2\",");
    }

    @Test
    void shouldShowWhatCannotBeDecodedAndGoOn() {
        pipeline.topics(3, "jobs.users");
        records(
                record("jobs.users", 0, "u1", new byte[] {7, 7}),
                record("jobs.users", 1, "u1", null),
                record("jobs.users", 2, "u1", new byte[] {0, 0, 1, 0, 0, 0}));

        terminal.run(pipeline, "tail", "users", "--from-beginning", "--max", "3", "--value-only");

        assertThat(terminal.outLines())
                .containsExactly(
                        "{\"undecodable\":\"NO_MAGIC_BYTE\",\"base64\":\"Bwc=\"}",
                        "null",
                        "{\"undecodable\":\"UNKNOWN_SCHEMA_ID\",\"base64\":\"AAABAAAA\"}");
    }

    @Test
    void shouldShowQuarantinedValuesAsTheyAre() {
        pipeline.topics(1, "jobs.quarantine");
        records(record("jobs.quarantine", 0, "u1", "{}".getBytes(UTF_8)));

        terminal.run(pipeline, "tail", "quarantine", "--from-beginning", "--max", "1");

        assertThat(terminal.out())
                .contains("\"headers\":{\"retry-attempt\":\"2\"")
                .endsWith("{\"base64\":\"e30=\"}}\n");
    }

    @Test
    void shouldReadEveryTierOfDelayedRetriesButNotTheReadyTopic() {
        pipeline.topics(0, "jobs.retry.10s", "jobs.retry.1h", "jobs.retry.ready", "jobs.failures");
        pipeline.consumer.schedulePollTask(() -> {
            assertThat(pipeline.consumer.assignment())
                    .extracting(partition -> partition.topic())
                    .containsExactlyInAnyOrder("jobs.retry.10s", "jobs.retry.1h");
            pipeline.consumer.addRecord(record("jobs.retry.1h", 0, "u1", null));
        });

        int code = terminal.run(pipeline, "tail", "retry", "--max", "1");

        assertThat(terminal.err()).isEmpty();
        assertThat(code).isZero();
        assertThat(terminal.out()).contains("\"topic\":\"jobs.retry.1h\"");
    }

    @Test
    void shouldSayThatATopicDoesNotExist() {
        int code = terminal.run(pipeline, "tail", "ready");

        assertThat(code).isEqualTo(1);
        assertThat(terminal.err())
                .isEqualTo("redrive: TOPIC_UNFIT: the topic jobs.retry.ready does not exist at 127.0.0.1:19092"
                        + " (create it with 'redrive topics create')\n");
    }

    @Test
    void shouldEndByItselfOnceNothingWasShownForTheTimeoutAndTheBacklogIsRead() {
        pipeline.topics(1, "jobs.users");
        AtomicLong nanos = new AtomicLong();
        long minute = Duration.ofMinutes(1).toNanos();
        pipeline.consumer.schedulePollTask(() -> nanos.addAndGet(minute));
        pipeline.consumer.schedulePollTask(() -> {
            nanos.addAndGet(minute);
            pipeline.consumer.addRecord(record("jobs.users", 0, "u1", null));
        });
        pipeline.consumer.schedulePollTask(() -> nanos.addAndGet(minute));
        TailCommand.Query query =
                new TailCommand.Query(Topic.USERS, List.of(), true, null, Duration.ofSeconds(30), null, true);

        int code = new TailCommand.Run(terminal.terminal(), query, CONNECTION, nanos::get).run(pipeline);

        assertThat(code).isZero();
        assertThat(terminal.out()).isEqualTo("null\n");
        assertThat(nanos).hasValue(3 * minute);
    }

    @Test
    void shouldEndQuietlyWhenNobodyReadsAnyMore() {
        pipeline.topics(1, "jobs.users");
        records(record("jobs.users", 0, "u1", null));
        OutputStream closed = new OutputStream() {
            @Override
            public void write(int b) throws IOException {
                throw new IOException("Broken pipe");
            }
        };

        int code = Cli.run(terminal.terminal(closed), () -> pipeline, "tail", "users", "--from-beginning");

        assertThat(code).isZero();
        assertThat(terminal.err()).isEmpty();
        assertThat(pipeline.consumer.closed()).isTrue();
    }

    @SafeVarargs
    private void records(ConsumerRecord<byte[], byte[]>... records) {
        pipeline.consumer.schedulePollTask(() -> List.of(records).forEach(pipeline.consumer::addRecord));
    }

    private static ConsumerRecord<byte[], byte[]> record(
            String topic, long offset, String key, byte @Nullable [] value) {
        RecordHeaders headers = new RecordHeaders();
        headers.add("retry-attempt", "1".getBytes(UTF_8));
        headers.add("raw", new byte[] {(byte) 0xff});
        headers.add("retry-attempt", "2".getBytes(UTF_8));
        return new ConsumerRecord<>(
                topic,
                0,
                offset,
                TestTerminal.NOW.toEpochMilli(),
                TimestampType.CREATE_TIME,
                -1,
                -1,
                key.getBytes(UTF_8),
                value,
                headers,
                Optional.empty());
    }

    private static byte @Nullable [] outcome(String user) {
        Outcome outcome = Outcome.newBuilder()
                .setUserId(user)
                .setAttempt(1)
                .setInput("FAILURE")
                .setOutcome("SCHEDULED")
                .setDueAt(Instant.parse("2026-11-22T12:00:01.5Z"))
                .setAt(TestTerminal.NOW)
                .build();
        return FakePipeline.<Outcome>serializer().serialize("jobs.outcomes", outcome);
    }
}
