package dev.redrive.topology;

import static dev.redrive.topology.BulkCommandSteps.answers;
import static dev.redrive.topology.BulkCommandSteps.command;
import static dev.redrive.topology.BulkCommandSteps.commands;
import static dev.redrive.topology.BulkCommandSteps.issue;
import static dev.redrive.topology.BulkCommandSteps.jobs;
import static dev.redrive.topology.BulkCommandSteps.pending;
import static org.assertj.core.api.Assertions.assertThat;

import dev.redrive.avro.Command;
import dev.redrive.avro.CommandKind;
import dev.redrive.avro.Outcome;
import dev.redrive.contract.HeaderNames;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.streams.test.TestRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One command about many jobs, carried out a few at each look. */
class BulkCommandsTopologyTest {

    private static final Duration LOOK = Duration.ofMillis(20);
    private static final Duration SOON = LOOK.multipliedBy(10);
    private static final int MANY = 5_000;

    @TempDir
    private Path stateDir;

    private @Nullable PipelineHarness opened;

    private PipelineHarness open() {
        PipelineHarness pipeline = new PipelineHarness(stateDir);
        opened = pipeline;
        return pipeline;
    }

    @AfterEach
    void close() {
        if (opened != null) {
            opened.close();
        }
    }

    @Test
    void shouldCancelAllPendingOfAUserAndNobodyElses() {
        PipelineHarness pipeline = open();
        pending(pipeline, "u", "a");
        pending(pipeline, "u", "b");
        pending(pipeline, "u2", "c");
        pending(pipeline, "t", "d");
        pipeline.publish(pipeline.failure("u", "dead", 1).setHttpStatus(400).build());

        command(pipeline, "c1", CommandKind.CANCEL, "u", null);
        assertThat(commands(pipeline)).isEmpty();
        pipeline.advance(LOOK);

        List<Outcome> outcomes = commands(pipeline);
        assertThat(outcomes).hasSize(3).allSatisfy(outcome -> {
            assertThat(outcome.getCommandId()).isEqualTo("c1");
            assertThat(outcome.getReason()).isEqualTo("CANCEL");
            assertThat(outcome.getOutcome()).isEqualTo("APPLIED");
            assertThat(outcome.getUserId()).isEqualTo("u");
            assertThat(outcome.getSourceTopic()).isEqualTo("jobs.commands");
        });
        assertThat(jobs(outcomes)).containsExactlyInAnyOrder("a", "b");
        assertThat(answers(outcomes)).containsExactly("c1 APPLIED CANCEL 2");
        assertThat(outcomes.get(2).getJobId()).isNull();
        for (int i = 0; i < 12; i++) {
            pipeline.leap(Duration.ofMinutes(1));
        }
        assertThat(pipeline.ready()).extracting(out -> out.value().getJobId()).containsExactlyInAnyOrder("c", "d");
    }

    @Test
    void shouldAnswerWhereNothingIsPending() {
        PipelineHarness pipeline = open();
        command(pipeline, "c1", CommandKind.CANCEL, "u", null);
        command(pipeline, "c2", CommandKind.EXPEDITE, "", "song");
        pipeline.advance(SOON);

        assertThat(answers(commands(pipeline)))
                .containsExactlyInAnyOrder("c1 APPLIED CANCEL 0", "c2 APPLIED EXPEDITE 0");
    }

    @Test
    void shouldExpediteNothingThroughAClosedGate() {
        PipelineHarness pipeline = open();
        GateInputs api = new GateInputs(pipeline);
        pending(pipeline, "u", "a", "song", 30);
        api.spent("u", "spender", 1, null);

        command(pipeline, "c1", CommandKind.EXPEDITE, "u", null);
        pipeline.advance(Duration.ofSeconds(1));

        assertThat(answers(commands(pipeline))).containsExactly("c1 APPLIED EXPEDITE 1");
        assertThat(pipeline.ready()).isEmpty();
    }

    @Test
    void shouldLeaveAloneWhatWasScheduledAfterTheCommandWasRead() {
        PipelineHarness pipeline = open();
        pending(pipeline, "u", "before");
        command(pipeline, "c1", CommandKind.CANCEL, "u", null);
        pipeline.setClock(pipeline.now().plusMillis(1));
        pending(pipeline, "u", "after");
        pipeline.advance(LOOK);

        List<Outcome> outcomes = commands(pipeline);
        assertThat(jobs(outcomes)).containsExactly("before");
        assertThat(answers(outcomes)).containsExactly("c1 APPLIED CANCEL 1");
    }

    @Test
    void shouldCancelManyOverSeveralLooksWhileRetriesOfOthersGoAndGoOnAfterARestart() {
        PipelineHarness pipeline = open();
        for (int i = 0; i < MANY; i++) {
            pending(pipeline, "u", "j" + i);
        }
        pipeline.outcomes();
        command(pipeline, "c1", CommandKind.CANCEL, "u", null);
        Set<String> cancelled = new HashSet<>();
        List<String> answers = new ArrayList<>();
        List<String> released = new ArrayList<>();
        int looks = 0;
        while (answers.isEmpty() && looks < 2_000) {
            Instant failedAt = pipeline.now().minusSeconds(120);
            pipeline.publish(pipeline.failure("other", "o" + looks, 1)
                    .setHttpStatus(429)
                    .setResponseHeaders(Map.of(
                            "Retry-After",
                            "0",
                            "Date",
                            DateTimeFormatter.RFC_1123_DATE_TIME.format(failedAt.atOffset(ZoneOffset.UTC))))
                    .setFailedAt(failedAt)
                    .build());
            pipeline.advance(LOOK);
            looks++;
            List<Outcome> outcomes = commands(pipeline);
            assertThat(outcomes).hasSizeLessThanOrEqualTo(PipelineProcessor.COMMANDS_SLICE_JOBS + 1);
            assertThat(cancelled).doesNotContainAnyElementsOf(jobs(outcomes));
            cancelled.addAll(jobs(outcomes));
            answers.addAll(answers(outcomes));
            pipeline.ready().forEach(out -> released.add(out.value().getUserId()));
            if (looks == 3) {
                assertThat(answers).isEmpty();
                pipeline.restart();
            }
        }

        assertThat(cancelled).hasSize(MANY);
        assertThat(answers).containsExactly("c1 APPLIED CANCEL " + MANY);
        assertThat(looks).isGreaterThanOrEqualTo(MANY / PipelineProcessor.COMMANDS_SLICE_JOBS);
        assertThat(released).hasSizeGreaterThanOrEqualTo(looks - 1).containsOnly("other");
    }

    @Test
    void shouldRefuseACommandThatIsOpenAndOnesBeyondTheLimit() {
        PipelineHarness pipeline = open();
        command(pipeline, "c0", CommandKind.CANCEL, "u", null);
        command(pipeline, "c0", CommandKind.CANCEL, "u", null);
        for (int i = 1; i <= 100; i++) {
            command(pipeline, "c" + i, CommandKind.CANCEL, "u", null);
        }

        assertThat(answers(commands(pipeline)))
                .containsExactly("c0 REJECTED ALREADY_OPEN 0", "c100 REJECTED TOO_MANY_OPEN 0");
        pipeline.advance(LOOK.multipliedBy(300));
        assertThat(answers(commands(pipeline))).hasSize(100).allMatch(answer -> answer.endsWith("APPLIED CANCEL 0"));
        command(pipeline, "c100", CommandKind.CANCEL, "u", null);
        pipeline.advance(LOOK);
        assertThat(answers(commands(pipeline))).containsExactly("c100 APPLIED CANCEL 0");
    }

    @Test
    void shouldQuarantineWhatCannotBeMeant() {
        PipelineHarness pipeline = open();
        command(pipeline, "c1", CommandKind.REDRIVE, "u", null);
        command(pipeline, "c2", CommandKind.DISCARD, "u", null);
        command(pipeline, "c3", CommandKind.CANCEL, "", null);
        command(pipeline, "c4", CommandKind.CANCEL, "", "");
        pipeline.send(
                "jobs.commands",
                "u",
                pipeline.bytes(
                        Command.class,
                        "jobs.commands",
                        issue(pipeline, "c5", CommandKind.CANCEL, "", "song").build()));
        pipeline.advance(LOOK);

        assertThat(pipeline.quarantine())
                .extracting(BulkCommandsTopologyTest::quarantineReason)
                .containsExactly("INVALID_FIELD", "INVALID_FIELD", "INVALID_FIELD", "INVALID_FIELD", "KEY_DIFFERS");
        assertThat(answers(commands(pipeline)).stream().filter(answer -> !answer.contains("QUARANTINED")))
                .isEmpty();
    }

    private static String quarantineReason(TestRecord<byte[], byte[]> record) {
        return new String(
                record.headers().lastHeader(HeaderNames.QUARANTINE_REASON).value(), StandardCharsets.UTF_8);
    }
}
