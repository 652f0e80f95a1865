package dev.redrive.state;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.redrive.domain.backlog.Lane;
import dev.redrive.domain.backlog.Lane.Slot;
import dev.redrive.domain.event.JobRef;
import dev.redrive.state.HeapStore.HeapBudget;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class DueQueueTest {

    private static final Lane LANE = new Lane("u", "music", 0);
    private static final Lane URGENT = new Lane("u", "music", 9);
    private static final Lane VIDEO = new Lane("u", "video", 0);
    /** Ids of this one and of {@link #LANE} have the same characters in another place. */
    private static final Lane ALIKE = new Lane("um", "usic", 0);

    private final MemoryStore store = new MemoryStore();
    private final DueQueue queue = new DueQueue(store);

    private void add(Lane lane, long dueAtMs, String job) {
        queue.add(lane, dueAtMs, new JobRef(lane.userId(), job), job.getBytes(UTF_8));
    }

    private List<String> next(Lane lane, @Nullable Slot after, int most) {
        return queue.next(lane, after, most).stream()
                .map(slot -> slot.jobId() + "@" + slot.dueAtMs())
                .toList();
    }

    private Map<Lane, Slot> lanes() {
        Map<Lane, Slot> lanes = new HashMap<>();
        queue.lanes((lane, first) -> assertThat(lanes.put(lane, first)).isNull());
        return lanes;
    }

    @Test
    void shouldGiveTheRetriesOfALaneInTheOrderOfTheirDuesAndNoOthers() {
        add(LANE, 300, "c");
        add(LANE, 100, "b");
        add(LANE, 100, "a");
        add(LANE, Long.MAX_VALUE / 2, "far");
        add(URGENT, 50, "urgent");
        add(VIDEO, 60, "film");
        add(ALIKE, 70, "alike");

        assertThat(next(LANE, null, 10)).containsExactly("a@100", "b@100", "c@300", "far@" + Long.MAX_VALUE / 2);
        assertThat(next(LANE, null, 2)).containsExactly("a@100", "b@100");
        assertThat(next(LANE, new Slot(100, "b"), 1)).containsExactly("c@300");
        assertThat(next(LANE, new Slot(100, "never there"), 1)).containsExactly("c@300");
        assertThat(next(new Lane("nobody", "music", 0), null, 10)).isEmpty();
        assertThat(lanes())
                .containsOnly(
                        Map.entry(LANE, new Slot(100, "a")),
                        Map.entry(URGENT, new Slot(50, "urgent")),
                        Map.entry(VIDEO, new Slot(60, "film")),
                        Map.entry(ALIKE, new Slot(70, "alike")));
    }

    @Test
    void shouldLookOnlyAtTheFirstOfEachLaneWhenItTellsTheLanes() {
        for (int i = 0; i < 1_000; i++) {
            add(LANE, i, "j" + i);
            add(VIDEO, i, "j" + i);
        }
        int before = store.scans();

        assertThat(lanes()).hasSize(2);
        assertThat(store.scans() - before).isEqualTo(3);
    }

    @Test
    void shouldKeepThePayloadUntilTheRetryIsRemoved() {
        add(LANE, 100, "a");
        JobRef job = new JobRef("u", "a");

        assertThat(queue.payload(LANE, 100, job)).isEqualTo("a".getBytes(UTF_8));
        assertThat(queue.payload(LANE, 101, job)).isNull();
        assertThat(queue.payload(URGENT, 100, job)).isNull();
        queue.remove(LANE, 101, job);
        queue.remove(URGENT, 100, job);
        assertThat(store.size()).isEqualTo(1);
        queue.remove(LANE, 100, job);
        assertThat(queue.payload(LANE, 100, job)).isNull();
        assertThat(lanes()).isEmpty();
    }

    @Test
    void shouldHaveThePayloadsOfTheNextRetriesAtHand() {
        HeapStore heap = heap(store, 1_000_000);
        DueQueue tested = new DueQueue(heap);
        for (int i = 0; i < 20; i++) {
            JobRef job = new JobRef("u", "j" + i);
            tested.add(LANE, i, job, job.jobId().getBytes(UTF_8));
        }
        heap.clearCache();

        List<Slot> next = tested.next(LANE, new Slot(1, "j1"), 16);

        assertThat(next).hasSize(16);
        for (Slot slot : next) {
            JobRef job = new JobRef("u", slot.jobId());
            assertThat(tested.payload(LANE, slot.dueAtMs(), job))
                    .isEqualTo(slot.jobId().getBytes(UTF_8));
        }
        assertThat(store.gets()).isZero();
    }

    private static HeapStore heap(MemoryStore disk, long budgetBytes) {
        HeapStore heap = new HeapStore(disk, new HeapBudget(budgetBytes));
        heap.open((key, value) -> {});
        return heap;
    }

    @Test
    void shouldBeTheSameQueueInANewTask() {
        add(LANE, 100, "a");
        add(URGENT, 200, "b");

        DueQueue restored = new DueQueue(store);
        assertThat(restored.next(LANE, null, 10)).containsExactly(new Slot(100, "a"));
        assertThat(restored.payload(URGENT, 200, new JobRef("u", "b"))).isEqualTo("b".getBytes(UTF_8));
        List<Lane> lanes = new ArrayList<>();
        restored.lanes((lane, first) -> lanes.add(lane));
        assertThat(lanes).containsExactlyInAnyOrder(LANE, URGENT);
    }

    record Action(String what, Lane lane, long dueAtMs, String job) {}

    @Provide
    Arbitrary<List<Action>> actions() {
        Arbitrary<String> ids = Arbitraries.strings()
                .withChars("a\0é\uFFFD\uFF5E")
                .ofMinLength(1)
                .ofMaxLength(3);
        Arbitrary<Lane> lanes = Combinators.combine(
                        ids,
                        Arbitraries.of("", "m", "ma"),
                        Arbitraries.integers().between(0, 2))
                .as(Lane::new);
        return Combinators.combine(
                        Arbitraries.of("add", "add", "add", "remove"),
                        lanes,
                        Arbitraries.longs().between(0, 300),
                        ids)
                .as(Action::new)
                .list()
                .ofMaxSize(60);
    }

    @Property(tries = 300)
    void shouldEqualSortedLanes(@ForAll("actions") List<Action> actions, @ForAll boolean onHeap) {
        MemoryStore disk = new MemoryStore();
        DueQueue tested = new DueQueue(onHeap ? heap(disk, 4_000) : disk);
        Map<Lane, TreeSet<Slot>> model = new HashMap<>();
        for (Action action : actions) {
            JobRef job = new JobRef(action.lane().userId(), action.job());
            TreeSet<Slot> slots = model.computeIfAbsent(action.lane(), any -> new TreeSet<>());
            Slot slot = new Slot(action.dueAtMs(), action.job());
            if (action.what().equals("add")) {
                tested.add(action.lane(), action.dueAtMs(), job, new byte[] {1});
                slots.add(slot);
            } else {
                Slot gone = slots.isEmpty() ? slot : slots.first();
                tested.remove(action.lane(), gone.dueAtMs(), new JobRef(job.userId(), gone.jobId()));
                slots.remove(gone);
            }
        }
        Map<Lane, List<Slot>> found = new HashMap<>();
        tested.lanes((lane, first) -> found.put(lane, tested.next(lane, null, 1_000)));
        Map<Lane, List<Slot>> expected = new HashMap<>();
        new HashMap<>(model).forEach((lane, slots) -> {
            if (!slots.isEmpty()) {
                expected.put(lane, List.copyOf(slots));
            }
        });
        assertThat(new TreeMap<>(words(found))).isEqualTo(new TreeMap<>(words(expected)));
    }

    private static Map<String, List<Slot>> words(Map<Lane, List<Slot>> lanes) {
        Map<String, List<Slot>> words = new HashMap<>();
        lanes.forEach((lane, slots) -> words.put(lane.toString(), slots));
        return words;
    }
}
