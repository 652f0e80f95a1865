package dev.redrive.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.redrive.avro.Command;
import dev.redrive.avro.FailureCause;
import dev.redrive.avro.JobFailure;
import dev.redrive.avro.JobLifecycle;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.errors.NotEnoughReplicasException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PublishCommandTest {

    private static final String GOOD = "{\"userId\":\"ü1\",\"jobId\":\"j1\",\"service\":\"music\",\"operation\":\"o\"}";

    private final FakePipeline pipeline = new FakePipeline();

    @Test
    void shouldPublishFailuresKeyedByUserAndFillInWhatIsAbsent() {
        TestTerminal terminal = TestTerminal.withInput("\ufeff" + GOOD + "\r\n\n  \n"
                + GOOD.replace("}", ",\"httpStatus\":429,\"method\":\"post\",\"failedAt\":\"2026-11-22T11:00:00Z\"}"));

        int code = terminal.run(pipeline, "publish", "-");

        assertThat(terminal.err()).isEmpty();
        assertThat(code).isZero();
        assertThat(terminal.out()).isEqualTo("published 2 to jobs.failures, 0 bad\n");
        List<ProducerRecord<String, SpecificRecord>> sent = pipeline.producer.history();
        assertThat(sent).extracting(ProducerRecord::topic).containsOnly("jobs.failures");
        assertThat(sent).extracting(ProducerRecord::key).containsOnly("ü1");
        JobFailure first = (JobFailure) sent.get(0).value();
        JobFailure second = (JobFailure) sent.get(1).value();
        assertThat(first.getFailedAt()).isEqualTo(TestTerminal.NOW);
        assertThat(first.getCause()).isEqualTo(FailureCause.NETWORK);
        assertThat(second.getCause()).isEqualTo(FailureCause.RESPONSE);
        assertThat(second.getMethod()).isEqualTo("POST");
        assertThat(second.getFailedAt()).hasToString("2026-11-22T11:00:00Z");
        assertThat(pipeline.producer.closed()).isTrue();
    }

    @Test
    void shouldReportBadLinesByNumberAndPublishTheOthers(@TempDir Path directory) throws IOException {
        Path file = directory.resolve("in.jsonl");
        Files.writeString(
                file,
                String.join(
                        "\n",
                        GOOD,
                        GOOD.replace("jobId", "jobbId"),
                        "nonsense",
                        GOOD.replace("ü1", ""),
                        GOOD.replace("}", ",\"failedAt\":1795348800}"),
                        "x".repeat(1 << 21),
                        GOOD));
        TestTerminal terminal = TestTerminal.withInput("");

        int code = terminal.run(pipeline, "publish", file.toString());

        assertThat(code).isEqualTo(1);
        assertThat(pipeline.producer.history()).hasSize(2);
        assertThat(terminal.out()).isEqualTo("published 2 to jobs.failures, 5 bad\n");
        assertThat(terminal.errLines())
                .containsExactly(
                        file + ":2: UNKNOWN_FIELD: jobbId: unknown field; did you mean jobId?",
                        file + ":3: MALFORMED: is not JSON at column 1: Unrecognized token 'nonsense': was expecting"
                                + " (JSON String, Number, Array, Object or token 'null', 'true' or 'false')",
                        file + ":4: OUT_OF_RANGE: userId takes 1 to 256 characters, not 0",
                        file + ":5: OUT_OF_RANGE: failedAt: lies before the year 2000; a number is milliseconds since"
                                + " 1970, not seconds",
                        file + ":6: TOO_LARGE: longer than 1048576 bytes");
    }

    @Test
    void shouldPublishEveryElementOfAnArray() {
        String second = GOOD.replace("j1", "j2");
        TestTerminal terminal =
                TestTerminal.withInput("[\n" + GOOD + ",\n{},\n" + second.replace(",", ",\n") + "\n]\n");

        int code = terminal.run(pipeline, "publish", "-");

        assertThat(code).isEqualTo(1);
        assertThat(terminal.out()).isEqualTo("published 2 to jobs.failures, 1 bad\n");
        assertThat(pipeline.producer.history())
                .extracting(sent -> ((JobFailure) sent.value()).getJobId())
                .containsExactly("j1", "j2");
        assertThat(terminal.errLines())
                .containsExactly("stdin:3: element 2: MISSING_FIELD: userId, jobId, service, operation: missing");
    }

    @Test
    void shouldPublishNoPartOfALargerValue() {
        TestTerminal terminal =
                TestTerminal.withInput(GOOD + "\n{\"failures\":[\n" + GOOD + "\n" + GOOD + "\n]}\n" + GOOD + "\n");

        int code = terminal.run(pipeline, "publish", "-");

        assertThat(code).isEqualTo(1);
        assertThat(terminal.out()).isEqualTo("published 1 to jobs.failures, 2 bad\n");
        assertThat(terminal.errLines())
                .satisfiesExactly(
                        line -> assertThat(line).startsWith("stdin:2: MALFORMED: is not JSON at column "),
                        line -> assertThat(line)
                                .isEqualTo("stdin:2: MALFORMED: the value that begins in line 2 is not JSON from line 4"
                                        + " on, and what follows may be a part of it"),
                        line -> assertThat(line).isEqualTo("stdin:3-: NOT_PUBLISHED: what follows was not tried"));
    }

    @Test
    void shouldTellWhichElementsAreNotKnownToBeWritten() {
        FakePipeline manual = new FakePipeline(false);
        TestTerminal terminal = TestTerminal.withInput("[" + GOOD + "," + GOOD + "]");
        manual.producer.onClose(() -> {
            manual.producer.completeNext();
            manual.producer.errorNext(new NotEnoughReplicasException("too few"));
        });

        terminal.run(manual, "publish", "-");

        assertThat(terminal.errLines())
                .containsExactly(
                        "stdin: element 2: NOT_PUBLISHED: not known to be written",
                        "stdin: element 3-: NOT_PUBLISHED: what follows was not tried",
                        "redrive: BROKER_FAILED: element 2 could not be delivered to jobs.failures: too few");
    }

    @Test
    void shouldStopAtTheFirstBadLineWhenStrict() {
        TestTerminal terminal = TestTerminal.withInput(GOOD + "\n{}\n" + GOOD);

        int code = terminal.run(pipeline, "publish", "-", "--strict");

        assertThat(code).isEqualTo(1);
        assertThat(pipeline.producer.history()).hasSize(1);
        assertThat(terminal.errLines())
                .containsExactly("stdin:2: MISSING_FIELD: userId, jobId, service, operation: missing");
    }

    @Test
    void shouldPublishNothingInADryRun() {
        TestTerminal terminal = TestTerminal.withInput(GOOD + "\n{}");

        int code = terminal.run(pipeline, "publish", "-", "--dry-run");

        assertThat(code).isEqualTo(1);
        assertThat(terminal.out()).isEqualTo("checked, nothing published: 1 good, 1 bad\n");
        assertThat(pipeline.producer.history()).isEmpty();
    }

    @Test
    void shouldPublishLifecycleUnderAnotherPrefix() {
        TestTerminal terminal =
                TestTerminal.withInput("{\"userId\":\"u\",\"jobId\":\"j\",\"attempt\":1,\"stage\":\"accepted\"}");

        int code = terminal.run(pipeline, "publish", "-", "--topic", "lifecycle", "--topic-prefix", "test.");

        assertThat(code).isZero();
        assertThat(pipeline.producer.history().get(0).topic()).isEqualTo("test.lifecycle");
        JobLifecycle event = (JobLifecycle) pipeline.producer.history().get(0).value();
        assertThat(event.getAt()).isEqualTo(TestTerminal.NOW);
    }

    @Test
    void shouldGiveEveryCommandAnIdAndRefuseOnesThatSayNothing() {
        TestTerminal terminal = TestTerminal.withInput("{\"kind\":\"cancel\",\"userId\":\"u\",\"jobId\":\"j\"}\n"
                + "{\"userId\":\"u\",\"jobId\":\"j\"}\n"
                + "{\"kind\":\"redrive\",\"userId\":\"u\",\"jobId\":\"j\"}\n");

        int code = terminal.run(pipeline, "publish", "-", "--topic", "commands");

        assertThat(code).isEqualTo(1);
        Command command = (Command) pipeline.producer.history().get(0).value();
        assertThat(UUID.fromString(command.getCommandId()).version()).isEqualTo(4);
        assertThat(terminal.errLines())
                .containsExactly(
                        "stdin:2: OUT_OF_RANGE: kind: must name what to do",
                        "stdin:3: OUT_OF_RANGE: deadLetter: must be given with REDRIVE");
    }

    @Test
    void shouldCountARecordThatTheBrokerRefusesForItsSizeAsBad() {
        FakePipeline manual = new FakePipeline(false);
        TestTerminal terminal = TestTerminal.withInput(GOOD + "\n" + GOOD);
        manual.producer.onClose(() -> {
            manual.producer.errorNext(new RecordTooLargeException("too large"));
            manual.producer.completeNext();
        });

        int code = terminal.run(manual, "publish", "-");

        assertThat(code).isEqualTo(1);
        assertThat(terminal.out()).isEqualTo("published 1 to jobs.failures, 1 bad\n");
        assertThat(terminal.errLines())
                .containsExactly("stdin:1: TOO_LARGE: the record is larger than the broker takes");
    }

    @Test
    void shouldTellExactlyWhichLinesAreNotKnownToBeWritten() {
        FakePipeline manual = new FakePipeline(false);
        TestTerminal terminal = TestTerminal.withInput((GOOD + "\n").repeat(5));
        manual.producer.onClose(() -> {
            manual.producer.completeNext();
            manual.producer.errorNext(new NotEnoughReplicasException("too few"));
            manual.producer.errorNext(new NotEnoughReplicasException("too few"));
            manual.producer.completeNext();
            manual.producer.errorNext(new NotEnoughReplicasException("too few"));
        });

        int code = terminal.run(manual, "publish", "-");

        assertThat(code).isEqualTo(1);
        assertThat(terminal.out()).isEqualTo("published 2 to jobs.failures, 0 bad, 3 not confirmed\n");
        assertThat(terminal.errLines())
                .containsExactly(
                        "stdin:2-3: NOT_PUBLISHED: not known to be written",
                        "stdin:5: NOT_PUBLISHED: not known to be written",
                        "stdin:6-: NOT_PUBLISHED: what follows was not tried",
                        "redrive: BROKER_FAILED: line 2 could not be delivered to jobs.failures: too few");
    }

    @Test
    void shouldReadNoFurtherOnceARecordCouldNotBeDelivered() {
        pipeline.producer.sendException = new NotEnoughReplicasException("too few");
        TestTerminal terminal = TestTerminal.withInput((GOOD + "\n").repeat(5));

        int code = terminal.run(pipeline, "publish", "-");

        assertThat(code).isEqualTo(1);
        assertThat(terminal.errLines())
                .startsWith(
                        "stdin:1: NOT_PUBLISHED: not known to be written",
                        "stdin:2-: NOT_PUBLISHED: what follows was not tried");
    }

    @Test
    void shouldSayWhatToDoWhenTheTopicIsMissing() {
        TestTerminal terminal = TestTerminal.withInput(GOOD);

        int code = terminal.run(pipeline, "publish", "-", "--topic-prefix", "nowhere.");

        assertThat(code).isEqualTo(1);
        assertThat(terminal.err())
                .isEqualTo("redrive: TOPIC_UNFIT: the topic nowhere.failures does not exist at 127.0.0.1:19092"
                        + " (create it with 'redrive topics create')\n");
    }

    @Test
    void shouldEndWhenTheBrokerRefusesToTakeRecords() {
        pipeline.consumer.refuse(new TopicAuthorizationException("not you"));
        TestTerminal terminal = TestTerminal.withInput(GOOD);

        int code = terminal.run(pipeline, "publish", "-");

        assertThat(code).isEqualTo(1);
        assertThat(terminal.err())
                .isEqualTo("redrive: NOT_AUTHORIZED: the brokers at 127.0.0.1:19092 refused: not you\n");
    }

    @Test
    void shouldReadWithoutBoundOnMemory() throws IOException {
        byte[] endless = "y".repeat(3 << 20).getBytes(StandardCharsets.UTF_8);
        try (JsonInput lines = new JsonInput("x", new ByteArrayInputStream(endless), 0)) {
            assertThat(lines.next()).hasSize((1 << 20) + 1);
            assertThat(lines.bytesRead()).isEqualTo(3 << 20);
            assertThat(lines.next()).isNull();
        }
    }
}
