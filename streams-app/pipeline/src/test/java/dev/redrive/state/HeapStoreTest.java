package dev.redrive.state;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.redrive.state.HeapStore.HeapBudget;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class HeapStoreTest {

    private static final int ARRAY_BYTES = 1024;

    private final MemoryStore disk = new MemoryStore();
    private final List<String> logged = new ArrayList<>();
    private final Map<String, String> restorable = new TreeMap<>();

    private HeapStore store(long budgetBytes) {
        HeapStore store = new HeapStore(disk, new HeapBudget(budgetBytes));
        store.open((key, value) -> {
            logged.add(text(key.get()) + "=" + (value == null ? "" : text(value)));
            if (value == null) {
                restorable.remove(text(key.get()));
            } else {
                restorable.put(text(key.get()), text(value));
            }
        });
        return store;
    }

    static Bytes key(String text) {
        return Bytes.wrap(text.getBytes(UTF_8));
    }

    static String text(byte[] bytes) {
        return new String(bytes, UTF_8);
    }

    static @Nullable String get(HeapStore store, String key) {
        byte[] value = store.get(key(key));
        return value == null ? null : text(value);
    }

    static void put(HeapStore store, String key, @Nullable String value) {
        store.put(key(key), value == null ? null : value.getBytes(UTF_8));
    }

    static Map<String, String> read(KeyValueIterator<Bytes, byte[]> entries) {
        Map<String, String> read = new TreeMap<>();
        try (entries) {
            entries.forEachRemaining(entry -> read.put(text(entry.key.get()), text(entry.value)));
        }
        return read;
    }

    @Test
    void shouldLogEachKeyOnceWithACommitAndWriteNothingToDisk() {
        HeapStore store = store(1_000_000);
        put(store, "a", "1");
        put(store, "b", "1");
        put(store, "a", "2");
        put(store, "b", null);

        assertThat(logged).isEmpty();
        store.flushCache();
        store.flushCache();

        assertThat(logged).containsExactly("a=2", "b=");
        assertThat(disk.size()).isZero();
        assertThat(get(store, "a")).isEqualTo("2");
        assertThat(get(store, "b")).isNull();
    }

    @Test
    void shouldWriteToDiskWhatIsWalkedOver() {
        HeapStore store = store(1_000_000);
        put(store, "a", "1");
        put(store, "b", "1");
        put(store, "b", null);

        assertThat(read(store.range(key("a"), null))).containsExactly(Map.entry("a", "1"));
        assertThat(disk.size()).isEqualTo(1);
        assertThat(logged).isEmpty();
    }

    @Test
    void shouldWriteToDiskWhenTheTaskEndsInOrderAndOnlyThen() {
        HeapStore store = store(1_000_000);
        put(store, "a", "1");
        store.flushCache();
        store.close();
        assertThat(disk.size()).isZero();

        HeapStore second = store(1_000_000);
        put(second, "a", "1");
        second.flushCache();
        second.commit(Map.of());
        second.close();

        assertThat(disk.size()).isEqualTo(1);
    }

    @Test
    void shouldWalkOverWhatIsNowWithoutWritingAllOfIt() {
        HeapStore store = store(10_000_000);
        put(store, "a", "old");
        put(store, "b", "old");
        store.clearCache();
        put(store, "a", "new");
        put(store, "b", null);
        String large = "x".repeat(300_000);
        put(store, "c", large);
        put(store, "d", large);

        List<String> walked = new ArrayList<>();
        store.next(key("a"), 3).forEach(entry -> walked.add(text(entry.key.get()) + value(entry.value)));
        assertThat(walked).containsExactly("a=new", "c=" + large);
        assertThat(disk.size()).isEqualTo(2);
        store.next(null, 1);
        assertThat(disk.size()).isEqualTo(3);
    }

    private static String value(byte @Nullable [] value) {
        return "=" + (value == null ? "" : text(value));
    }

    /** Four of them fill an array. */
    private static String quarter(String text) {
        return text + "-".repeat(200);
    }

    @Test
    void shouldGiveUpWhatWasPutFirstAndNotUsedWhenThereIsNoRoom() {
        HeapStore store = store(4 * ARRAY_BYTES);
        for (int i = 0; i < 16; i++) {
            put(store, Integer.toString(i), quarter("x"));
        }
        get(store, "0");
        assertThat(disk.size()).isZero();

        put(store, "a", quarter("x"));

        assertThat(read(disk.all())).containsOnlyKeys("1", "2", "3");
        assertThat(logged).containsExactly("1=" + quarter("x"), "2=" + quarter("x"), "3=" + quarter("x"));
        assertThat(get(store, "1")).isEqualTo(quarter("x"));
    }

    @Test
    void shouldGiveUpWhatIsUsedWhenEverythingIs() {
        HeapStore store = store(4 * ARRAY_BYTES);
        for (int i = 0; i < 40; i++) {
            put(store, Integer.toString(i), quarter("x"));
            for (int used = 0; used <= i; used++) {
                assertThat(get(store, Integer.toString(used))).isEqualTo(quarter("x"));
            }
        }

        assertThat(disk.size()).isBetween(20, 40);
    }

    @Test
    void shouldMakeRoomAmongGarbageFirst() {
        HeapStore store = store(4 * ARRAY_BYTES);
        put(store, "kept", quarter("x"));
        for (int i = 0; i < 100; i++) {
            put(store, "grows", "x".repeat(10 + i));
            put(store, "shrinks", quarter("x"));
            put(store, "shrinks", "x");
        }

        assertThat(disk.size()).isZero();
        assertThat(get(store, "kept")).isEqualTo(quarter("x"));
        assertThat(get(store, "shrinks")).isEqualTo("x");
    }

    @Test
    void shouldHoldWhatIsLargerThanItsArrays() {
        HeapStore store = store(1 << 20);
        String large = "x".repeat(300_000);
        put(store, "a", "1");
        put(store, "large", large);
        put(store, "b", "1");

        assertThat(get(store, "large")).isEqualTo(large);
        put(store, "large", large + "y");
        assertThat(get(store, "large")).isEqualTo(large + "y");
        assertThat(get(store, "b")).isEqualTo("1");
    }

    @Test
    void shouldLeaveTheEntriesOfAStoreThatHoldsLittleAlone() {
        HeapBudget budget = new HeapBudget(10 * ARRAY_BYTES);
        HeapStore small = new HeapStore(new MemoryStore(), budget);
        small.open((key, value) -> {});
        put(small, "a", quarter("x"));
        HeapStore large = new HeapStore(disk, budget);
        large.open((key, value) -> {});
        for (int i = 0; i < 200; i++) {
            put(large, Integer.toString(i), quarter("x"));
        }
        put(small, "a", quarter("y"));

        assertThat(((MemoryStore) small.wrapped()).size()).isZero();
        assertThat(disk.size()).isGreaterThan(150);
        large.close();
        for (int i = 0; i < 30; i++) {
            put(small, "b" + i, quarter("x"));
        }
        assertThat(((MemoryStore) small.wrapped()).size()).isZero();
    }
}
