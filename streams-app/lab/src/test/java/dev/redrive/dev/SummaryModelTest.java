package dev.redrive.dev;

import static org.assertj.core.api.Assertions.assertThat;

import dev.redrive.avro.DeadLetter;
import dev.redrive.avro.GateState;
import dev.redrive.avro.JobFailure;
import dev.redrive.avro.Outcome;
import dev.redrive.avro.QuotaState;
import dev.redrive.avro.RetryRequest;
import dev.redrive.avro.UserState;
import dev.redrive.dev.SummaryModel.Summary;
import dev.redrive.dev.SummaryText.ScreenSize;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SummaryModelTest {

    private static final Instant T0 = Instant.parse("2026-01-01T00:00:00Z");

    private static final SummaryText.Frame FRAME = new SummaryText.Frame("title", List.of("hint"));

    private final SummaryModel model = new SummaryModel();

    @Test
    void shouldCountARetryAsPendingFromItsScheduleToItsRelease() {
        model.outcome(scheduled("a", 1, "10s", T0.plusSeconds(5)));
        model.outcome(scheduled("b", 1, "1d", T0.plusSeconds(5000)));
        assertThat(model.at(T0).pendingByTier()).containsExactly(Map.entry("10s", 1L), Map.entry("1d", 1L));
        assertThat(model.at(T0).overdue()).isZero();
        assertThat(model.at(T0.plusSeconds(6)).overdue()).isEqualTo(1);

        model.outcome(outcome("a", 2, "RETRY", "RELEASED", null, null));

        assertThat(model.at(T0.plusSeconds(6)).pendingByTier()).containsExactly(Map.entry("1d", 1L));
        assertThat(model.at(T0.plusSeconds(6)).overdue()).isZero();
        assertThat(model.at(T0).failures()).isEqualTo(2);
        assertThat(model.at(T0).users()).isEqualTo(1);
    }

    @Test
    void shouldKeepTheNewerRetryWhenAnOlderOneIsSuperseded() {
        model.outcome(scheduled("a", 1, "10s", T0));
        model.outcome(scheduled("a", 2, "1m", T0.plusSeconds(60)));

        model.outcome(outcome("a", 2, "RETRY", "SUPERSEDED", null, null));

        assertThat(model.at(T0).pendingByTier()).containsExactly(Map.entry("1m", 1L));
    }

    @Test
    void shouldCloseARetryHoweverItEnds() {
        for (String end : new String[] {"RELEASED", "CANCELLED", "SUPERSEDED", "DEAD_LETTERED"}) {
            model.outcome(scheduled("a", 1, "10s", T0));
            model.outcome(outcome("a", 2, "RETRY", end, null, null));

            assertThat(model.at(T0).pending()).as(end).isZero();
        }
        model.outcome(scheduled("a", 1, "10s", T0));
        model.outcome(outcome("a", 1, "FAILURE", "DUPLICATE", null, null));
        assertThat(model.at(T0).pending()).isEqualTo(1);
    }

    @Test
    void shouldCountARedriveUnderTheAttemptItWillMake() {
        model.outcome(outcome("a", 4, "COMMAND", "SCHEDULED", "10s", T0));
        model.outcome(outcome("a", 4, "RETRY", "RELEASED", null, null));

        assertThat(model.at(T0).pending()).isZero();
    }

    @Test
    void shouldMeasureHowLateReleasesAreByTheBrokersClock() {
        for (int lateMs = 1; lateMs <= 100; lateMs++) {
            model.ready(retry(T0), T0.plusMillis(lateMs));
        }

        Summary summary = model.at(T0.plusSeconds(1));
        assertThat(summary.latenessP50Ms()).isEqualTo(51);
        assertThat(summary.latenessP99Ms()).isEqualTo(100);
        assertThat(summary.early()).isZero();
        assertThat(summary.outPerSecond()).isEqualTo(10.0);
        model.ready(retry(T0), T0.minusMillis(1));
        assertThat(model.at(T0).early()).isEqualTo(1);
    }

    @Test
    void shouldCountWhatGatesHoldByGateAndNotAsOverdue() {
        model.outcome(scheduled("a", 1, "10s", T0));
        model.outcome(scheduled("b", 1, "10s", T0));
        Instant later = T0.plusSeconds(5);
        assertThat(model.at(later).overdue()).isEqualTo(2);

        model.user("user", holding(gate("CONCURRENCY", null, 2)), T0.plusSeconds(1));
        model.user("other", holding(gate("RATE_WINDOW", "music", 3), gate("RATE_WINDOW", "music", 3)), T0);
        assertThat(model.at(later).overdue()).isZero();
        assertThat(model.at(later).blockedByGate())
                .containsExactly(Map.entry("CONCURRENCY", 2L), Map.entry("RATE_WINDOW", 3L));
        assertThat(SummaryText.line(model.at(later)))
                .contains("pending 2 (10s 2), blocked 5 (CONCURRENCY 2, RATE_WINDOW 3), overdue 0,");

        model.user("user", holding(gate("RATE_WINDOW", "music", 1)), T0.plusSeconds(2));
        model.user("other", null, T0.plusSeconds(2));
        assertThat(model.at(later).overdue()).isEqualTo(1);
        assertThat(model.at(later).blockedByGate()).containsExactly(Map.entry("RATE_WINDOW", 1L));

        model.user("user", holding(), T0.plusSeconds(3));
        assertThat(model.at(later).overdue()).isEqualTo(2);
        assertThat(model.at(later).blockedByGate()).isEmpty();
    }

    @Test
    void shouldMeasureLatenessOnlyWhereNoGateHeldTheRetryAfterItsDue() {
        model.user("user", holding(gate("RATE_WINDOW", "music", 1)), T0.plusSeconds(1));
        model.ready(retry(T0), T0.plusSeconds(2));
        model.user("user", holding(), T0.plusSeconds(3));
        model.ready(retry(T0.plusSeconds(3)), T0.plusSeconds(4));
        assertThat(model.at(T0).latenessP99Ms()).isZero();
        assertThat(model.at(T0).released()).isEqualTo(2);

        model.ready(retry(T0.plusSeconds(4)), T0.plusSeconds(4).plusMillis(70));
        model.user("user", holding(gate("RATE_WINDOW", "speech", 1)), T0.plusSeconds(5));
        model.ready(retry(T0.plusSeconds(5)), T0.plusSeconds(5).plusMillis(80));

        assertThat(model.at(T0).latenessP50Ms()).isEqualTo(80);
        assertThat(model.at(T0).latenessP99Ms()).isEqualTo(80);
        assertThat(model.at(T0).released()).isEqualTo(4);
    }

    @Test
    void shouldForgetRatesAfterTenSeconds() {
        model.outcome(scheduled("a", 1, "10s", T0));

        assertThat(model.at(T0.plusSeconds(10)).inPerSecond()).isEqualTo(0.1);
        assertThat(model.at(T0.plusSeconds(11)).inPerSecond()).isZero();
    }

    @Test
    void shouldWriteAScreenAndALine() {
        model.outcome(scheduled("a", 1, "10s", T0.plusSeconds(5)));
        model.deadLetter(dead("QUOTA_EXHAUSTED"));
        model.deadLetter(dead("INVALID_REQUEST"));
        model.deadLetter(dead("INVALID_REQUEST"));
        Summary summary = model.at(T0.plusSeconds(1));

        assertThat(SummaryText.screen(FRAME, summary, T0, ScreenSize.USUAL))
                .startsWith("title   00:00:00Z")
                .contains("    by tier      10s 1", "    by reason    INVALID_REQUEST 2, QUOTA_EXHAUSTED 1")
                .contains("  FAILURE #1 SCHEDULED TRANSIENT in 5000 ms")
                .endsWith("hint");
        assertThat(SummaryText.line(summary))
                .isEqualTo("in 0.1/s, out 0.0/s, pending 1 (10s 1), blocked 0, overdue 0, dead letters 3, users 1,"
                        + " late p50 0 ms p99 0 ms");
    }

    @Test
    void shouldLetNoRecordMoveTheCursorOfATerminal() {
        model.outcome(outcome("a", 1, "FAILURE", "\u001b[2J".repeat(50), null, null));

        assertThat(SummaryText.screen(FRAME, model.at(T0), T0, ScreenSize.USUAL))
                .allSatisfy(line -> assertThat(line).doesNotContain("\u001b"));
    }

    @ParameterizedTest
    @CsvSource({"80, 24", "120, 40", "40, 10", "500, 200"})
    void shouldFitAnyScreenAndFillItWithTheLatestOutcomes(int columns, int rows) {
        for (int i = 0; i < 300; i++) {
            model.outcome(scheduled("job-" + i, i + 1, "10s", T0.plusSeconds(5)));
            model.deadLetter(dead("REASON_NUMBER_" + i));
        }

        List<String> screen = SummaryText.screen(FRAME, model.at(T0), T0, new ScreenSize(columns, rows));

        assertThat(screen)
                .hasSize(Math.min(rows - 1, 212))
                .allSatisfy(line -> assertThat(line).hasSizeLessThan(columns));
        if (rows > 20) {
            assertThat(screen)
                    .contains("  FAILURE #300 SCHEDULED TRANSIENT in 5000 ms")
                    .endsWith("hint");
            assertThat(screen).anyMatch(line -> line.matches(" +REASON_NUMBER_.*, and [0-9]+ more"));
        }
    }

    @Test
    void shouldReadTheSizeThatTheTerminalTells() {
        assertThat(ScreenSize.parse("40 120\n")).isEqualTo(new ScreenSize(120, 40));
        assertThat(ScreenSize.parse("0 0\n")).isEqualTo(ScreenSize.USUAL);
        assertThat(ScreenSize.parse("")).isEqualTo(ScreenSize.USUAL);
        assertThat(ScreenSize.parse("99999 1")).isEqualTo(new ScreenSize(40, 200));
    }

    private static Outcome scheduled(String job, int failedAttempt, String tier, Instant dueAt) {
        return outcome(job, failedAttempt, "FAILURE", "SCHEDULED", tier, dueAt);
    }

    private static Outcome outcome(
            String job, int attempt, String input, String outcome, @Nullable String tier, @Nullable Instant dueAt) {
        return Outcome.newBuilder()
                .setUserId("user")
                .setJobId(job)
                .setAttempt(attempt)
                .setInput(input)
                .setOutcome(outcome)
                .setFailureClass(outcome.equals("SCHEDULED") ? "TRANSIENT" : null)
                .setTier(tier)
                .setDueAt(dueAt)
                .setAt(T0)
                .build();
    }

    private static GateState gate(String gate, @Nullable String service, int blocked) {
        return new GateState(gate, service, T0, T0.plusSeconds(60), blocked, null);
    }

    private static UserState holding(GateState... gates) {
        return UserState.newBuilder()
                .setUserId("user")
                .setUpdatedAt(T0)
                .setQuota(QuotaState.newBuilder().setStatus("AVAILABLE").build())
                .setGates(List.of(gates))
                .build();
    }

    private static RetryRequest retry(Instant dueAt) {
        return RetryRequest.newBuilder()
                .setUserId("user")
                .setJobId("job")
                .setAttempt(2)
                .setService("music")
                .setOperation("music.song.generate")
                .setMethod("POST")
                .setRoute("/v1/music/songs")
                .setIdempotencyKey("key")
                .setDueAt(dueAt)
                .setFailureClass("TRANSIENT")
                .setFirstFailedAt(T0)
                .setFailedAt(T0)
                .build();
    }

    private static DeadLetter dead(String reason) {
        return DeadLetter.newBuilder()
                .setDeadLetterId("id")
                .setUserId("user")
                .setJobId("job")
                .setAttempt(1)
                .setReason(reason)
                .setFailureClass(reason)
                .setRemedy("")
                .setFingerprint("f")
                .setRuleId("r")
                .setRulesVersion("v")
                .setFirstFailedAt(T0)
                .setDeadLetteredAt(T0)
                .setFailure(JobFailure.newBuilder()
                        .setUserId("user")
                        .setJobId("job")
                        .setService("music")
                        .setOperation("music.song.generate")
                        .setFailedAt(T0)
                        .build())
                .build();
    }
}
