package dev.redrive.state;

import static dev.redrive.state.HeapStoreTest.get;
import static dev.redrive.state.HeapStoreTest.key;
import static dev.redrive.state.HeapStoreTest.put;
import static dev.redrive.state.HeapStoreTest.read;
import static dev.redrive.state.HeapStoreTest.text;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.redrive.state.HeapStore.HeapBudget;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.From;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.apache.kafka.common.utils.Bytes;

/** A heap store equals a sorted map, whatever is done to it. */
class HeapStorePropertyTest {

    private final MemoryStore disk = new MemoryStore();
    private final Map<String, String> restorable = new TreeMap<>();

    private HeapStore store(long budgetBytes) {
        HeapStore store = new HeapStore(disk, new HeapBudget(budgetBytes));
        store.open((key, value) -> {
            if (value == null) {
                restorable.remove(text(key.get()));
            } else {
                restorable.put(text(key.get()), text(value));
            }
        });
        return store;
    }

    /** What is done to a store. */
    record Act(int kind, String key, String value) {}

    @Provide
    Arbitrary<Act> acts() {
        return Combinators.combine(
                        Arbitraries.integers().between(0, 14),
                        Arbitraries.strings().withChars("abc").ofMinLength(1).ofMaxLength(2),
                        Arbitraries.strings().withChars("xyz").ofMinLength(1).ofMaxLength(400))
                .as(Act::new);
    }

    @Property(tries = 500)
    void shouldBeAsASortedMapAndRestorableFromItsChangelog(
            @ForAll @Size(max = 200) List<@From("acts") Act> acts,
            @ForAll @IntRange(min = 100, max = 10_000) int budgetBytes) {
        read(disk.all()).keySet().forEach(left -> disk.delete(key(left)));
        restorable.clear();
        HeapStore store = store(budgetBytes);
        TreeMap<String, String> model = new TreeMap<>();
        for (Act act : acts) {
            switch (act.kind()) {
                case 0, 1, 2, 3 -> {
                    put(store, act.key(), act.value());
                    model.put(act.key(), act.value());
                }
                case 4, 5 -> {
                    put(store, act.key(), null);
                    model.remove(act.key());
                }
                case 6 -> assertThat(store.delete(key(act.key())) == null).isEqualTo(model.remove(act.key()) == null);
                case 7 -> assertThat(read(store.range(key(act.key()), null))).isEqualTo(model.tailMap(act.key(), true));
                case 8 -> {
                    store.flushCache();
                    assertThat(restorable).isEqualTo(model);
                }
                case 9 -> {
                    store.flushCache();
                    store.commit(Map.of());
                    store.close();
                    assertThat(read(disk.all())).isEqualTo(model);
                    store = store(budgetBytes);
                }
                case 10 -> {
                    store.flushCache();
                    store.clearCache();
                    assertThat(read(disk.all())).isEqualTo(model);
                }
                case 11, 12 -> {
                    List<Bytes> ahead = store.ahead(key(act.key()), key(act.key() + "b"), 3);
                    List<String> keys = List.copyOf(
                            model.subMap(act.key(), true, act.key() + "b", true).keySet());
                    assertThat(ahead)
                            .containsExactlyElementsOf(keys.stream()
                                    .limit(3)
                                    .map(HeapStoreTest::key)
                                    .toList());
                    for (Bytes key : ahead) {
                        assertThat(get(store, text(key.get()))).isEqualTo(model.get(text(key.get())));
                    }
                }
                case 13 -> {
                    TreeMap<String, String> first = new TreeMap<>();
                    store.first(key(act.key()), act.value().length())
                            .forEach(entry -> first.put(text(entry.key.get()), text(entry.value)));
                    List<String> keys =
                            List.copyOf(model.tailMap(act.key(), true).keySet());
                    assertThat(first.keySet())
                            .containsExactlyElementsOf(keys.subList(
                                    0, Math.min(keys.size(), act.value().length())));
                    assertThat(model).containsAllEntriesOf(first);
                }
                default -> {
                    store.putIfAbsent(key(act.key()), act.value().getBytes(UTF_8));
                    model.putIfAbsent(act.key(), act.value());
                }
            }
            assertThat(get(store, act.key())).isEqualTo(model.get(act.key()));
        }
        assertThat(read(store.all())).isEqualTo(model);
    }
}
