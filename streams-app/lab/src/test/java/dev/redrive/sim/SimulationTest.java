package dev.redrive.sim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.redrive.sim.Simulation.Figures;
import dev.redrive.sim.Simulation.PolicyReport;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class SimulationTest {

    private static final List<Scenario> SMALL = List.of(
            Scenario.named("burst").orElseThrow().withJobs(300),
            Scenario.named("outage").orElseThrow().withJobs(300));

    @Test
    void shouldGiveTheSameReportsWithAnyNumberOfThreads() throws Exception {
        Simulation simulation =
                new Simulation(SMALL, Set.of(PolicyKind.values()), List.of(1L, 2L, 3L), Decisions.PIPELINE);
        List<String> done = new ArrayList<>();

        List<PolicyReport> reports = simulation.run(1, done::add);

        assertThat(reports).hasSize(2 * PolicyKind.values().length);
        assertThat(simulation.run(3, name -> {})).isEqualTo(reports);
        assertThat(done).containsExactly("burst", "outage");
    }

    @Test
    void shouldGiveOtherReportsUnderAnotherSeedAndTheSameOnesForAPolicyThatRunsAlone() throws Exception {
        Simulation all = new Simulation(SMALL, Set.of(PolicyKind.values()), List.of(1L), Decisions.PIPELINE);
        Simulation one = new Simulation(SMALL, Set.of(PolicyKind.FULL_JITTER), List.of(1L), Decisions.PIPELINE);
        Simulation other = new Simulation(SMALL, Set.of(PolicyKind.FULL_JITTER), List.of(2L), Decisions.PIPELINE);

        List<PolicyReport> alone = one.run(1, name -> {});

        assertThat(all.run(1, name -> {})).containsAll(alone);
        assertThat(alone).extracting(PolicyReport::policy).containsOnly(PolicyKind.FULL_JITTER);
        assertThat(other.run(1, name -> {}).get(0).bySeed().get(0).makespanMs())
                .isNotEqualTo(alone.get(0).bySeed().get(0).makespanMs());
    }

    @Test
    void shouldTellTheMedianAndTheWorstOfTheSeeds() {
        PolicyReport odd = report(5, 1, 9);
        PolicyReport even = report(5, 1, 9, 6);

        assertThat(odd.median(Figures::makespanMs)).isEqualTo(5);
        assertThat(even.median(Figures::makespanMs)).isEqualTo(5.5);
        assertThat(even.worst(Figures::makespanMs)).isEqualTo(9);
    }

    @Test
    void shouldMeasureTheOracleByItself() throws Exception {
        Simulation simulation = new Simulation(SMALL, Set.of(PolicyKind.ORACLE), List.of(4L), Decisions.PIPELINE);

        assertThat(simulation.run(1, name -> {})).allSatisfy(report -> {
            assertThat(report.median(Figures::ratio)).isEqualTo(1);
            assertThat(report.median(Figures::worstSlowdown)).isEqualTo(1);
            assertThat(report.median(Figures::wastedRetryShare)).isZero();
        });
    }

    @Test
    void shouldRefuseASimulationOfNothing() {
        assertThatThrownBy(() -> new Simulation(SMALL, Set.of(), List.of(1L), Decisions.PIPELINE))
                .isInstanceOf(IllegalArgumentException.class);
    }

    private static PolicyReport report(long... makespansMs) {
        List<Figures> figures = new ArrayList<>();
        for (long ms : makespansMs) {
            figures.add(new Figures(1, ms, 1, 1, 1, 0, 0, 0, 1, 1, 0, 1, 0, 0, 1));
        }
        return new PolicyReport("s", PolicyKind.FIXED, figures);
    }
}
