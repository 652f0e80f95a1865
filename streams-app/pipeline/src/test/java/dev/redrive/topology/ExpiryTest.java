package dev.redrive.topology;

import static org.assertj.core.api.Assertions.assertThat;

import dev.redrive.avro.Command;
import dev.redrive.avro.CommandKind;
import dev.redrive.avro.DeadLetter;
import dev.redrive.avro.JobFailure;
import dev.redrive.avro.LifecycleStage;
import dev.redrive.avro.Outcome;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.streams.test.TestRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExpiryTest {

    private PipelineHarness pipeline;

    @BeforeEach
    void open(@TempDir Path stateDir) {
        pipeline = new PipelineHarness(stateDir);
    }

    @AfterEach
    void close() {
        pipeline.close();
    }

    private List<String> outcomes() {
        return pipeline.outcomes().stream()
                .map(PipelineHarness.Out::value)
                .map(Outcome::getOutcome)
                .toList();
    }

    @Test
    void shouldForgetAJobAfterItsRetentionAndAUserAfterItsOwn() {
        JobFailure failure = pipeline.failure("u", "j", 1).setHttpStatus(400).build();
        pipeline.publish(failure);
        pipeline.leap(Duration.ofDays(6));
        pipeline.publish(failure);
        assertThat(outcomes()).containsExactly("DEAD_LETTERED", "DUPLICATE");
        assertThat(pipeline.users()).hasSize(1);

        pipeline.leap(Duration.ofDays(2));
        pipeline.publish(failure);
        assertThat(outcomes()).containsExactly("DEAD_LETTERED");
        pipeline.leap(Duration.ofSeconds(1));
        assertThat(pipeline.users()).hasSize(1);

        pipeline.leap(Duration.ofDays(31));
        List<TestRecord<byte[], byte[]>> gone = pipeline.raw("jobs.users");
        assertThat(gone).hasSize(1);
        assertThat(new String(gone.get(0).key(), StandardCharsets.UTF_8)).isEqualTo("u");
        assertThat(gone.get(0).value()).isNull();
    }

    @Test
    void shouldFreeAnActiveJobWhenItsLeaseEnds() {
        pipeline.publish(pipeline.event("u", "silent", 1, LifecycleStage.SUBMITTED));
        pipeline.publish(pipeline.event("u", "alive", 1, LifecycleStage.SUBMITTED));
        pipeline.leap(Duration.ofSeconds(1));
        assertThat(active()).isEqualTo(2);

        pipeline.leap(Duration.ofMinutes(20));
        pipeline.publish(pipeline.event("u", "alive", 1, LifecycleStage.STARTED));
        pipeline.leap(Duration.ofMinutes(10));
        pipeline.leap(Duration.ofSeconds(1));
        assertThat(active()).isEqualTo(1);

        pipeline.publish(pipeline.event("u", "silent", 1, LifecycleStage.SUCCEEDED));
        pipeline.publish(pipeline.event("u", "alive", 1, LifecycleStage.SUCCEEDED));
        pipeline.leap(Duration.ofSeconds(1));
        assertThat(active()).isZero();
    }

    private int active() {
        var users = pipeline.users();
        assertThat(users).isNotEmpty();
        return users.get(users.size() - 1).value().getActiveJobs();
    }

    @Test
    void shouldBuryARetryWhoseDeadlinePassedWhilePendingAndRedriveItAllTheSame() {
        pipeline.publish(pipeline.failure("u", "j", 0)
                .setHttpStatus(429)
                .setResponseHeaders(Map.of("Retry-After", "3"))
                .setDeadline(pipeline.now().plusSeconds(5))
                .build());
        assertThat(pipeline.retries("10s")).hasSize(1);
        pipeline.leap(Duration.ofSeconds(6));

        assertThat(pipeline.ready()).isEmpty();
        List<PipelineHarness.Out<DeadLetter>> letters = pipeline.deadLetters();
        assertThat(letters).hasSize(1);
        DeadLetter letter = letters.get(0).value();
        assertThat(letter.getReason()).isEqualTo("DEADLINE_EXCEEDED");
        assertThat(letter.getAttempt()).isEqualTo(1);
        pipeline.leap(Duration.ofSeconds(1));
        assertThat(pipeline.alerts())
                .extracting(alert -> alert.value().getFailureClass())
                .containsExactly("DEADLINE_EXCEEDED");
        assertThat(pipeline.users())
                .last()
                .satisfies(user -> assertThat(user.value().getPendingRetries()).isZero());

        pipeline.publish(Command.newBuilder()
                .setCommandId("redrive-1")
                .setKind(CommandKind.REDRIVE)
                .setUserId("u")
                .setJobId("j")
                .setDeadLetter(letter.getFailure())
                .setIssuedAt(pipeline.now())
                .build());
        pipeline.advance(Duration.ofMillis(100));
        assertThat(pipeline.ready()).hasSize(1).first().satisfies(ready -> {
            assertThat(ready.value().getAttempt()).isEqualTo(2);
            assertThat(ready.value().getRedriveId()).isEqualTo("redrive-1");
            assertThat(ready.value().getIdempotencyKey()).isEqualTo("key-u-j");
        });
    }

    @Test
    void shouldNumberTheFailureInADeadLetterWhoseAttemptWasUnknown() {
        pipeline.publish(pipeline.failure("u", "j", 0).setHttpStatus(400).build());

        assertThat(pipeline.deadLetters())
                .hasSize(1)
                .first()
                .satisfies(letter ->
                        assertThat(letter.value().getFailure().getAttempt()).isEqualTo(1));
    }
}
