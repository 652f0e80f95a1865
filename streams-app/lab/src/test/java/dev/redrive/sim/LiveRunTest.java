package dev.redrive.sim;

import static org.assertj.core.api.Assertions.assertThat;

import dev.redrive.domain.event.Input.AccountChanged;
import dev.redrive.domain.event.Input.JobMoved.Stage;
import dev.redrive.sim.ApiAnswer.Response;
import dev.redrive.sim.ApiBehaviour.Hints;
import dev.redrive.sim.ApiBehaviour.Outage;
import dev.redrive.sim.ApiBehaviour.PlanChange;
import dev.redrive.sim.ApiUser.DueChange;
import dev.redrive.sim.Policy.FailedAttempt;
import dev.redrive.sim.Policy.MovedJob;
import dev.redrive.sim.Policy.PolicyContext;
import dev.redrive.sim.Policy.Reach;
import dev.redrive.sim.Scenario.Latency;
import dev.redrive.sim.Scenario.Load;
import dev.redrive.sim.Scenario.Workers;
import dev.redrive.sim.Simulation.Figures;
import dev.redrive.sim.Simulation.PolicyReport;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import org.junit.jupiter.api.Test;

/** The world of the simulation, driven by a clock. */
class LiveRunTest {

    private static final long SEED = 7;
    private static final long START_MS =
            Instant.parse("2026-11-29T01:02:03.456Z").toEpochMilli();
    private static final long SKEW_MS = -30_000;
    private static final long DELAY_MS = 1_700;

    /** Strangers, an outage of one service, an announced rise, a wrong clock. */
    private static final Scenario HARSH = new Scenario(
            "test",
            "",
            new Load(6, 120, Duration.ofSeconds(40), 0, 1, 4),
            ApiBehaviour.sound(1, 8, 1_000, Duration.ofSeconds(4))
                    .with(PlanChange.concurrency(Duration.ofSeconds(15), Duration.ofSeconds(25), 3, true))
                    .with(new Outage(
                            Duration.ofSeconds(10), Duration.ofSeconds(9), Service.MUSIC, Duration.ofSeconds(5)))
                    .with(new Hints(true, true, true, true)),
            Workers.USUAL.skewed(Duration.ofMillis(SKEW_MS)),
            Duration.ofMinutes(10));

    /** What is reported in virtual time, as text with times from the start; retries after a constant delay. */
    private static final class Virtual implements Policy {

        private final boolean lifecycle;
        private final List<String> reports = new ArrayList<>();

        Virtual(boolean lifecycle) {
            this.lifecycle = lifecycle;
        }

        @Override
        public Reach reach() {
            return new Reach(lifecycle, lifecycle, Latency.NONE, Latency.NONE);
        }

        @Override
        public void failed(FailedAttempt failure, PolicyContext context) {
            int status = failure.reply().kind().status();
            reports.add(text(failure.job(), failure.attempt(), status, failure.atMs() - Jobs.START_MS));
            context.timer(failure.job(), context.nowMs() + DELAY_MS);
        }

        @Override
        public void timer(long token, PolicyContext context) {
            context.attempt((int) token, context.nowMs());
        }

        @Override
        public void moved(MovedJob moved, PolicyContext context) {
            reports.add(text(moved.job(), moved.attempt(), moved.stage(), moved.atMs() - Jobs.START_MS));
        }

        @Override
        public void planChanged(int user, DueChange due, PolicyContext context) {
            reports.add("account of user-" + user + " at " + (due.atMs() - Jobs.START_MS));
        }
    }

    private record Release(int job, int attempt, long atMs) {}

    /** A run by a fake clock; a failed job is released after a constant delay. */
    private static final class Live implements LiveRun.Reports {

        private final List<String> reports = new ArrayList<>();
        private final List<Response> responses = new ArrayList<>();
        private final List<AccountChanged> changes = new ArrayList<>();
        private final PriorityQueue<Release> releases = new PriorityQueue<>(Comparator.comparingLong(Release::atMs));
        private final LiveRun run;
        private long nowMs = START_MS;

        Live(Scenario scenario, boolean lifecycle) {
            this.run = new LiveRun(scenario, SEED, START_MS, lifecycle, Decisions.PIPELINE, this);
        }

        /** Runs to the end, in steps of at least {@code stepMs}; returns the number of steps. */
        int toTheEnd(long stepMs) {
            int steps = 0;
            for (; !run.finished(); steps++) {
                Release first = releases.peek();
                long dueMs = Math.min(run.nextMs(), first == null ? Long.MAX_VALUE : first.atMs());
                nowMs = Math.max(nowMs + stepMs, dueMs);
                run.advance(nowMs);
                while (!releases.isEmpty() && releases.element().atMs() <= nowMs) {
                    Release due = releases.remove();
                    run.release(due.job(), due.attempt(), nowMs);
                }
            }
            return steps;
        }

        @Override
        public void failed(int job, int attempt, Response response, Instant at) {
            reports.add(text(job, attempt, response.status(), at.toEpochMilli() - START_MS));
            responses.add(response);
            // The clock of the batch system is wrong, that of the pipeline is not.
            releases.add(new Release(job, attempt + 1, at.toEpochMilli() - SKEW_MS + DELAY_MS));
        }

        @Override
        public void moved(int job, int attempt, Stage stage, Instant at) {
            reports.add(text(job, attempt, stage, at.toEpochMilli() - START_MS));
        }

        @Override
        public void accountChanged(AccountChanged change) {
            reports.add("account of " + change.userId() + " at " + (change.at().toEpochMilli() - START_MS));
            changes.add(change);
        }
    }

    private static String text(int job, int attempt, Object what, long ms) {
        return "job " + job + " attempt " + attempt + ": " + what + " at " + ms;
    }

    private static Virtual virtual(boolean lifecycle) {
        Virtual policy = new Virtual(lifecycle);
        new World(HARSH, Jobs.of(HARSH, SEED), SEED, setting -> policy, Decisions.PIPELINE).run();
        return policy;
    }

    @Test
    void shouldDecideAndReportTheSameByAClockAsInVirtualTime() {
        for (boolean lifecycle : new boolean[] {true, false}) {
            Virtual virtual = virtual(lifecycle);
            Live live = new Live(HARSH, lifecycle);

            live.toTheEnd(0);

            assertThat(live.reports).containsExactlyInAnyOrderElementsOf(virtual.reports);
            assertThat(live.responses).extracting(Response::status).contains(429, 503);
            assertThat(live.run.completed()).isEqualTo(120);
            assertThat(live.run.ignored()).isZero();
        }
    }

    @Test
    void shouldReportEndsAndAnnouncedChangesOnlyWithLifecycleEvents() {
        Live all = new Live(HARSH, true);
        Live failures = new Live(HARSH, false);

        all.toTheEnd(0);
        failures.toTheEnd(0);

        // The run ends with the last job, whose success is reported no more.
        assertThat(all.reports).filteredOn(text -> text.contains("SUCCEEDED")).hasSizeBetween(110, 119);
        assertThat(all.changes)
                .hasSize(6)
                .allSatisfy(change -> assertThat(change.concurrencyLimit()).isEqualTo(3));
        assertThat(failures.reports).noneMatch(text -> text.contains("SUCCEEDED") || text.contains("SUBMITTED"));
        assertThat(failures.changes).isEmpty();
    }

    @Test
    void shouldReportByTheBatchSystemsClockAndAnswerByTheApis() {
        Live live = new Live(HARSH, true);

        live.toTheEnd(0);

        // The first answer comes within a second of the first arrival, thirty seconds earlier by the wrong clock.
        assertThat(live.reports.get(0)).matches("job 0 attempt 1: SUBMITTED at -[0-9]+");
        assertThat(live.responses.get(0).headers().get("Date")).startsWith("Sun, 29 Nov 2026 01:02:");
    }

    @Test
    void shouldHandleAtItsOwnTimeWhatTheClockReachesLate() {
        Live exact = new Live(HARSH, true);
        Live coarse = new Live(HARSH, true);

        int steps = exact.toTheEnd(0);
        int fewer = coarse.toTheEnd(50);

        // Releases are late by the step, all else happens at its own time
        assertThat(fewer).isLessThan(steps);
        List<String> firstSubmissions = exact.reports.stream()
                .filter(text -> text.contains("attempt 1: SUBMITTED"))
                .toList();
        assertThat(firstSubmissions).hasSize(120);
        assertThat(coarse.reports).containsAll(firstSubmissions);
        assertThat(coarse.run.completed()).isEqualTo(120);
    }

    @Test
    void shouldIgnoreAReleaseThatIsReadTwiceOrHasAnotherNumber() {
        Live live = new Live(HARSH, true);
        while (live.responses.isEmpty()) {
            live.run.advance(live.run.nextMs());
        }
        Release first = live.releases.element();

        live.run.release(first.job(), first.attempt() + 1, first.atMs());
        assertThat(live.run.ignored()).isEqualTo(1);
        live.run.release(first.job(), first.attempt(), first.atMs());
        live.run.release(first.job(), first.attempt(), first.atMs());

        assertThat(live.run.ignored()).isEqualTo(2);
    }

    @Test
    void shouldEndAtItsBoundWithTheRestUnfinished() {
        Scenario short_ = new Scenario("short", "", HARSH.load(), HARSH.api(), Duration.ofSeconds(30));
        Live live = new Live(short_, true);

        live.toTheEnd(0);

        Figures figures = live.run.report().bySeed().get(0);
        assertThat(live.run.completed()).isBetween(1, 119);
        assertThat(figures.unfinished()).isEqualTo(120 - live.run.completed());
    }

    @Test
    void shouldGiveFiguresByTheOracleOnTheSameJobsAndThoseOfTheSimulation() throws InterruptedException {
        Live live = new Live(HARSH, true);
        live.toTheEnd(0);

        PolicyReport real = live.run.report();
        List<PolicyReport> simulated = live.run.simulated();

        assertThat(real.policy()).isEqualTo(PolicyKind.REDRIVE);
        assertThat(simulated).extracting(PolicyReport::policy).containsExactly(PolicyKind.REDRIVE, PolicyKind.ORACLE);
        double oracleMs = simulated.get(1).median(Figures::makespanMs);
        assertThat(real.median(Figures::ratio)).isEqualTo(real.median(Figures::makespanMs) / oracleMs);
        assertThat(real.median(Figures::completed)).isEqualTo(120);
    }
}
