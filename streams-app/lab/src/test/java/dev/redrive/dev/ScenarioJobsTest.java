package dev.redrive.dev;

import static org.assertj.core.api.Assertions.assertThat;

import dev.redrive.dev.DevSettings.WorkloadSettings;
import dev.redrive.dev.JobSource.Attempt;
import dev.redrive.dev.JobSource.ScenarioJobs;
import dev.redrive.dev.SimulatedApi.Collisions;
import dev.redrive.sim.Jobs;
import dev.redrive.sim.Scenario;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ScenarioJobsTest {

    private static final Instant T0 = Instant.parse("2026-01-01T00:00:00Z");

    private final Scenario scenario = Scenario.named("tight").orElseThrow().withJobs(40);
    private final ScenarioJobs jobs = new ScenarioJobs(new WorkloadSettings.Scripted(scenario, 42), "r");

    @Test
    void shouldGiveEachJobWhenItsTimeHasCome() {
        List<Attempt> early = drain(T0);
        List<Attempt> half = drain(T0.plusSeconds(150));
        List<Attempt> rest = drain(T0.plusSeconds(300));

        assertThat(early).isEmpty();
        assertThat(half).hasSizeBetween(5, 35).allMatch(attempt -> attempt.number() == 1);
        assertThat(half.size() + rest.size()).isEqualTo(40);
        Jobs expected = Jobs.of(scenario, 42);
        assertThat(half.get(0).userId()).isEqualTo(Jobs.userId(expected.user(0)));
        assertThat(half.get(0).service()).isEqualTo(expected.service(0).category());
        assertThat(half).extracting(Attempt::jobId).doesNotHaveDuplicates();
    }

    @Test
    void shouldBeFinishedWhenAllOfItsOwnJobsAreDone() {
        drain(T0);
        List<Attempt> all = drain(T0.plusSeconds(300));
        Attempt foreign = new Attempt("user-0", "other-job-1", 1, "music", "o", "/", null);

        all.subList(1, 40).forEach(attempt -> jobs.succeeded(attempt, T0.plusSeconds(400)));
        jobs.succeeded(foreign, T0.plusSeconds(401));
        assertThat(jobs.finished()).isFalse();
        jobs.succeeded(all.get(0), T0.plusSeconds(402));

        assertThat(jobs.finished()).isTrue();
        assertThat(jobs.report(new Collisions.Seen(50, 9, 10, 1, 1, 0), T0.plusSeconds(900)))
                .containsExactly(
                        "scenario tight, seed 42: 40 of 40 jobs completed in 402.0 s",
                        "calls 50, wasted 9; of them retries 10, wasted 1",
                        "max active jobs of a user when a retry came after its first collision, that one included: 1;"
                                + " over its limit by max 0");
    }

    private List<Attempt> drain(Instant now) {
        List<Attempt> taken = new ArrayList<>();
        for (Attempt next = jobs.next(now); next != null; next = jobs.next(now)) {
            taken.add(next);
        }
        return taken;
    }
}
