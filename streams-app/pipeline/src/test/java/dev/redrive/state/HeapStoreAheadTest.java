package dev.redrive.state;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.redrive.state.HeapStore.HeapBudget;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.kafka.common.utils.Bytes;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a heap store reads ahead; {@link HeapStoreTest} compares it with a sorted map. */
class HeapStoreAheadTest {

    private static final int ON_DISK = 1_000;

    private final MemoryStore disk = new MemoryStore();
    private final HeapStore store = new HeapStore(disk, new HeapBudget(10_000_000));

    @BeforeEach
    void fillTheDisk() {
        store.open((key, value) -> {});
        for (int number = 0; number < ON_DISK; number++) {
            put(number, "disk");
        }
        store.clearCache();
    }

    private static Bytes key(int number) {
        return Bytes.wrap(Integer.toString(1_000 + number).getBytes(UTF_8));
    }

    private void put(int number, @Nullable String value) {
        store.put(key(number), value == null ? null : value.getBytes(UTF_8));
    }

    private void delete(int from, int to) {
        IntStream.range(from, to).forEach(number -> put(number, null));
    }

    private @Nullable String get(int number) {
        byte[] value = store.get(key(number));
        return value == null ? null : new String(value, UTF_8);
    }

    private List<Bytes> ahead(int most) {
        return store.ahead(key(0), key(2 * ON_DISK), most);
    }

    @Test
    void shouldNotAskTheDiskForWhatItHasReadAhead() {
        put(1, "heap");
        put(3, null);

        assertThat(ahead(3)).containsExactly(key(0), key(1), key(2));
        assertThat(get(0)).isEqualTo("disk");
        assertThat(get(1)).isEqualTo("heap");
        assertThat(get(2)).isEqualTo("disk");
        assertThat(disk.gets()).isZero();
        assertThat(get(4)).isEqualTo("disk");
        assertThat(disk.gets()).isEqualTo(1);
    }

    @Test
    void shouldPassByAFewDeletionsAndWriteNone() {
        delete(0, 200);

        assertThat(ahead(2)).containsExactly(key(200), key(201));
        assertThat(disk.size()).isEqualTo(ON_DISK);
    }

    @Test
    void shouldWriteValuesAndLeaveDeletions() {
        delete(0, 200);
        put(ON_DISK, "new");

        assertThat(ahead(2)).containsExactly(key(200), key(201));
        assertThat(disk.size()).isEqualTo(ON_DISK + 1);
    }

    @Test
    void shouldWriteDeletionsWhenThereAreTooManyToPassBy() {
        delete(0, 300);

        assertThat(ahead(2)).containsExactly(key(300), key(301));
        assertThat(disk.size()).isEqualTo(ON_DISK - 300);
    }

    @Test
    void shouldSeeWhatWasPutWhileDeletionsWereNotWritten() {
        delete(990, ON_DISK);
        assertThat(store.ahead(key(990), key(ON_DISK), 2)).isEmpty();
        put(ON_DISK, "new");

        assertThat(store.ahead(key(990), key(ON_DISK), 2)).containsExactly(key(ON_DISK));
    }

    @Test
    void shouldSeeWhatAnotherWalkHasNotWritten() {
        delete(0, ON_DISK);
        store.clearCache();
        put(1, "x".repeat(300_000));
        put(2, "x".repeat(300_000));
        store.next(null, 1);
        assertThat(disk.size()).isEqualTo(1);

        assertThat(ahead(3)).containsExactly(key(1), key(2));
    }

    @Test
    void shouldNotSeeWhatIsDeletedWhenItHasNoRoomForMore() {
        for (int asked = 0; asked < 200; asked++) {
            HeapStore small = new HeapStore(disk, new HeapBudget(4_000));
            small.open((key, value) -> {});
            small.put(key(9), null);
            IntStream.range(100, 100 + asked).forEach(number -> small.get(key(number)));

            assertThat(small.ahead(key(0), key(20), 10)).hasSize(10).doesNotContain(key(9));
            disk.put(key(9), new byte[] {1});
        }
    }

    @Test
    void shouldStayWithinItsBudget() {
        HeapBudget budget = new HeapBudget(4_000);
        HeapStore small = new HeapStore(disk, budget);
        small.open((key, value) -> {});
        for (int from = 0; from < ON_DISK; from += 16) {
            assertThat(small.ahead(key(from), key(ON_DISK), 16)).startsWith(key(from));
            assertThat(budget.exceeded(Integer.MAX_VALUE)).isFalse();
        }
    }
}
