package dev.redrive.topology;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.redrive.avro.Command;
import dev.redrive.avro.CommandKind;
import dev.redrive.avro.DeadLetter;
import dev.redrive.avro.DueParts;
import dev.redrive.avro.JobFailure;
import dev.redrive.avro.LifecycleStage;
import dev.redrive.avro.Outcome;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The ledger carries what readers need to know of jobs, dead letters and redrives without another topic. */
class LedgerTopologyTest {

    private PipelineHarness pipeline;

    @BeforeEach
    void open(@TempDir Path stateDir) {
        pipeline = new PipelineHarness(stateDir);
    }

    @AfterEach
    void close() {
        pipeline.close();
    }

    @Test
    void shouldNameTheWorkOfFailuresReleasesAndDeadLetters() {
        pipeline.publish(
                pipeline.failure("u", "retried", 1).setBatchId("batch-1").build());
        pipeline.advance(Duration.ofSeconds(5));
        pipeline.publish(pipeline.failure("u", "dead", 1)
                .setHttpStatus(400)
                .setBatchId("batch-2")
                .build());

        assertThat(outcomes())
                .extracting(
                        Outcome::getOutcome,
                        Outcome::getService,
                        Outcome::getOperation,
                        Outcome::getBatchId,
                        Outcome::getRedriveId)
                .containsExactly(
                        tuple("SCHEDULED", "music", "music.song.generate", "batch-1", null),
                        tuple("RELEASED", "music", "music.song.generate", "batch-1", null),
                        tuple("DEAD_LETTERED", "music", "music.song.generate", "batch-2", null));
    }

    @Test
    void shouldFollowARedriveFromItsDeadLetterToItsSuccess() {
        DeadLetter letter = deadLetter("job", 1);
        redrive("r1", letter);
        pipeline.advance(Duration.ofMillis(100));
        pipeline.publish(pipeline.event("u", "job", 2, LifecycleStage.SUBMITTED));
        pipeline.publish(pipeline.event("u", "job", 2, LifecycleStage.SUCCEEDED));

        assertThat(outcomes())
                .extracting(outcome -> String.join(
                        " ",
                        outcome.getInput(),
                        outcome.getOutcome(),
                        outcome.getReason(),
                        outcome.getRedriveId(),
                        letter.getDeadLetterId().equals(outcome.getDeadLetterId()) ? "letter" : "-"))
                .containsExactly(
                        "FAILURE DEAD_LETTERED INVALID_REQUEST null letter",
                        "COMMAND SCHEDULED REDRIVE r1 letter",
                        "RETRY RELEASED null r1 -",
                        "LIFECYCLE APPLIED SUBMITTED null -",
                        "LIFECYCLE APPLIED SUCCEEDED r1 -");
    }

    @Test
    void shouldNameTheRedriveOfAJobThatDiesAgainAndTheDeadLetterOfEachCommand() {
        DeadLetter first = deadLetter("job", 1);
        redrive("r1", first);
        pipeline.advance(Duration.ofMillis(100));
        DeadLetter second = deadLetter("job", 2);
        pipeline.outcomes();
        redrive("late", first);
        pipeline.publish(command("d1", CommandKind.DISCARD).build());

        assertThat(second.getRedriveId()).isEqualTo("r1");
        assertThat(second.getDeadLetterId()).isNotEqualTo(first.getDeadLetterId());
        assertThat(outcomes())
                .extracting(Outcome::getOutcome, Outcome::getReason, Outcome::getDeadLetterId)
                .containsExactly(
                        tuple("REJECTED", "ATTEMPT_DIFFERS", first.getDeadLetterId()),
                        tuple("DISCARDED", null, second.getDeadLetterId()));
    }

    @Test
    void shouldNameTheDeadLetterThatASuccessCloses() {
        DeadLetter letter = deadLetter("job", 1);
        pipeline.outcomes();
        pipeline.publish(pipeline.event("u", "job", 1, LifecycleStage.SUCCEEDED));

        assertThat(outcomes())
                .singleElement()
                .extracting(Outcome::getReason, Outcome::getDeadLetterId)
                .containsExactly("SUCCEEDED", letter.getDeadLetterId());
    }

    @Test
    void shouldWriteEachStepOfADeadLetterToItsTopicAndNothingElse() {
        pipeline.publish(pipeline.failure("u", "other", 1).build());
        DeadLetter letter = deadLetter("job", 1);
        redrive("r1", letter);
        pipeline.advance(Duration.ofMillis(100));
        pipeline.publish(pipeline.event("u", "job", 2, LifecycleStage.SUBMITTED));
        pipeline.publish(pipeline.failure("u", "job", 2).build());
        pipeline.advance(Duration.ofSeconds(30));
        deadLetter("job", 3);
        redrive("r1", letter);

        assertThat(pipeline.deadLetterChanges())
                .extracting(change -> String.join(
                        " ",
                        change.value().getInput(),
                        change.value().getOutcome(),
                        change.value().getReason()))
                .containsExactly(
                        "COMMAND SCHEDULED REDRIVE",
                        "RETRY RELEASED null",
                        "FAILURE SCHEDULED null",
                        "RETRY RELEASED null",
                        "FAILURE DEAD_LETTERED INVALID_REQUEST",
                        "COMMAND REJECTED REDRIVE_ID_USED");
    }

    @Test
    void shouldDiscardTheDeadLetterOfAJobThatIsForgotten() {
        DeadLetter letter = deadLetter("elsewhere", 3);

        pipeline.publish(command("d1", CommandKind.DISCARD).build());
        pipeline.publish(Command.newBuilder(command("d2", CommandKind.DISCARD).build())
                .setJobId("job")
                .setDeadLetter(JobFailure.newBuilder(letter.getFailure())
                        .setJobId("job")
                        .setAttempt(3)
                        .build())
                .build());
        redrive("late", letter);

        assertThat(outcomes())
                .extracting(Outcome::getOutcome, Outcome::getReason)
                .contains(tuple("REJECTED", "NOT_DEAD_LETTERED"), tuple("DISCARDED", null));
    }

    @Test
    void shouldAddUpTheDueFromItsParts() {
        for (int i = 0; i < 300; i++) {
            String job = "j" + i;
            switch (i % 5) {
                case 0 -> pipeline.publish(pipeline.failure("u" + i, job, 1).build());
                case 1 ->
                    pipeline.publish(pipeline.failure("u" + i, job, 1)
                            .setHttpStatus(429)
                            .setResponseHeaders(Map.of("Retry-After", Integer.toString(i % 40)))
                            .build());
                case 2 -> new GateInputs(pipeline).busy("u" + i, job, 1, 1, 1);
                case 3 ->
                    pipeline.publish(pipeline.failure("u" + i, job, 1)
                            .setHttpStatus(429)
                            .setFailedAt(pipeline.now().minusMillis(i))
                            .setResponseHeaders(Map.of("Retry-After", "0." + i))
                            .build());
                default ->
                    pipeline.publish(pipeline.failure("u" + i, job, 1)
                            .setHttpStatus(429)
                            .setFailedAt(pipeline.now().minusSeconds(3))
                            .setResponseHeaders(Map.of("Date", "Sun, 22 Nov 2026 11:59:59 GMT", "Retry-After", "7"))
                            .build());
            }
        }

        assertThat(outcomes()).hasSize(300).allSatisfy(outcome -> {
            DueParts due = outcome.getDue();
            long waitMs = due.getHintMs() + due.getBackoffMs() + due.getJitterMs() + due.getClampMs();
            assertThat(due.getFrom().plusMillis(waitMs)).isEqualTo(outcome.getDueAt());
            assertThat(due.getHintMs()).isNotNegative();
            assertThat(due.getBackoffMs()).isNotNegative();
            assertThat(due.getClampMs()).isNotNegative();
            assertThat(due.getJitterMs() > 0 && due.getBackoffMs() > 0).isFalse();
        });
    }

    @Test
    void shouldTellTheHintFromWhatThePolicyAddsToIt() {
        Instant failedAt = pipeline.now();
        pipeline.publish(pipeline.failure("u", "asked", 1)
                .setHttpStatus(429)
                .setFailedAt(failedAt)
                .setResponseHeaders(Map.of("Retry-After", "20"))
                .build());
        pipeline.publish(
                pipeline.failure("u", "backs-off", 1).setFailedAt(failedAt).build());

        List<Outcome> outcomes = outcomes();
        DueParts asked = outcomes.get(0).getDue();
        assertThat(asked.getFrom()).isEqualTo(failedAt);
        assertThat(asked.getHintMs()).isEqualTo(20_000);
        assertThat(asked.getBackoffMs()).isZero();
        assertThat(asked.getJitterMs()).isNotNegative();
        DueParts backsOff = outcomes.get(1).getDue();
        assertThat(backsOff.getHintMs()).isZero();
        assertThat(backsOff.getBackoffMs()).isPositive();
        assertThat(backsOff.getJitterMs()).isNegative();
    }

    private DeadLetter deadLetter(String job, int attempt) {
        pipeline.publish(pipeline.failure("u", job, attempt).setHttpStatus(400).build());
        List<PipelineHarness.Out<DeadLetter>> letters = pipeline.deadLetters();
        return letters.get(letters.size() - 1).value();
    }

    private void redrive(String id, DeadLetter letter) {
        pipeline.publish(command(id, CommandKind.REDRIVE)
                .setDeadLetter(letter.getFailure())
                .setEpoch(letter.getEpoch())
                .build());
    }

    private Command.Builder command(String id, CommandKind kind) {
        return Command.newBuilder()
                .setCommandId(id)
                .setKind(kind)
                .setUserId("u")
                .setJobId("job")
                .setIssuedAt(pipeline.now());
    }

    private List<Outcome> outcomes() {
        return pipeline.outcomes().stream().map(PipelineHarness.Out::value).toList();
    }
}
