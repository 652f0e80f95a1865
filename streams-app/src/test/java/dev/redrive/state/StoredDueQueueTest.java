package dev.redrive.state;

import static org.assertj.core.api.Assertions.assertThat;

import dev.redrive.codec.JobKey;
import dev.redrive.domain.event.JobRef;
import dev.redrive.state.DueQueue.Entry;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.apache.kafka.common.utils.Bytes;
import org.junit.jupiter.api.Test;

class StoredDueQueueTest {

    private static final JobRef A = new JobRef("u", "a");
    private static final JobRef B = new JobRef("u", "b");

    private final MemoryStore store = new MemoryStore();
    private final StoredDueQueue queue = new StoredDueQueue(store);

    private static byte[] payload(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private List<String> due(long nowMs) {
        return queue.due(nowMs, 100, 1 << 20).stream()
                .map(entry -> entry.job().jobId() + "@" + entry.dueAtMs())
                .toList();
    }

    @Test
    void shouldGiveRetriesInOrderAndOnlyWhenDue() {
        queue.add(200, A, payload("a"));
        queue.add(100, B, payload("b"));

        assertThat(due(99)).isEmpty();
        assertThat(due(100)).containsExactly("b@100");
        assertThat(due(200)).containsExactly("b@100", "a@200");
    }

    @Test
    void shouldNotScanUntilTheNextIsDue() {
        queue.add(1_000, A, payload("a"));
        due(10);
        int scans = store.scans();
        for (long nowMs = 11; nowMs < 1_000; nowMs += 20) {
            assertThat(due(nowMs)).isEmpty();
        }

        assertThat(store.scans()).isEqualTo(scans);
        assertThat(queue.nextDueMs()).isEqualTo(1_000);
    }

    @Test
    void shouldFindWhatIsAddedBehindTheLowWaterMark() {
        queue.add(5_000, A, payload("a"));
        assertThat(due(5_000)).containsExactly("a@5000");
        queue.remove(5_000, A);
        assertThat(due(9_000)).isEmpty();

        queue.add(3_000, B, payload("b"));
        assertThat(due(3_000)).containsExactly("b@3000");
    }

    @Test
    void shouldGiveAgainWhatWasNotTakenOut() {
        queue.add(100, A, payload("a"));

        assertThat(due(100)).containsExactly("a@100");
        assertThat(queue.nextDueMs()).isEqualTo(100);
        assertThat(due(100)).containsExactly("a@100");
    }

    @Test
    void shouldBoundOneLookByNumberAndBytes() {
        for (int i = 0; i < 10; i++) {
            queue.add(i, new JobRef("u", "j" + i), payload("1234567890"));
        }

        assertThat(queue.due(100, 3, 1 << 20)).hasSize(3);
        assertThat(queue.due(100, 100, 25)).hasSize(3);
        assertThat(queue.due(100, 100, 1 << 20)).hasSize(10);
    }

    @Test
    void shouldMoveOnlyWhatIsThere() {
        queue.add(100, A, payload("a"));
        queue.move(100, 50, A);
        queue.move(100, 60, B);

        assertThat(due(50)).containsExactly("a@50");
        assertThat(due(100)).containsExactly("a@50");
    }

    @Test
    void shouldBeTheSameQueueInANewTask() {
        queue.add(100, A, payload("a"));
        due(100);

        assertThat(new StoredDueQueue(store).due(100, 10, 1 << 20)).hasSize(1);
    }

    record Action(String what, int job, long atMs, long toMs) {}

    @Provide
    Arbitrary<List<Action>> actions() {
        return Combinators.combine(
                        Arbitraries.of("add", "add", "add", "remove", "move", "due", "due", "peek", "restart"),
                        Arbitraries.integers().between(0, 5),
                        Arbitraries.longs().between(0, 40),
                        Arbitraries.longs().between(0, 40))
                .as(Action::new)
                .list()
                .ofMaxSize(80);
    }

    @Property(tries = 500)
    void shouldEqualASortedMap(@ForAll("actions") List<Action> actions) {
        MemoryStore entries = new MemoryStore();
        StoredDueQueue tested = new StoredDueQueue(entries);
        TreeMap<Bytes, String> model = new TreeMap<>();
        for (Action action : actions) {
            JobRef job = new JobRef("u", "j" + action.job());
            Bytes key = Bytes.wrap(JobKey.timed(action.atMs(), job));
            switch (action.what()) {
                case "add" -> {
                    tested.add(action.atMs(), job, payload(action.toString()));
                    model.put(key, action.toString());
                }
                case "remove" -> {
                    tested.remove(action.atMs(), job);
                    model.remove(key);
                }
                case "move" -> {
                    tested.move(action.atMs(), action.toMs(), job);
                    String moved = model.remove(key);
                    if (moved != null) {
                        model.put(Bytes.wrap(JobKey.timed(action.toMs(), job)), moved);
                    }
                }
                case "restart" -> tested = new StoredDueQueue(entries);
                default -> {
                    int most = 1 + action.job();
                    List<Entry> due = tested.due(action.atMs(), most, 1 << 20);
                    assertThat(words(due)).isEqualTo(words(model, action.atMs(), most));
                    if (action.what().equals("due")) {
                        for (Entry entry : due) {
                            tested.remove(entry.dueAtMs(), entry.job());
                            model.remove(Bytes.wrap(JobKey.timed(entry.dueAtMs(), entry.job())));
                        }
                    }
                }
            }
            long next = model.isEmpty()
                    ? Long.MAX_VALUE
                    : JobKey.epochMs(model.firstKey().get());
            assertThat(tested.nextDueMs()).isLessThanOrEqualTo(next);
        }
    }

    private static List<String> words(List<Entry> due) {
        return due.stream()
                .map(entry ->
                        entry.dueAtMs() + entry.job().jobId() + new String(entry.payload(), StandardCharsets.UTF_8))
                .toList();
    }

    private static List<String> words(Map<Bytes, String> model, long nowMs, int most) {
        List<String> due = new ArrayList<>();
        for (Map.Entry<Bytes, String> entry : model.entrySet()) {
            long dueAtMs = JobKey.epochMs(entry.getKey().get());
            if (dueAtMs > nowMs || due.size() == most) {
                break;
            }
            due.add(dueAtMs + JobKey.timedJob(entry.getKey().get()).jobId() + entry.getValue());
        }
        return due;
    }
}
