package dev.redrive.sim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.redrive.sim.ApiBehaviour.Hints;
import dev.redrive.sim.ApiBehaviour.Outage;
import dev.redrive.sim.ApiBehaviour.Plan;
import dev.redrive.sim.ApiBehaviour.PlanChange;
import dev.redrive.sim.ApiUser.DueChange;
import dev.redrive.sim.Policy.PolicyContext;
import dev.redrive.sim.Policy.Reach;
import dev.redrive.sim.Scenario.Latency;
import dev.redrive.sim.Scenario.Load;
import dev.redrive.sim.Scenario.Workers;
import dev.redrive.sim.World.RunResult;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A world in which limits change, reports lack hints, and clocks are wrong. */
class HarshWorldTest {

    private static final long SEED = 3;
    private static final Duration JOB = Duration.ofSeconds(10);
    private static final Duration BOUND = Duration.ofHours(1);

    /** Records what reaches it, and retries after a constant delay. */
    private static final class Recorder implements Policy {

        private final Reach reach;
        private final long delayMs;
        private final List<FailedAttempt> failures = new ArrayList<>();
        private final List<MovedJob> moves = new ArrayList<>();
        private final List<DueChange> changes = new ArrayList<>();

        Recorder(Reach reach, long delayMs) {
            this.reach = reach;
            this.delayMs = delayMs;
        }

        @Override
        public Reach reach() {
            return reach;
        }

        @Override
        public void failed(FailedAttempt failure, PolicyContext context) {
            failures.add(failure);
            context.attempt(failure.job(), context.nowMs() + delayMs);
        }

        @Override
        public void moved(MovedJob moved, PolicyContext context) {
            moves.add(moved);
        }

        @Override
        public void planChanged(int user, DueChange due, PolicyContext context) {
            changes.add(due);
        }
    }

    private static Scenario scenario(int jobs, ApiBehaviour api, Workers workers) {
        return new Scenario("test", "", new Load(1, jobs, Duration.ZERO, 0), api, workers, BOUND);
    }

    private static RunResult run(Scenario scenario, Policy policy) {
        return new World(scenario, Jobs.of(scenario, SEED), SEED, setting -> policy, Decisions.PIPELINE).run();
    }

    private static RunResult run(Scenario scenario, long seed, PolicyKind kind) {
        return new World(scenario, Jobs.of(scenario, seed), seed, kind.maker(), Decisions.PIPELINE).run();
    }

    private static Recorder near() {
        return new Recorder(Reach.IN_PROCESS, 1_000);
    }

    @Test
    void shouldReportAChangeOnlyIfItIsAnnouncedAndOnlyToPoliciesWithAccountEvents() {
        for (boolean announced : new boolean[] {true, false}) {
            PlanChange rise = PlanChange.concurrency(Duration.ofSeconds(3), Duration.ofSeconds(5), 4, announced);
            Scenario scenario = scenario(8, ApiBehaviour.sound(1, 100, 100, JOB).with(rise), Workers.USUAL);
            Recorder accounts = new Recorder(new Reach(false, true, Scenario.REPORT, Latency.NONE), 1_000);
            Recorder failuresOnly = new Recorder(new Reach(false, false, Scenario.REPORT, Latency.NONE), 1_000);

            run(scenario, accounts);
            run(scenario, failuresOnly);

            assertThat(accounts.changes)
                    .hasSize(announced ? 1 : 0)
                    .allSatisfy(due -> assertThat(due.atMs() - Jobs.START_MS).isBetween(3_000L, 5_000L));
            assertThat(failuresOnly.changes).isEmpty();
        }
    }

    @Test
    void shouldMeetAChangedConcurrencyLimitFromItsInstantOn() {
        PlanChange rise = PlanChange.concurrency(Duration.ofSeconds(5), Duration.ofSeconds(5), 4, false);
        PlanChange fall = PlanChange.concurrency(Duration.ofSeconds(5), Duration.ofSeconds(5), 1, false);

        RunResult risen = run(scenario(5, ApiBehaviour.sound(1, 100, 100, JOB).with(rise), Workers.USUAL), near());
        RunResult fallen = run(scenario(6, ApiBehaviour.sound(4, 100, 100, JOB).with(fall), Workers.USUAL), near());

        // One job from 0 s on, three from about 6 s on, one from about 11 s on
        assertThat(risen.makespanMs()).isBetween(20_000L, 22_500L);
        // Four jobs until 10 s, which continue, and then one after the other
        assertThat(fallen.makespanMs()).isBetween(30_000L, 33_000L);
    }

    @Test
    void shouldAdmitMoreCallsOnceTheRateOrTheAllowanceIsRaised() {
        Duration at = Duration.ofSeconds(5);
        PlanChange faster = new PlanChange(at, at, null, 50, 0, false);
        PlanChange topUp = PlanChange.topUp(at, at, 50, false);

        RunResult rate = run(scenario(6, ApiBehaviour.sound(9, 1, 100, JOB).with(faster), Workers.USUAL), near());
        RunResult allowance = run(scenario(6, ApiBehaviour.sound(9, 100, 1, JOB).with(topUp), Workers.USUAL), near());

        assertThat(rate.makespanMs()).isBetween(15_000L, 17_000L);
        assertThat(allowance.makespanMs()).isBetween(15_000L, 17_000L);
    }

    @Test
    void shouldShiftReportedTimesByTheSkewAndNothingElse() {
        ApiBehaviour api = ApiBehaviour.sound(1, 100, 100, JOB);
        Reach reach = new Reach(true, true, Scenario.REPORT, Scenario.RELEASE);
        Recorder right = new Recorder(reach, 1_000);
        Recorder behind = new Recorder(reach, 1_000);
        Recorder stamped = new Recorder(reach, 1_000);
        Duration skew = Duration.ofSeconds(-30);

        RunResult one = run(scenario(4, api, Workers.USUAL), right);
        RunResult other = run(scenario(4, api, Workers.USUAL.skewed(skew)), behind);
        run(scenario(4, api, new Workers(Scenario.RELEASE, skew, false)), stamped);

        assertThat(other.makespanMs()).isEqualTo(one.makespanMs());
        assertThat(behind.failures).hasSameSizeAs(right.failures).isNotEmpty();
        for (int i = 0; i < right.failures.size(); i++) {
            assertThat(behind.failures.get(i).atMs())
                    .isEqualTo(right.failures.get(i).atMs() - 30_000);
            assertThat(behind.failures.get(i).reply())
                    .isEqualTo(right.failures.get(i).reply());
            assertThat(behind.failures.get(i).recordAtMs())
                    .isEqualTo(right.failures.get(i).recordAtMs());
            assertThat(stamped.failures.get(i).recordAtMs())
                    .isEqualTo(right.failures.get(i).recordAtMs() - 30_000);
        }
        assertThat(behind.moves).hasSameSizeAs(right.moves).isNotEmpty();
        for (int i = 0; i < right.moves.size(); i++) {
            assertThat(behind.moves.get(i).atMs()).isEqualTo(right.moves.get(i).atMs() - 30_000);
        }
    }

    @Test
    void shouldLeaveOutWhatAnswersDoNotContain() {
        ApiUser user = new ApiUser(new Plan("p", 1, 1, 1, 9), Jobs.START_MS + 600_000, 600_000);
        user.call(Service.MUSIC, Jobs.START_MS);
        user.jobStarted();
        Hints none = new Hints(false, false, false, false);
        Hints dated = new Hints(true, true, true, true);

        for (Reply.Kind kind : Reply.Kind.values()) {
            Reply bare = user.reply(kind, Service.MUSIC, Jobs.START_MS + 1_000, none);
            Reply full = user.reply(kind, Service.MUSIC, Jobs.START_MS + 1_000, dated);

            assertThat(bare.headers("music")).isEmpty();
            assertThat(full.headers("music")).containsEntry("Date", "Thu, 01 Jan 2026 00:00:01 GMT");
            if (kind != Reply.Kind.ACCEPTED) {
                assertThat(ApiAnswer.of(bare, "music").body())
                        .doesNotContain("active_requests", "concurrency_limit", "reset_at");
            }
            Instant now = Instant.ofEpochMilli(Jobs.START_MS + 2_000);
            assertThat(Failures.of(oneJob(), failure(bare), now).envelope().concurrencyLimit())
                    .isNull();
        }
    }

    private static Jobs oneJob() {
        return Jobs.of(scenario(1, ApiBehaviour.sound(1, 1, 1, JOB), Workers.USUAL), SEED);
    }

    private static Policy.FailedAttempt failure(Reply reply) {
        return new Policy.FailedAttempt(0, 1, reply, Jobs.START_MS, Jobs.START_MS);
    }

    @Test
    void shouldDrawOutagesWithinTheirBoundsForOneServiceOnly() {
        Outage bounds =
                new Outage(Duration.ofSeconds(20), Duration.ofSeconds(20), Service.MUSIC, Duration.ofSeconds(9));
        ApiBehaviour api = ApiBehaviour.sound(1, 1, 1, JOB).with(bounds);
        List<Long> starts = new ArrayList<>();
        for (long seed = 1; seed <= 20; seed++) {
            ApiBehaviour drawn = api.drawn(new Dice(seed));
            Outage outage = drawn.outages().get(0);
            long fromMs = outage.from().toMillis();

            assertThat(fromMs).isBetween(20_000L, 29_000L);
            assertThat(outage.length().toMillis()).isBetween(20_000L, 29_000L);
            assertThat(drawn.out(Service.MUSIC, fromMs)).isTrue();
            assertThat(drawn.out(Service.SPEECH, fromMs)).isFalse();
            assertThat(drawn.out(Service.MUSIC, outage.endMs())).isFalse();
            starts.add(fromMs);
        }
        assertThat(starts).doesNotHaveDuplicates();
    }

    @Test
    void shouldGiveSlotsToStrangersWithoutReportingThem() {
        ApiBehaviour api = ApiBehaviour.sound(1, 100, 100, JOB);
        Scenario alone = scenario(5, api, Workers.USUAL);
        Scenario shared = new Scenario("test", "", new Load(1, 5, Duration.ZERO, 0, 1, 60), api, Workers.USUAL, BOUND);
        Recorder policy = new Recorder(new Reach(true, true, Scenario.REPORT, Scenario.RELEASE), 1_000);

        RunResult result = run(shared, policy);

        long aloneMs = run(alone, new Recorder(policy.reach(), 1_000)).makespanMs();
        assertThat(result.makespanMs()).isGreaterThan(aloneMs + 9_000);
        assertThat(run(shared, SEED, PolicyKind.ORACLE).makespanMs()).isLessThan(result.makespanMs());
        assertThat(result.completed()).isEqualTo(5);
        assertThat(result.calls().all() - result.calls().retries()).isEqualTo(5);
        assertThat(result.allowanceBurnt()).isEqualTo(5);
        assertThat(policy.moves).allMatch(moved -> moved.job() < 5);
        assertThat(result.makespanMs())
                .isEqualTo(run(shared, new Recorder(policy.reach(), 1_000)).makespanMs());
    }

    @Test
    void shouldMeasureIdleSlotTimeAndReactionExactly() {
        // Given one slot, two jobs of 10 s at 0 s, and a retry 16 s after the refusal
        Scenario scenario = scenario(2, ApiBehaviour.sound(1, 100, 100, JOB), Workers.USUAL);
        Recorder policy = new Recorder(Reach.IN_PROCESS, 16_000);

        RunResult result = run(scenario, policy);

        // Then the slot is free for about 6.4 s of 26.4 s
        double idleMs = result.reactionMs();
        assertThat(idleMs).isBetween(6_000.0, 6_500.0);
        assertThat(result.idle()).isCloseTo(idleMs / (20_000 + idleMs), within(0.0005));
        assertThat(result.unfairness()).isEqualTo(1);
    }

    @Test
    void shouldNotCountASlotAsIdleWhileAWindowIsClosed() {
        // Given nine slots, and one call a minute and service
        Scenario scenario = scenario(6, ApiBehaviour.sound(9, 1, 100, JOB), Workers.USUAL);

        RunResult result = run(scenario, SEED, PolicyKind.ORACLE);

        assertThat(result.makespanMs()).isGreaterThan(60_000);
        assertThat(result.idle()).isLessThan(0.001);
    }

    static Stream<Scenario> harsh() {
        return Scenario.harsh().stream().map(scenario -> scenario.withJobs(300));
    }

    @ParameterizedTest
    @MethodSource("harsh")
    void shouldHardlyLeaveASlotIdleWhereEverythingIsKnown(Scenario scenario) {
        RunResult result = run(scenario, SEED, PolicyKind.ORACLE);

        assertThat(result.unfinished()).isZero();
        assertThat(result.idle()).isLessThan(0.01);
        assertThat(result.reactionMs()).isLessThan(300);
        assertThat(result.calls().wastedRetries()).isZero();
    }

    /** Jobs of one length, so that their order does not matter. */
    @ParameterizedTest
    @MethodSource("harsh")
    void shouldLetNoPolicyFinishBeforeTheOracle(Scenario scenario) {
        ApiBehaviour api = scenario.api();
        Scenario even = new Scenario(
                scenario.name(),
                "",
                scenario.load(),
                api.with(JobLengths.uniform(JOB, JOB)).with(ApiBehaviour.Faults.NONE),
                scenario.workers(),
                scenario.bound());
        long oracleMs = run(even, SEED, PolicyKind.ORACLE).makespanMs();

        for (PolicyKind kind : List.of(PolicyKind.FIXED, PolicyKind.REDRIVE, PolicyKind.OPTIMAL_BELIEF_10)) {
            assertThat((double) run(even, SEED, kind).makespanMs() / oracleMs)
                    .as(kind.word())
                    .isGreaterThanOrEqualTo(0.99);
        }
    }

    @Test
    void shouldNeverSlowTheOracleWithMoreSlots() {
        Scenario contention = Scenario.named("tiny-concurrency").orElseThrow().withJobs(240);
        for (long seed = 1; seed <= 3; seed++) {
            long before = Long.MAX_VALUE / 2;
            for (int slots = 1; slots <= 5; slots++) {
                Plan plan = new Plan("p", 1, slots, 10_000, Plan.AMPLE);
                Scenario scenario = new Scenario(
                        "test", "", contention.load(), contention.api().with(List.of(plan)), BOUND);

                long makespanMs = run(scenario, seed, PolicyKind.ORACLE).makespanMs();

                assertThat(makespanMs).isLessThanOrEqualTo(before + Scenario.ANSWER.maxMs());
                before = makespanMs;
            }
        }
    }

    @Test
    void shouldShareJobsUnevenlyAsTheLoadAsks() {
        Scenario scenario = Scenario.named("unequal").orElseThrow();
        Jobs jobs = Jobs.of(scenario, SEED);
        int[] count = new int[jobs.users()];
        for (int job = 0; job < jobs.count(); job++) {
            count[jobs.user(job)]++;
        }
        double few = Stream.of(0, 1, 2, 3, 4, 5, 6, 7, 8, 9)
                .mapToInt(user -> count[user])
                .sum();
        double many = Stream.of(50, 51, 52, 53, 54, 55, 56, 57, 58, 59)
                .mapToInt(user -> count[user])
                .sum();

        assertThat(many / few).isBetween(2.5, 4.0);
    }

    @Test
    void shouldWasteLessAndTakeLongerTheSmallerTheBudgetOfABeliefPolicyIs() throws Exception {
        Simulation simulation = new Simulation(
                List.of(Scenario.named("tiny-concurrency").orElseThrow().withJobs(480)),
                Set.of(PolicyKind.OPTIMAL_BELIEF_5, PolicyKind.OPTIMAL_BELIEF_10, PolicyKind.OPTIMAL_BELIEF_20),
                List.of(1L),
                Decisions.PIPELINE);

        List<Simulation.PolicyReport> reports = simulation.run(1, name -> {});

        double[] budgets = {0.05, 0.1, 0.2};
        double slowest = Double.MAX_VALUE;
        for (int i = 0; i < budgets.length; i++) {
            Simulation.Figures figures = reports.get(i).bySeed().get(0);
            assertThat(figures.policyWasteShare()).isBetween(budgets[i] * 0.6, budgets[i]);
            assertThat((double) figures.meanJobMs()).isLessThan(slowest);
            slowest = figures.meanJobMs();
        }
        assertThat(simulation.run(2, name -> {})).isEqualTo(reports);
    }
}
