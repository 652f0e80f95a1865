package dev.redrive.domain.backlog;

import static dev.redrive.domain.backlog.BacklogRig.EVER;
import static dev.redrive.domain.backlog.BacklogRig.lane;
import static org.assertj.core.api.Assertions.assertThat;

import dev.redrive.domain.backlog.Backlog.Candidate;
import dev.redrive.domain.backlog.Lane.Slot;
import dev.redrive.domain.gate.GateName;
import dev.redrive.domain.gate.Verdict;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** A backlog against all retries in one list. */
class BacklogPropertyTest {

    private static final String SICK = "sick";
    private static final long PROBE_MS = 7;

    record Pending(Lane lane, Slot slot) {}

    /** What happens; numbers are small, so that users, lanes and instants meet. */
    record Action(String what, int user, int lane, int millis) {}

    @Provide
    Arbitrary<List<Action>> actions() {
        Arbitrary<String> what = Arbitraries.of(
                "add", "add", "add", "add", "burst", "remove", "user", "user", "wake", "window", "service", "some",
                "all", "all", "restart");
        return Combinators.combine(
                        what,
                        Arbitraries.integers().between(0, 3),
                        Arbitraries.integers().between(0, 5),
                        Arbitraries.integers().between(0, 60))
                .as(Action::new)
                .list()
                .ofMinSize(10)
                .ofMaxSize(120);
    }

    private static Lane laneOf(Action action) {
        return lane("u" + action.user(), action.lane() % 3 == 0 ? SICK : "s" + action.lane() % 3, action.lane() / 3);
    }

    @Property(tries = 600)
    void shouldReleaseAllThatMayGoAndNothingElse(@ForAll("actions") List<Action> actions) {
        World world = new World();
        actions.forEach(world::act);
        world.openAll();

        assertThat(world.all).isEmpty();
        assertThat(world.rig.shelf.size()).isZero();
        assertThat(world.rig.backlog.nextMs()).isEqualTo(Long.MAX_VALUE);
        for (GateName gate : GateName.values()) {
            assertThat(world.rig.backlog.blocked(gate)).isZero();
        }
    }

    private static final class World {

        private final BacklogRig rig = new BacklogRig(Duration.ofMillis(EVER));
        private final List<Pending> all = new ArrayList<>();
        private long nowMs = 100;
        private int jobs;
        private boolean probing = true;

        void act(Action action) {
            String userId = "u" + action.user();
            Lane lane = laneOf(action);
            switch (action.what()) {
                case "add" -> add(lane, nowMs - 20 + action.millis());
                case "burst" -> {
                    for (int i = 0; i < action.millis(); i++) {
                        add(lane, nowMs + i * 31 % 60);
                    }
                }
                case "remove" -> {
                    if (!all.isEmpty()) {
                        Pending gone = all.remove((action.millis() * 7 + action.lane()) % all.size());
                        rig.remove(gone.lane(), gone.slot());
                    }
                }
                case "user" -> {
                    rig.users.put(userId, action.lane() == 0 ? EVER : nowMs + action.millis());
                    wake(userId);
                }
                case "wake" -> {
                    rig.users.remove(userId);
                    wake(userId);
                }
                case "window" -> {
                    rig.windows.put(userId + lane.service(), nowMs + action.millis());
                    wake(userId);
                }
                case "service" -> rig.services.put(SICK, nowMs + action.millis());
                case "some" -> take(action.lane());
                case "all" -> {
                    nowMs += action.millis() / 3;
                    drain();
                }
                case "restart" -> rig.restart();
                default -> throw new IllegalArgumentException(action.what());
            }
        }

        private void wake(String userId) {
            rig.backlog.wake(userId, Instant.ofEpochMilli(nowMs));
        }

        private void add(Lane lane, long dueAtMs) {
            Slot slot = new Slot(Math.max(0, dueAtMs), "j" + jobs++);
            all.add(new Pending(lane, slot));
            rig.add(lane, slot.dueAtMs(), slot.jobId());
        }

        private boolean evaluate(Pending pending) {
            return pending.slot().dueAtMs() <= nowMs
                    && rig.ask(pending.lane(), Instant.ofEpochMilli(nowMs)) instanceof Verdict.Open;
        }

        private boolean take(int most) {
            for (int taken = 0; taken < most; taken++) {
                Candidate next = rig.backlog.next(Instant.ofEpochMilli(nowMs));
                if (next == null) {
                    return false;
                }
                Pending pending = new Pending(next.lane(), next.slot());
                assertThat(evaluate(pending)).as("%s at %s", pending, nowMs).isTrue();
                assertThat(next.readyAtMs()).isBetween(next.slot().dueAtMs(), nowMs);
                TreeSet<Slot> lane = rig.shelf.slots(next.lane());
                assertThat(lane.first()).isEqualTo(next.slot());
                assertThat(moreUrgent(pending))
                        .as("more urgent than %s", pending)
                        .isEmpty();
                all.remove(pending);
                rig.remove(pending.lane(), pending.slot());
                if (probing && next.lane().service().equals(SICK)) {
                    rig.services.put(SICK, nowMs + PROBE_MS);
                }
            }
            return true;
        }

        /** Lanes of a service that was unwell stand in a line of their own. */
        private List<Pending> moreUrgent(Pending than) {
            return all.stream()
                    .filter(pending ->
                            pending.lane().userId().equals(than.lane().userId())
                                    && !pending.lane().service().equals(SICK)
                                    && pending.lane().priority() > than.lane().priority()
                                    && evaluate(pending))
                    .toList();
        }

        private void drain() {
            assertThat(take(10_000)).isFalse();
            assertThat(all.stream().filter(this::evaluate))
                    .as("left at %s", nowMs)
                    .isEmpty();
        }

        /** No gate says that it has opened, but for those of which nobody knows when. */
        void openAll() {
            probing = false;
            for (int user = 0; user <= 3; user++) {
                String userId = "u" + user;
                if (rig.users.getOrDefault(userId, 0L) == EVER) {
                    rig.users.remove(userId);
                    wake(userId);
                }
            }
            nowMs += 1_000;
            drain();
        }
    }
}
