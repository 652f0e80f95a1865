package dev.redrive.sim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.redrive.domain.event.Input.JobMoved.Stage;
import dev.redrive.sim.Policy.PolicyContext;
import dev.redrive.sim.Reply.Calls;
import dev.redrive.sim.Scenario.Latency;
import dev.redrive.sim.Scenario.Load;
import dev.redrive.sim.World.RunResult;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class WorldTest {

    private static final long SEED = 5;
    private static final Latency REPORT = new Latency(1_000, 2_000);
    private static final Latency RELEASE = new Latency(3_000, 4_000);

    /** Writes down what it is told, and tries again ten seconds later. */
    private static final class Recorder implements Policy {

        private final Reach reach;
        private final List<String> told = new ArrayList<>();
        private final List<MovedJob> moves = new ArrayList<>();
        private final List<Long> reportTookMs = new ArrayList<>();
        private final Map<Integer, Long> askedAtMs = new HashMap<>();
        private final List<Long> releaseTookMs = new ArrayList<>();

        Recorder(Reach reach) {
            this.reach = reach;
        }

        @Override
        public Reach reach() {
            return reach;
        }

        @Override
        public void failed(FailedAttempt failure, PolicyContext context) {
            told.add("failed " + failure.attempt() + " " + failure.reply().kind());
            reportTookMs.add(context.nowMs() - failure.atMs());
            askedAtMs.put(failure.job(), context.nowMs() + 10_000);
            context.attempt(failure.job(), context.nowMs() + 10_000);
            assertThatThrownBy(() -> context.attempt(failure.job(), context.nowMs()))
                    .isInstanceOf(IllegalStateException.class);
        }

        @Override
        public void moved(MovedJob moved, PolicyContext context) {
            told.add(moved.stage() + " " + moved.attempt());
            moves.add(moved);
            if (moved.stage() == Stage.SUBMITTED && moved.attempt() > 1) {
                releaseTookMs.add(moved.atMs() - askedAtMs.getOrDefault(moved.job(), 0L));
            }
        }

        @Override
        public void allowanceReset(int user, long atMs, PolicyContext context) {
            told.add("reset " + (atMs - Jobs.START_MS));
        }
    }

    @Test
    void shouldTellAPolicyThatIsFarAwayOfEverythingLaterAndReleaseLater() {
        // Given one slot for two jobs of 10 s, and a policy that is told of everything
        Scenario scenario = scenario(2, 1, Duration.ofSeconds(10), Duration.ofHours(1));
        Recorder policy = new Recorder(new Policy.Reach(true, true, REPORT, RELEASE));

        RunResult result =
                new World(scenario, Jobs.of(scenario, SEED), SEED, setting -> policy, Decisions.PIPELINE).run();

        // Then the second job finds the slot taken, and free when it is tried again
        assertThat(policy.told)
                .containsSubsequence("SUBMITTED 1", "failed 1 CONCURRENCY_LIMITED", "SUBMITTED 2", "ACCEPTED 2")
                .containsOnlyOnce("ACCEPTED 1")
                .contains("SUCCEEDED 1");
        assertThat(policy.reportTookMs).allMatch(ms -> ms >= 1_000 && ms <= 2_000);
        assertThat(policy.releaseTookMs).isNotEmpty().allMatch(ms -> ms >= 3_000 && ms <= 4_000);
        assertThat(result.completed()).isEqualTo(2);
    }

    @Test
    void shouldTellAPolicyThatIsNearNothingButFailures() {
        Scenario scenario = scenario(2, 1, Duration.ofSeconds(10), Duration.ofHours(1));
        Recorder policy = new Recorder(Policy.Reach.IN_PROCESS);

        new World(scenario, Jobs.of(scenario, SEED), SEED, setting -> policy, Decisions.PIPELINE).run();

        assertThat(policy.told).isNotEmpty().allMatch(told -> told.startsWith("failed"));
        assertThat(policy.reportTookMs).containsOnly(0L);
    }

    @Test
    void shouldTellOfAllowancesThatAreFilledAgain() {
        Scenario usual = scenario(3, 9, Duration.ofSeconds(200), Duration.ofHours(1));
        Scenario scenario = new Scenario(
                "resets", "", usual.load(), usual.api().withAllowanceEnds(Duration.ofSeconds(100)), usual.bound());
        Recorder policy = new Recorder(new Policy.Reach(false, true, REPORT, RELEASE));

        new World(scenario, Jobs.of(scenario, SEED), SEED, setting -> policy, Decisions.PIPELINE).run();

        assertThat(policy.told).containsExactly("reset 100000");
    }

    @Test
    void shouldTellWhatIsUnfinishedAtTheBound() {
        Scenario scenario = scenario(10, 1, Duration.ofSeconds(20), Duration.ofSeconds(50));

        RunResult result =
                new World(scenario, Jobs.of(scenario, SEED), SEED, PolicyKind.ORACLE.maker(), Decisions.PIPELINE).run();

        assertThat(result.completed()).isEqualTo(2);
        assertThat(result.unfinished()).isEqualTo(8);
        assertThat(result.makespanMs()).isEqualTo(50_000);
    }

    @Test
    void shouldMakeTheSameFirstAttemptsUnderEveryPolicy() {
        Scenario scenario = Scenario.named("tight").orElseThrow().withJobs(200);

        assertThat(Jobs.of(scenario, 1).arrivalMs(7))
                .isEqualTo(Jobs.of(scenario, 1).arrivalMs(7));
        assertThat(Jobs.of(scenario, 1).arrivalMs(7))
                .isNotEqualTo(Jobs.of(scenario, 2).arrivalMs(7));
        for (PolicyKind kind : PolicyKind.values()) {
            Calls calls = new World(scenario, Jobs.of(scenario, 1), 1, kind.maker(), Decisions.PIPELINE)
                    .run()
                    .calls();
            assertThat(calls.all() - calls.retries()).isEqualTo(200);
        }
    }

    private static Scenario scenario(int jobs, int slots, Duration job, Duration bound) {
        return new Scenario(
                "test", "", new Load(1, jobs, Duration.ZERO, 0), ApiBehaviour.sound(slots, 100, 100, job), bound);
    }
}
