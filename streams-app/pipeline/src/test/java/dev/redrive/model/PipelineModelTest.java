package dev.redrive.model;

import dev.redrive.avro.AccountChangeKind;
import dev.redrive.avro.CommandKind;
import dev.redrive.avro.LifecycleStage;
import dev.redrive.model.Action.Carried;
import dev.redrive.model.Action.Damage;
import dev.redrive.model.Action.Dated;
import dev.redrive.model.Action.Letter;
import dev.redrive.model.Action.Numbering;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
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

/** Whatever happens, in whatever order: the pipeline does what the model says, and the invariants hold. */
class PipelineModelTest {

    private static final int MAX_ACTIONS = 60;

    @Property(tries = 50, edgeCases = EdgeCasesMode.NONE)
    void shouldKeepItsPromisesWhateverHappens(@ForAll("chains") List<Action> chain) throws IOException {
        Path stateDir = stateDir();
        try (World world = new World(stateDir)) {
            Player player = new Player(world);
            int step = 0;
            try {
                for (Action action : chain) {
                    step++;
                    player.play(action);
                }
                step++;
                world.end();
            } catch (AssertionError | RuntimeException e) {
                String where = step > chain.size() ? "the end" : "action " + step + ", " + chain.get(step - 1);
                throw new AssertionError("at " + where + ": " + e.getMessage(), e);
            }
        } finally {
            delete(stateDir);
        }
    }

    /** In memory where there is such a place: opening and closing so many stores is twice as quick there. */
    private static Path stateDir() throws IOException {
        Path memory = Path.of("/dev/shm");
        return Files.isWritable(memory)
                ? Files.createTempDirectory(memory, "redrive-model")
                : Files.createTempDirectory("redrive-model");
    }

    private static void delete(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    @Provide
    Arbitrary<List<Action>> chains() {
        return Arbitraries.frequencyOf(
                        Tuple.of(16, failures()),
                        Tuple.of(3, Arbitraries.integers().between(0, 9).map(Action.Again::new)),
                        Tuple.of(2, Arbitraries.integers().between(0, 9).map(Action.Deliver::new)),
                        Tuple.of(1, Arbitraries.integers().between(0, 9).map(Action.EchoRetry::new)),
                        Tuple.of(1, poison()),
                        Tuple.of(5, moves()),
                        Tuple.of(1, accounts()),
                        Tuple.of(5, orders()),
                        Tuple.of(5, redrives()),
                        Tuple.of(4, Arbitraries.integers().between(1, 2_000).map(Action.Wait::new)),
                        Tuple.of(12, Arbitraries.of(-1, 0, 1, 30).map(Action.ToNextDue::new)),
                        Tuple.of(
                                2,
                                Arbitraries.of(10_000L, hours(0.5), hours(3), hours(26))
                                        .map(Action.Leap::new)),
                        Tuple.of(
                                1,
                                Arbitraries.of(0L, -60L, 60L, hours(-0.4), hours(0.4))
                                        .map(Action.SetClock::new)),
                        Tuple.of(2, Arbitraries.of(true, false).map(Action.Stamp::new)),
                        Tuple.of(2, Arbitraries.create(Action.Restart::new)))
                .list()
                .ofMaxSize(MAX_ACTIONS)
                .withSizeDistribution(RandomDistribution.uniform());
    }

    private static long hours(double hours) {
        return (long) (hours * Duration.ofHours(1).toMillis());
    }

    /** Few jobs get most of what happens, so that much happens to them. */
    private static Arbitrary<Integer> jobs() {
        return Arbitraries.frequency(
                Tuple.of(8, 0),
                Tuple.of(4, 3),
                Tuple.of(4, 1),
                Tuple.of(1, 6),
                Tuple.of(1, 9),
                Tuple.of(1, 2),
                Tuple.of(1, 4));
    }

    private static Arbitrary<Numbering> numberings() {
        return Arbitraries.frequency(
                Tuple.of(10, Numbering.RIGHT),
                Tuple.of(3, Numbering.UNKNOWN),
                Tuple.of(1, Numbering.BEHIND),
                Tuple.of(1, Numbering.AHEAD));
    }

    /** Most come back, so that jobs go through many attempts. */
    private static Arbitrary<Fault> faults() {
        return Arbitraries.frequencyOf(
                Tuple.of(3, Arbitraries.of(Fault.class).filter(Fault::comesBack)),
                Tuple.of(1, Arbitraries.of(Fault.class)));
    }

    /** How long ago an attempt failed, and what else is known of that: when its record was made, the API's Date. */
    private static Arbitrary<Timing> timings() {
        return Combinators.combine(
                        Arbitraries.frequency(
                                Tuple.of(8, 0L),
                                Tuple.of(1, 5_000L),
                                Tuple.of(1, hours(2)),
                                Tuple.of(1, hours(25)),
                                Tuple.of(1, hours(-1))),
                        Arbitraries.frequencyOf(
                                Tuple.of(2, Arbitraries.just(Dated.NO)), Tuple.of(1, Arbitraries.of(Dated.class))),
                        Arbitraries.frequency(
                                Tuple.of(5, 0L), Tuple.of(1, 700L), Tuple.of(1, 30_000L), Tuple.of(1, -30_000L)))
                .as(Timing::new);
    }

    private record Timing(long agoMs, Dated dated, long lagMs) {}

    private static Arbitrary<Action> failures() {
        return Combinators.combine(
                        jobs(),
                        faults(),
                        numberings(),
                        Arbitraries.of(Carried.class),
                        timings(),
                        Arbitraries.of(-1_000L, 500L, 2_000L, hours(1)).injectNull(0.8),
                        Arbitraries.of(1, 2).injectNull(0.9),
                        Arbitraries.frequency(Tuple.of(9, false), Tuple.of(1, true)))
                .as((job, fault, numbering, carried, timing, deadlineInMs, maxAttempts, held) -> new Action.Fail(
                        job,
                        fault,
                        numbering,
                        carried,
                        timing.agoMs(),
                        timing.dated(),
                        timing.lagMs(),
                        deadlineInMs,
                        maxAttempts,
                        held));
    }

    private static Arbitrary<Action> poison() {
        return Combinators.combine(Arbitraries.integers().between(0, 4), Arbitraries.of(Damage.class))
                .as(Action.Poison::new);
    }

    private static Arbitrary<Action> moves() {
        return Combinators.combine(
                        jobs(),
                        Arbitraries.frequency(
                                Tuple.of(4, LifecycleStage.SUBMITTED),
                                Tuple.of(2, LifecycleStage.ACCEPTED),
                                Tuple.of(2, LifecycleStage.STARTED),
                                Tuple.of(2, LifecycleStage.SUCCEEDED),
                                Tuple.of(1, LifecycleStage.CANCELLED)),
                        numberings())
                .as(Action.Move::new);
    }

    private static Arbitrary<Action> accounts() {
        return Combinators.combine(
                        Arbitraries.integers().between(0, 2),
                        Arbitraries.of(AccountChangeKind.class).filter(kind -> kind != AccountChangeKind.UNKNOWN),
                        Arbitraries.of(1, 4).injectNull(0.5),
                        Arbitraries.of(0L, 5_000L, -5_000L))
                .as(Action.Account::new);
    }

    private static Arbitrary<Action> orders() {
        return Combinators.combine(
                        jobs(),
                        Arbitraries.frequency(
                                Tuple.of(2, CommandKind.CANCEL),
                                Tuple.of(4, CommandKind.EXPEDITE),
                                Tuple.of(1, CommandKind.DISCARD)))
                .as(Action.Order::new);
    }

    private static Arbitrary<Action> redrives() {
        return Combinators.combine(
                        jobs(),
                        Arbitraries.integers().between(0, 2),
                        Arbitraries.frequency(
                                Tuple.of(8, Letter.LATEST),
                                Tuple.of(3, Letter.EARLIER),
                                Tuple.of(1, Letter.INVENTED),
                                Tuple.of(1, Letter.LEFT_OUT)),
                        Arbitraries.of(false, false, true))
                .as(Action.Redrive::new);
    }
}
