package dev.redrive.topology;

import static org.assertj.core.api.Assertions.assertThat;

import dev.redrive.avro.Alert;
import dev.redrive.avro.ErrorRate;
import dev.redrive.avro.JobLifecycle;
import dev.redrive.avro.LifecycleStage;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AlertsTest {

    private PipelineHarness pipeline;

    @BeforeEach
    void open(@TempDir Path stateDir) {
        pipeline = new PipelineHarness(stateDir);
    }

    @AfterEach
    void close() {
        pipeline.close();
    }

    private List<Alert> alerts(String kind) {
        return pipeline.alerts().stream()
                .map(PipelineHarness.Out::value)
                .filter(alert -> alert.getKind().equals(kind))
                .toList();
    }

    private void bury(int from, int to) {
        for (int i = from; i < to; i++) {
            pipeline.publish(
                    pipeline.failure("u" + i % 7, "j" + i, 1).setHttpStatus(400).build());
        }
    }

    private void flush() {
        pipeline.leap(Duration.ofSeconds(1));
    }

    @Test
    void shouldTellOfANewGroupOfDeadLettersOnceUntilItHasBeenQuiet() {
        bury(0, 3);
        flush();

        List<Alert> first = alerts("NEW_DEAD_LETTER_GROUP");
        assertThat(first).hasSize(1);
        assertThat(first.get(0).getFailureClass()).isEqualTo("INVALID_REQUEST");
        assertThat(first.get(0).getOperation()).isEqualTo("music.song.generate");

        pipeline.leap(Duration.ofHours(23));
        bury(3, 5);
        flush();
        assertThat(alerts("NEW_DEAD_LETTER_GROUP")).isEmpty();

        pipeline.leap(Duration.ofHours(25));
        bury(5, 6);
        flush();
        assertThat(alerts("NEW_DEAD_LETTER_GROUP")).hasSize(1);
    }

    @Test
    void shouldTellOfASpikeOncePerWindow() {
        bury(0, 99);
        flush();
        assertThat(alerts("DEAD_LETTER_SPIKE")).isEmpty();

        bury(99, 101);
        flush();
        List<Alert> spike = alerts("DEAD_LETTER_SPIKE");
        assertThat(spike).hasSize(1);
        assertThat(spike.get(0).getCount()).isEqualTo(101);

        bury(101, 120);
        flush();
        assertThat(alerts("DEAD_LETTER_SPIKE")).isEmpty();
    }

    @Test
    void shouldTellOfBurningErrorsOnceAlsoWhenFailuresAreReadBeforeTheirSubmissions() {
        for (int i = 0; i < 25; i++) {
            pipeline.publish(pipeline.failure("u", "j" + i, 1).build());
        }
        flush();
        assertThat(alerts("ERROR_RATE_BURN")).isEmpty();

        for (int i = 0; i < 50; i++) {
            pipeline.publish(pipeline.event("u", "j" + i, 1, LifecycleStage.SUBMITTED));
        }
        flush();
        List<Alert> burn = alerts("ERROR_RATE_BURN");
        assertThat(burn).hasSize(1);
        assertThat(burn.get(0).getCount()).isEqualTo(25);

        pipeline.publish(pipeline.failure("u", "more", 1).build());
        flush();
        assertThat(alerts("ERROR_RATE_BURN")).isEmpty();
    }

    @Test
    void shouldNotTakeWhatWasSubmittedTooLateForTheAttemptsOfAWindow() {
        pipeline.publish(pipeline.failure("u", "j", 1).build());
        flush();
        pipeline.errorRates();

        pipeline.publish(JobLifecycle.newBuilder(pipeline.event("u", "old", 1, LifecycleStage.SUBMITTED))
                .setAt(pipeline.now().minus(Duration.ofHours(2)))
                .build());
        flush();
        assertThat(pipeline.errorRates()).isEmpty();

        pipeline.publish(pipeline.event("u", "new", 1, LifecycleStage.SUBMITTED));
        flush();
        assertThat(pipeline.errorRates())
                .extracting(PipelineHarness.Out::value)
                .extracting(ErrorRate::getFailures, ErrorRate::getSubmitted)
                .containsExactly(org.assertj.core.groups.Tuple.tuple(1L, 1L));
    }

    @Test
    void shouldTellOfOverdueRetriesAtMostOnceInTenMinutes() {
        retryIn3s("a");
        pipeline.leap(Duration.ofSeconds(50));
        assertThat(pipeline.ready()).hasSize(1);
        assertThat(alerts("OVERDUE_RETRIES")).isEmpty();

        retryIn3s("b");
        pipeline.leap(Duration.ofMinutes(2));
        assertThat(pipeline.ready()).hasSize(1);
        assertThat(alerts("OVERDUE_RETRIES")).hasSize(1);

        retryIn3s("c");
        pipeline.leap(Duration.ofMinutes(5));
        assertThat(alerts("OVERDUE_RETRIES")).isEmpty();

        retryIn3s("d");
        pipeline.leap(Duration.ofMinutes(11));
        assertThat(alerts("OVERDUE_RETRIES")).hasSize(1);
    }

    private void retryIn3s(String job) {
        pipeline.publish(pipeline.failure("u", job, 1)
                .setHttpStatus(429)
                .setResponseHeaders(Map.of("Retry-After", "3"))
                .build());
    }
}
