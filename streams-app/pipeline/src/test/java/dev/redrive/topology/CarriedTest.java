package dev.redrive.topology;

import static org.assertj.core.api.Assertions.assertThat;

import dev.redrive.avro.Command;
import dev.redrive.avro.CommandKind;
import dev.redrive.avro.DeadLetter;
import dev.redrive.avro.FailureCause;
import dev.redrive.avro.JobFailure;
import dev.redrive.avro.Outcome;
import dev.redrive.avro.RequestPayload;
import dev.redrive.avro.RetryRequest;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a job keeps through its attempts although its worker reports only the failure, the number and the key. */
class CarriedTest {

    private static final Instant DEADLINE = PipelineHarness.START.plus(Duration.ofHours(6));

    private PipelineHarness pipeline;

    @BeforeEach
    void open(@TempDir Path stateDir) {
        pipeline = new PipelineHarness(stateDir);
    }

    @AfterEach
    void close() {
        pipeline.close();
    }

    private JobFailure.Builder first() {
        return pipeline.failure("u1", "j1", 1)
                .setMethod("PUT")
                .setDeadline(DEADLINE)
                .setMaxAttempts(4)
                .setBatchId("batch-1")
                .setLabels(Map.of("team", "audio"))
                .setPriority(7);
    }

    /** What a worker publishes that repeats what the README names, and nothing else. */
    private JobFailure.Builder later(int attempt) {
        return JobFailure.newBuilder()
                .setUserId("u1")
                .setJobId("j1")
                .setAttempt(attempt)
                .setService("music")
                .setOperation("music.song.generate")
                .setCause(FailureCause.RESPONSE)
                .setHttpStatus(503)
                .setIdempotencyKey("key-u1-j1")
                .setRequest(request())
                .setFailedAt(pipeline.now());
    }

    private RequestPayload request() {
        return pipeline.failure("u1", "j1", 1).getRequest();
    }

    private RetryRequest release() {
        pipeline.advance(Duration.ofSeconds(10));
        List<PipelineHarness.Out<RetryRequest>> ready = pipeline.ready();
        assertThat(ready).hasSize(1);
        return ready.get(0).value();
    }

    private Outcome lastFailure() {
        List<Outcome> outcomes = pipeline.outcomes().stream()
                .map(PipelineHarness.Out::value)
                .filter(outcome -> outcome.getInput().equals("FAILURE"))
                .toList();
        return outcomes.get(outcomes.size() - 1);
    }

    private DeadLetter letter() {
        List<PipelineHarness.Out<DeadLetter>> letters = pipeline.deadLetters();
        assertThat(letters).hasSize(1);
        return letters.get(0).value();
    }

    private static void carriesTheFirst(RetryRequest retry) {
        assertThat(retry.getMethod()).isEqualTo("PUT");
        assertThat(retry.getRoute()).isEqualTo("/v1/music/songs");
        assertThat(retry.getDeadline()).isEqualTo(DEADLINE);
        assertThat(retry.getMaxAttempts()).isEqualTo(4);
        assertThat(retry.getBatchId()).isEqualTo("batch-1");
        assertThat(retry.getLabels()).isEqualTo(Map.of("team", "audio"));
        assertThat(retry.getPriority()).isEqualTo(7);
    }

    @Test
    void shouldCarryWhatLaterFailuresDoNotRepeat() {
        pipeline.publish(first().build());
        carriesTheFirst(release());

        pipeline.publish(later(2).build());
        carriesTheFirst(release());

        pipeline.restart();
        pipeline.publish(later(3).build());
        carriesTheFirst(release());
    }

    @Test
    void shouldLetWhatALaterFailureRepeatsWin() {
        pipeline.publish(first().build());
        release();

        pipeline.publish(later(2).setMethod("POST")
                .setRoute("/v2/songs")
                .setDeadline(DEADLINE.plusSeconds(1))
                .setMaxAttempts(5)
                .setBatchId("batch-2")
                .setLabels(Map.of("team", "video"))
                .setPriority(2)
                .build());

        RetryRequest retry = release();
        assertThat(retry.getMethod()).isEqualTo("POST");
        assertThat(retry.getRoute()).isEqualTo("/v2/songs");
        assertThat(retry.getDeadline()).isEqualTo(DEADLINE.plusSeconds(1));
        assertThat(retry.getMaxAttempts()).isEqualTo(5);
        assertThat(retry.getBatchId()).isEqualTo("batch-2");
        assertThat(retry.getLabels()).isEqualTo(Map.of("team", "video"));
        assertThat(retry.getPriority()).isEqualTo(2);
    }

    @Test
    void shouldEndAtTheLimitThatOnlyTheFirstFailureNamed() {
        pipeline.publish(first().setMaxAttempts(2).build());
        release();

        pipeline.publish(later(2).build());

        DeadLetter letter = letter();
        assertThat(letter.getReason()).isEqualTo("ATTEMPTS_EXHAUSTED");
        assertThat(letter.getFailure().getBatchId()).isEqualTo("batch-1");
        assertThat(letter.getFailure().getRoute()).isEqualTo("/v1/music/songs");
        assertThat(letter.getFailure().getMethod()).isEqualTo("PUT");
    }

    @Test
    void shouldNotReleaseARetryThatHasLostItsRequest() {
        pipeline.publish(first().build());
        assertThat(release().getRequest()).isEqualTo(request());

        pipeline.publish(later(2).setRequest(null).build());
        pipeline.advance(Duration.ofMinutes(10));

        assertThat(pipeline.ready()).isEmpty();
        Outcome outcome = lastFailure();
        assertThat(outcome.getOutcome()).isEqualTo("DEAD_LETTERED");
        assertThat(outcome.getReason()).isEqualTo("REQUEST_MISSING");
        assertThat(outcome.getDetail()).isEqualTo("REQUEST_MISSING");
        DeadLetter letter = letter();
        assertThat(letter.getReason()).isEqualTo("REQUEST_MISSING");
        assertThat(letter.getRemedy()).contains("with its request");
    }

    @Test
    void shouldTellOfAMissingRequestWhateverElseEndsTheJob() {
        pipeline.publish(first().build());
        release();

        pipeline.publish(later(2).setRequest(null).setHttpStatus(400).build());

        Outcome outcome = lastFailure();
        assertThat(outcome.getReason()).isEqualTo("INVALID_REQUEST");
        assertThat(outcome.getDetail()).isEqualTo("REQUEST_MISSING");
    }

    @Test
    void shouldRetryAJobThatNeverHadARequest() {
        pipeline.publish(first().setRequest(null).build());
        release();

        pipeline.publish(later(2).setRequest(null).build());

        assertThat(release().getRequest()).isNull();
        assertThat(lastFailure().getDetail()).isNull();
    }

    @Test
    void shouldRedriveOnlyWithTheRequestThatTheJobHas() {
        pipeline.publish(first().setDeadline(null).build());
        release();
        pipeline.publish(later(2).setRequest(null).build());
        JobFailure failure = letter().getFailure();

        redrive("r1", failure);
        assertThat(command()).isEqualTo("REJECTED REQUEST_MISSING");

        redrive("r2", JobFailure.newBuilder(failure).setRequest(request()).build());
        assertThat(command()).isEqualTo("SCHEDULED REDRIVE");
        RetryRequest retry = release();
        assertThat(retry.getRequest()).isEqualTo(request());
        assertThat(retry.getBatchId()).isEqualTo("batch-1");
    }

    @Test
    void shouldForgetADeadlineThatHasPassedWhenAPersonBringsTheJobBack() {
        pipeline.publish(first().build());
        release();
        pipeline.publish(later(2).setHttpStatus(400).build());
        JobFailure failure = letter().getFailure();
        pipeline.leap(Duration.ofHours(7));

        redrive("r1", failure);
        assertThat(release().getDeadline()).isNull();

        pipeline.publish(later(3).build());
        assertThat(release().getDeadline()).isNull();
    }

    private void redrive(String id, JobFailure failure) {
        pipeline.publish(Command.newBuilder()
                .setCommandId(id)
                .setKind(CommandKind.REDRIVE)
                .setUserId("u1")
                .setJobId("j1")
                .setDeadLetter(failure)
                .setIssuedAt(pipeline.now())
                .build());
    }

    private String command() {
        List<Outcome> outcomes = pipeline.outcomes().stream()
                .map(PipelineHarness.Out::value)
                .filter(outcome -> outcome.getInput().equals("COMMAND"))
                .toList();
        Outcome last = outcomes.get(outcomes.size() - 1);
        return last.getOutcome() + " " + last.getReason();
    }
}
