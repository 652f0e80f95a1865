package dev.redrive.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.redrive.model.GatesWorld.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.RandomDistribution;
import net.jqwik.api.Tuple;
import net.jqwik.api.lifecycle.AfterContainer;

/** Whatever happens, in whatever order: no gate lets a retry go that it knows to fail, and none holds one for ever. */
class GatesModelTest {

    private static final int MAX_ACTIONS = 80;
    private static int checkedAgainstLimit;

    @Property(tries = 40, edgeCases = EdgeCasesMode.NONE)
    void shouldReleaseOnlyThroughOpenGatesAndHoldNothingForEver(@ForAll("chains") List<GatesWorld.Act> chain)
            throws IOException {
        Path stateDir = stateDir();
        try (GatesWorld world = new GatesWorld(stateDir)) {
            int step = 0;
            try {
                for (GatesWorld.Act act : chain) {
                    step++;
                    world.play(act);
                }
                step++;
                world.end();
            } catch (AssertionError | RuntimeException e) {
                String where = step > chain.size() ? "the end" : "action " + step + ", " + chain.get(step - 1);
                throw new AssertionError("at " + where + ": " + e.getMessage(), e);
            }
            checkedAgainstLimit += world.checkedAgainstLimit();
        } finally {
            delete(stateDir);
        }
    }

    @AfterContainer
    static void shouldHaveHeldReleasesAgainstLimits() {
        assertThat(checkedAgainstLimit).isPositive();
    }

    private static Path stateDir() throws IOException {
        Path memory = Path.of("/dev/shm");
        return Files.isWritable(memory)
                ? Files.createTempDirectory(memory, "redrive-gates")
                : Files.createTempDirectory("redrive-gates");
    }

    private static void delete(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    @Provide
    Arbitrary<List<GatesWorld.Act>> chains() {
        return Arbitraries.frequencyOf(
                        Tuple.of(8, act(Kind.BUSY, 1, 1, 2, 2, 3)),
                        Tuple.of(5, act(Kind.THROTTLED, 0, 1, 3, 20)),
                        Tuple.of(2, act(Kind.SPENT, 0, 0, 2, 30, 600)),
                        Tuple.of(1, act(Kind.CAPPED, 0, 10)),
                        Tuple.of(8, act(Kind.UNAVAILABLE, 0)),
                        Tuple.of(2, act(Kind.AGAIN, 0)),
                        Tuple.of(12, act(Kind.ALIVE, 0)),
                        Tuple.of(12, act(Kind.SUCCEED, 0)),
                        Tuple.of(1, act(Kind.CANCEL, 0)),
                        Tuple.of(2, act(Kind.EXPEDITE, 0)),
                        Tuple.of(3, act(Kind.ALLOWANCE_RESET, 0)),
                        Tuple.of(1, act(Kind.PLAN_CHANGED, 0)),
                        Tuple.of(1, act(Kind.SPEND_CAP_CHANGED, 0)),
                        Tuple.of(1, act(Kind.LIMITS_CHANGED, 1, 2, 3)),
                        Tuple.of(14, act(Kind.WAIT, 20, 60, 400, 1_000, 2_000)),
                        Tuple.of(3, act(Kind.LEAP, 4_000, 20_000, 60_000, 700_000, 2_000_000)),
                        Tuple.of(2, act(Kind.RESTART, 0)))
                .list()
                .ofMaxSize(MAX_ACTIONS)
                .withSizeDistribution(RandomDistribution.uniform());
    }

    private static Arbitrary<GatesWorld.Act> act(Kind kind, Integer... numbers) {
        return Combinators.combine(Arbitraries.integers().between(0, GatesWorld.PLACES - 1), Arbitraries.of(numbers))
                .as((place, number) -> new GatesWorld.Act(kind, place, number));
    }
}
