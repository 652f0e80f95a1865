package dev.redrive.dev;

import static org.assertj.core.api.Assertions.assertThat;

import dev.redrive.avro.AccountChangeKind;
import dev.redrive.dev.DevSettings.WorkloadSettings.Scripted;
import dev.redrive.dev.JobSource.Attempt;
import dev.redrive.dev.ReportOutbox.AttemptReports;
import dev.redrive.dev.ReportOutbox.Report;
import dev.redrive.sim.Decisions;
import dev.redrive.sim.Scenario;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class ScenarioLoadTest {

    private static final Instant T0 = Instant.parse("2026-11-29T00:00:00Z");
    private static final Scenario RISES =
            Scenario.named("limit-rises-told").orElseThrow().withJobs(40);

    private final Recorded recorded = new Recorded();
    private final ReportOutbox outbox = new ReportOutbox(recorded, 10_000);

    private ScenarioLoad load(boolean lifecycle) {
        return new ScenarioLoad(new Scripted(RISES, 3, lifecycle, Decisions.PIPELINE), outbox, "r-");
    }

    /** Goes on to a time in seconds, in steps of 20 ms. */
    private static void tick(ScenarioLoad load, int fromS, int toS) {
        for (long ms = fromS * 1_000L; ms <= toS * 1_000L; ms += 20) {
            load.tick(T0.plusMillis(ms));
        }
    }

    @Test
    void shouldPublishAttemptsFailuresAndAccountChangesUnderIdsOfTheRun() {
        ScenarioLoad load = load(true);

        tick(load, 0, 60);

        assertThat(recorded.kinds()).contains("Submitted", "Accepted", "Succeeded", "Refused", "Account");
        assertThat(recorded.attempts())
                .allMatch(attempt -> attempt.jobId().startsWith("r-job-")
                        && attempt.userId().equals("user-0")
                        && ("key-" + attempt.jobId()).equals(attempt.idempotencyKey()));
        assertThat(recorded.sent)
                .filteredOn(Report.Account.class::isInstance)
                .singleElement()
                .isInstanceOfSatisfying(Report.Account.class, account -> {
                    assertThat(account.change().getChange()).isEqualTo(AccountChangeKind.LIMITS_CHANGED);
                    assertThat(account.change().getConcurrencyLimit()).isEqualTo(4);
                    assertThat(account.change().getAt()).isBetween(T0.plusSeconds(20), T0.plusSeconds(41));
                });
    }

    @Test
    void shouldPublishNothingButFailuresWithoutLifecycleEvents() {
        tick(load(false), 0, 60);

        assertThat(recorded.kinds()).isNotEmpty().containsOnly("Refused");
    }

    @Test
    void shouldMakeReleasedRetriesOfItsOwnRunOnly() {
        ScenarioLoad load = load(true);
        tick(load, 0, 12);
        Attempt refused = recorded.sent.stream()
                .filter(Report.Refused.class::isInstance)
                .map(report -> ((Report.Refused) report).attempt())
                .findFirst()
                .orElseThrow();
        int before = recorded.sent.size();

        load.make(retry(refused, "former-run-" + refused.jobId()), T0.plusSeconds(12));
        load.tick(T0.plusSeconds(12));
        assertThat(recorded.sent).hasSize(before);
        load.make(retry(refused, refused.jobId()), T0.plusSeconds(12));
        load.tick(T0.plusSeconds(12));

        assertThat(recorded.attempts().subList(before, recorded.sent.size()))
                .singleElement()
                .isEqualTo(retry(refused, refused.jobId()));
    }

    @Test
    void shouldStartWithItsFirstTick() {
        ScenarioLoad load = load(true);
        assertThat(load.run()).isNull();
        assertThat(load.finished()).isFalse();

        load.tick(T0.plusSeconds(500));

        assertThat(load.run()).isNotNull();
        assertThat(load.untilNext(T0.plusSeconds(500))).isPositive();
        assertThat(recorded.sent).isEmpty();
    }

    private static Attempt retry(Attempt of, String jobId) {
        return new Attempt(of.userId(), jobId, 2, of.service(), of.operation(), of.route(), of.idempotencyKey());
    }

    /** Keeps what was sent. */
    private static final class Recorded implements AttemptReports {

        private final List<Report> sent = new ArrayList<>();

        @Override
        public CompletableFuture<?> send(Report report) {
            sent.add(report);
            return CompletableFuture.completedFuture(report);
        }

        List<String> kinds() {
            return sent.stream()
                    .map(report -> report.getClass().getSimpleName())
                    .toList();
        }

        List<Attempt> attempts() {
            return sent.stream()
                    .filter(Report.OnAttempt.class::isInstance)
                    .map(report -> ((Report.OnAttempt) report).attempt())
                    .toList();
        }

        @Override
        public void close() {}
    }
}
