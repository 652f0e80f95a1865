package dev.redrive.topology;

import static org.assertj.core.api.Assertions.assertThat;

import dev.redrive.avro.Command;
import dev.redrive.avro.CommandKind;
import dev.redrive.avro.DeadLetter;
import dev.redrive.avro.Outcome;
import dev.redrive.contract.HeaderNames;
import dev.redrive.state.StoreNames;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.state.KeyValueStore;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A retry that cannot be handed out is kept, and its job does not wait for ever. */
class LostRetriesTopologyTest {

    private PipelineHarness pipeline;

    @BeforeEach
    void open(@TempDir Path stateDir) {
        pipeline = new PipelineHarness(stateDir);
    }

    @AfterEach
    void close() {
        pipeline.close();
    }

    private void damagePayloads() {
        KeyValueStore<Bytes, byte[]> due = pipeline.driver().getKeyValueStore(StoreNames.DUE);
        List<Bytes> keys = new ArrayList<>();
        try (var entries = due.all()) {
            entries.forEachRemaining(entry -> keys.add(entry.key));
        }
        assertThat(keys).isNotEmpty();
        keys.forEach(key -> due.put(key, new byte[] {1, 2, 3}));
    }

    @Test
    void shouldDeadLetterAJobWhoseRetryIsQuarantinedSoThatItCanBeRedriven() {
        pipeline.publish(pipeline.failure("u", "j", 0).build());
        damagePayloads();
        pipeline.advance(Duration.ofSeconds(2));

        assertThat(pipeline.ready()).isEmpty();
        assertThat(pipeline.quarantine())
                .hasSize(1)
                .first()
                .satisfies(kept -> assertThat(kept.value()).isEqualTo(new byte[] {1, 2, 3}));
        List<PipelineHarness.Out<DeadLetter>> letters = pipeline.deadLetters();
        assertThat(letters).hasSize(1);
        DeadLetter letter = letters.get(0).value();
        assertThat(letter.getReason()).isEqualTo("QUARANTINED");
        assertThat(new String(
                        letters.get(0).headers().lastHeader(HeaderNames.REASON).value(), StandardCharsets.UTF_8))
                .isEqualTo("QUARANTINED");
        assertThat(letter.getAttempt()).isEqualTo(1);
        assertThat(letter.getFailure().getService()).isEqualTo("music");
        assertThat(letter.getFailure().getRequest()).isNull();
        assertThat(letter.getIdempotencyKey()).isEqualTo("key-u-j");
        assertThat(pipeline.outcomes().stream().map(PipelineHarness.Out::value))
                .extracting(Outcome::getOutcome)
                .containsExactly("SCHEDULED", "QUARANTINED", "DEAD_LETTERED");
        assertThat(pipeline.users())
                .last()
                .satisfies(user -> assertThat(user.value().getPendingRetries()).isZero());

        pipeline.publish(Command.newBuilder()
                .setCommandId("r")
                .setKind(CommandKind.REDRIVE)
                .setUserId("u")
                .setJobId("j")
                .setDeadLetter(pipeline.failure("u", "j", 1).build())
                .setIssuedAt(pipeline.now())
                .build());
        pipeline.advance(Duration.ofMillis(100));
        assertThat(pipeline.ready()).hasSize(1).first().satisfies(ready -> {
            assertThat(ready.value().getAttempt()).isEqualTo(2);
            assertThat(ready.value().getIdempotencyKey()).isEqualTo("key-u-j");
            assertThat(ready.value().getRequest()).isNotNull();
        });
    }

    @Test
    void shouldLetOthersOfTheUserGoOn() {
        pipeline.publish(pipeline.failure("u", "lost", 1).build());
        damagePayloads();
        pipeline.publish(pipeline.failure("u", "sound", 1).build());
        pipeline.advance(Duration.ofSeconds(2));

        assertThat(pipeline.ready())
                .extracting(ready -> ready.value().getJobId())
                .containsExactly("sound");
    }
}
