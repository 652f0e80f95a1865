package dev.redrive.sim;

import static org.assertj.core.api.Assertions.assertThat;

import dev.redrive.sim.ApiBehaviour.Faults;
import dev.redrive.sim.ApiBehaviour.Plan;
import dev.redrive.sim.Scenario.Load;
import dev.redrive.sim.World.RunResult;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What holds of every scenario under every policy. */
class LawsTest {

    private static final long SEED = 11;
    private static final int JOBS = 400;

    static Stream<Scenario> scenarios() {
        return Scenario.usual().stream()
                .map(scenario -> scenario.withJobs(JOBS))
                .map(LawsTest::crowded);
    }

    /** With fewer jobs a hot user would meet no limit, were there not less time for them too. */
    private static Scenario crowded(Scenario scenario) {
        Load load = scenario.load();
        return load.hotShare() == 0
                ? scenario
                : new Scenario(
                        scenario.name(),
                        scenario.summary(),
                        new Load(load.users(), load.jobs(), Duration.ofSeconds(20), load.hotShare()),
                        scenario.api(),
                        scenario.bound());
    }

    @ParameterizedTest
    @MethodSource("scenarios")
    void shouldNeverLetAUserBeyondItsLimits(Scenario scenario) {
        Jobs jobs = Jobs.of(scenario, SEED);
        for (PolicyKind kind : PolicyKind.values()) {
            World world = new World(scenario, jobs, SEED, kind.maker(), Decisions.PIPELINE);

            RunResult result = world.run();

            assertThat(result.unfinished()).as(kind.word()).isZero();
            assertThat(result.completed()).isEqualTo(JOBS);
            assertThat(result.allowanceBurnt()).isEqualTo(JOBS);
            for (int user = 0; user < jobs.users(); user++) {
                requireLimits(scenario.api(), world, ofUser(jobs, user), jobs, user);
            }
        }
    }

    private static void requireLimits(ApiBehaviour api, World world, List<Integer> own, Jobs jobs, int user) {
        Plan plan = world.platform().plan(user);
        Map<Boolean, Integer> counts = new HashMap<>();
        for (int job : own) {
            long at = world.acceptedAtMs(job);
            long active = own.stream()
                    .filter(other -> world.acceptedAtMs(other) <= at && world.endedAtMs(other) > at)
                    .count();
            long inWindow = own.stream()
                    .filter(other -> jobs.service(other) == jobs.service(job))
                    .filter(other -> world.acceptedAtMs(other) <= at && world.acceptedAtMs(other) > at - 60_000)
                    .count();
            boolean later = at >= Jobs.START_MS + api.allowanceEnds().toMillis();
            assertThat(active).isBetween(1L, (long) plan.concurrencyLimit());
            assertThat(inWindow).isBetween(1L, (long) plan.callsPerMinute());
            assertThat(counts.merge(later, 1, Integer::sum)).isLessThanOrEqualTo(plan.allowance());
            assertThat(api.out(jobs.service(job), at - Jobs.START_MS)).isFalse();
            assertThat(world.endedAtMs(job) - at).isEqualTo(jobs.lengthMs(job));
            assertThat(at).isGreaterThan(jobs.arrivalMs(job));
        }
    }

    @ParameterizedTest
    @MethodSource("scenarios")
    void shouldWasteNoCallWhereEverythingIsKnown(Scenario scenario) {
        RunResult result =
                new World(scenario, Jobs.of(scenario, SEED), SEED, PolicyKind.ORACLE.maker(), Decisions.PIPELINE).run();

        assertThat(result.calls().retries()).isPositive();
        assertThat(result.calls().wastedRetries()).isZero();
        assertThat(result.calls().wasted()).isPositive();
    }

    /** With jobs of one length the order does not matter, and so nothing but a call's way is left to chance. */
    @ParameterizedTest
    @MethodSource("scenarios")
    void shouldLetNobodyBeDoneBeforeTheOracle(Scenario spread) {
        ApiBehaviour api = spread.api();
        Duration job = Duration.ofSeconds(10);
        ApiBehaviour even = api.with(JobLengths.uniform(job, job)).with(Faults.NONE);
        Scenario scenario = new Scenario(spread.name(), "", spread.load(), even, spread.bound());

        assertThat(leadMs(scenario)).isLessThanOrEqualTo(Scenario.ANSWER.maxMs());
        assertThat(leadMs(spread)).isLessThan(api.lengths().longest().toMillis());
    }

    /** By how much the fastest policy is ahead of the oracle. */
    private static long leadMs(Scenario scenario) {
        return Stream.of(1L, 2L, 3L)
                .mapToLong(seed -> {
                    Jobs jobs = Jobs.of(scenario, seed);
                    long oracle = makespanMs(scenario, jobs, seed, PolicyKind.ORACLE);
                    return Stream.of(PolicyKind.values())
                            .mapToLong(kind -> oracle - makespanMs(scenario, jobs, seed, kind))
                            .max()
                            .orElseThrow();
                })
                .max()
                .orElseThrow();
    }

    private static long makespanMs(Scenario scenario, Jobs jobs, long seed, PolicyKind kind) {
        return new World(scenario, jobs, seed, kind.maker(), Decisions.PIPELINE)
                .run()
                .makespanMs();
    }

    private static List<Integer> ofUser(Jobs jobs, int user) {
        return IntStream.range(0, jobs.count())
                .filter(job -> jobs.user(job) == user)
                .boxed()
                .toList();
    }
}
