package dev.redrive.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import dev.redrive.avro.Command;
import dev.redrive.avro.CommandKind;
import dev.redrive.avro.LifecycleStage;
import dev.redrive.avro.Outcome;
import dev.redrive.config.ConfigLoader;
import dev.redrive.domain.lifecycle.Effect;
import dev.redrive.domain.lifecycle.Effect.OutcomeKind;
import dev.redrive.topology.PipelineHarness;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TopologySignalsTest {

    private final RedriveMetrics metrics = new RedriveMetrics(ConfigLoader.builtIn());
    private PipelineHarness pipeline;

    @BeforeEach
    void open(@TempDir Path stateDir) {
        pipeline = new PipelineHarness(stateDir, Map.of(), metrics);
    }

    @AfterEach
    void close() {
        pipeline.close();
        metrics.close();
    }

    @Test
    void shouldCountTheOutcomesThatTheLedgerHolds() {
        runALittleOfEverything();

        List<Outcome> ledger =
                pipeline.outcomes().stream().map(PipelineHarness.Out::value).toList();
        Scrape scrape = Scrape.of(metrics);
        for (Effect.About about : Effect.About.values()) {
            for (OutcomeKind kind : OutcomeKind.values()) {
                long told = ledger.stream()
                        .filter(outcome -> outcome.getInput().equals(about.name())
                                && outcome.getOutcome().equals(kind.name()))
                        .count();
                assertThat(scrape.value("redrive_outcomes_total{input=\"" + about + "\",outcome=\"" + kind + "\"}"))
                        .as("%s %s", about, kind)
                        .isEqualTo(told);
            }
        }
        assertThat(ledger)
                .extracting(Outcome::getOutcome)
                .contains("SCHEDULED", "RELEASED", "DEAD_LETTERED", "DUPLICATE", "CANCELLED", "QUARANTINED", "STALE");
    }

    private void runALittleOfEverything() {
        pipeline.publish(pipeline.failure("u1", "released", 1).build());
        pipeline.publish(pipeline.failure("u1", "released", 1).build());
        pipeline.publish(pipeline.failure("u1", "dead", 1).setHttpStatus(400).build());
        pipeline.publish(pipeline.failure("u1", "dead", 2).setHttpStatus(503).build());
        pipeline.publish(pipeline.failure("u2", "cancelled", 1).build());
        pipeline.publish(command("u2", "cancelled", CommandKind.CANCEL));
        pipeline.publish(command("u2", "unknown", CommandKind.EXPEDITE));
        pipeline.publish(pipeline.event("u2", "j", 1, LifecycleStage.SUBMITTED));
        pipeline.send("jobs.failures", "u1", "{}".getBytes(StandardCharsets.UTF_8));
        pipeline.send("jobs.lifecycle", "u1", null);
        pipeline.advance(Duration.ofSeconds(6));
    }

    private Command command(String user, String job, CommandKind kind) {
        return Command.newBuilder()
                .setUserId(user)
                .setJobId(job)
                .setKind(kind)
                .setCommandId("c-" + job)
                .setIssuedAt(pipeline.now())
                .build();
    }

    @Test
    void shouldTellClassTierAndReason() {
        pipeline.publish(pipeline.failure("u1", "j1", 1)
                .setHttpStatus(429)
                .setResponseHeaders(Map.of("Retry-After", "30"))
                .build());
        pipeline.publish(pipeline.failure("u1", "j2", 1).setHttpStatus(404).build());

        Scrape scrape = Scrape.of(metrics);
        assertThat(scrape.value("redrive_retries_scheduled_total{class=\"RATE_LIMITED\",tier=\"1m\"}"))
                .isEqualTo(1);
        assertThat(scrape.value("redrive_dead_letters_total{class=\"NOT_FOUND\",reason=\"NOT_FOUND\"}"))
                .isEqualTo(1);
        assertThat(scrape.value("redrive_failures_total{class=\"RATE_LIMITED\"}"))
                .isEqualTo(1);
        assertThat(scrape.value("redrive_failures_total{class=\"NOT_FOUND\"}")).isEqualTo(1);
    }

    @Test
    void shouldCountAPendingRetryUntilItIsReleasedAndTellHowLateItWas() {
        pipeline.publish(pipeline.failure("u1", "j1", 1)
                .setHttpStatus(429)
                .setResponseHeaders(Map.of("Retry-After", "5"))
                .build());
        pipeline.advance(Duration.ofSeconds(2));
        double before = Scrape.of(metrics).value("redrive_retries_pending{tier=\"10s\"}");

        pipeline.leap(Duration.ofSeconds(10));
        pipeline.advance(Duration.ofSeconds(2));

        Scrape scrape = Scrape.of(metrics);
        assertThat(before).isEqualTo(1);
        assertThat(scrape.value("redrive_retries_pending{tier=\"10s\"}")).isZero();
        assertThat(scrape.value("redrive_retries_released_total{class=\"RATE_LIMITED\"}"))
                .isEqualTo(1);
        assertThat(scrape.value("redrive_release_lateness_seconds_count")).isEqualTo(1);
        assertThat(scrape.value("redrive_release_lateness_seconds_sum")).isBetween(3.0, 7.1);
    }

    @Test
    void shouldCountWhatIsOverdueWhenALookEndsByItsBounds(@TempDir Path other) {
        pipeline.close();
        pipeline = new PipelineHarness(
                other, Map.of("REDRIVE_RELEASE__SLICE_MAX_RECORDS", "1", "REDRIVE_RELEASE__INTERVAL", "1s"), metrics);
        for (int i = 0; i < 5; i++) {
            pipeline.publish(pipeline.failure("u1", "j" + i, 1).build());
        }

        pipeline.leap(Duration.ofMinutes(10));
        pipeline.leap(Duration.ofSeconds(1));
        double overdue = Scrape.of(metrics).value("redrive_retries_overdue");
        pipeline.advance(Duration.ofSeconds(10));

        assertThat(overdue).isBetween(1.0, 4.0);
        assertThat(Scrape.of(metrics).value("redrive_retries_overdue")).isZero();
        assertThat(Scrape.of(metrics).value("redrive_retries_overdue_oldest_seconds"))
                .isZero();
    }

    @Test
    void shouldCountWhatNoRuleMatchesWhatContradictsItselfAndHintsThatCannotBeRead() {
        pipeline.publish(
                pipeline.failure("u1", "unmatched", 1).setHttpStatus(600).build());
        pipeline.publish(pipeline.failure("u1", "contradictory", 1)
                .setHttpStatus(200)
                .setErrorBody(PipelineHarness.body("{\"code\":\"INVALID_URL\"}"))
                .build());
        pipeline.publish(pipeline.failure("u1", "hint", 1)
                .setHttpStatus(429)
                .setResponseHeaders(Map.of("Retry-After", "soon"))
                .build());

        Scrape scrape = Scrape.of(metrics);
        assertThat(scrape.value("redrive_failures_unmatched_total")).isEqualTo(1);
        assertThat(scrape.value("redrive_failures_contradictory_total")).isEqualTo(1);
        assertThat(scrape.value("redrive_retry_hints_unreadable_total{reason=\"NOT_DIGITS_OR_DATE\"}"))
                .isEqualTo(1);
    }

    @Test
    void shouldCountWhatComesAfterItsWindow() {
        pipeline.publish(pipeline.failure("u1", "j1", 1)
                .setFailedAt(pipeline.now().minus(Duration.ofHours(2)))
                .build());

        assertThat(Scrape.of(metrics).value("redrive_error_rates_late_total{kind=\"FAILURE\"}"))
                .isEqualTo(1);
    }

    @Test
    void shouldForgetTheTasksThatHaveEnded(@TempDir Path other) {
        double before;
        try (PipelineHarness ending = new PipelineHarness(other, Map.of(), metrics)) {
            ending.publish(ending.failure("u1", "j1", 1)
                    .setHttpStatus(429)
                    .setResponseHeaders(Map.of("Retry-After", "5"))
                    .build());
            ending.advance(Duration.ofSeconds(2));
            before = Scrape.of(metrics).value("redrive_retries_pending{tier=\"10s\"}");
        }

        assertThat(before).isEqualTo(1);
        assertThat(Scrape.of(metrics).value("redrive_retries_pending{tier=\"10s\"}"))
                .isZero();
    }
}
