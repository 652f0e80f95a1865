package dev.redrive.topology;

import static dev.redrive.topology.BulkCommandSteps.answers;
import static dev.redrive.topology.BulkCommandSteps.command;
import static dev.redrive.topology.BulkCommandSteps.commands;
import static dev.redrive.topology.BulkCommandSteps.jobs;
import static dev.redrive.topology.BulkCommandSteps.pending;
import static org.assertj.core.api.Assertions.assertThat;

import dev.redrive.avro.CommandKind;
import dev.redrive.avro.Outcome;
import dev.redrive.codec.JobKey;
import dev.redrive.state.StoreNames;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One command about many jobs of one operation. */
class BulkOperationTopologyTest {

    private static final Duration SOON = Duration.ofMillis(200);

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
    void shouldExpediteAllOfAnOperationWhoeverTheyAreOf() {
        PipelineHarness pipeline = open();
        pending(pipeline, "u", "a", "song", 600);
        pending(pipeline, "u", "b", "film", 600);
        pending(pipeline, "v", "c", "song", 600);

        command(pipeline, "c1", CommandKind.EXPEDITE, "", "song");
        pipeline.advance(SOON);

        List<Outcome> outcomes = commands(pipeline);
        assertThat(answers(outcomes)).containsExactly("c1 APPLIED EXPEDITE 2");
        assertThat(outcomes)
                .last()
                .satisfies(last -> assertThat(last.getUserId()).isEmpty());
        assertThat(jobs(outcomes)).containsExactlyInAnyOrder("a", "c");
        pipeline.leap(Duration.ofSeconds(61));
        assertThat(pipeline.ready()).extracting(out -> out.value().getJobId()).containsExactlyInAnyOrder("a", "c");
    }

    @Test
    void shouldWaitAMinuteForRetriesThatAreOnTheirWayAndLetOtherCommandsPass() {
        PipelineHarness pipeline = open();
        pending(pipeline, "u", "a", "song", 600);
        pending(pipeline, "v", "b", "film", 600);
        KeyValueStore<Bytes, byte[]> due = pipeline.driver().getKeyValueStore(StoreNames.DUE);
        Map<Bytes, byte[]> onTheirWay = new HashMap<>();
        try (var entries = due.all()) {
            entries.forEachRemaining(entry -> onTheirWay.put(entry.key, entry.value));
        }
        assertThat(onTheirWay).hasSize(2);
        onTheirWay.keySet().forEach(key -> due.put(key, null));

        command(pipeline, "songs", CommandKind.CANCEL, "", "song");
        command(pipeline, "films", CommandKind.CANCEL, "v", "film");
        command(pipeline, "nobody's", CommandKind.CANCEL, "w", "film");
        pipeline.leap(Duration.ofSeconds(29));
        pipeline.advance(SOON);
        assertThat(answers(commands(pipeline))).containsExactly("nobody's APPLIED CANCEL 0");
        pipeline.restart();
        KeyValueStore<Bytes, byte[]> restored = pipeline.driver().getKeyValueStore(StoreNames.DUE);
        onTheirWay.forEach((key, value) -> {
            if (JobKey.laneOf(key.get()).userId().equals("u")) {
                restored.put(key, value);
            }
        });
        pipeline.leap(Duration.ofSeconds(29));
        pipeline.advance(SOON);
        assertThat(commands(pipeline)).extracting(Outcome::getJobId).containsExactly("a");
        pipeline.leap(Duration.ofSeconds(2));
        pipeline.advance(SOON);
        assertThat(answers(commands(pipeline)))
                .containsExactlyInAnyOrder("songs APPLIED CANCEL 1", "films APPLIED CANCEL 0");
    }
}
