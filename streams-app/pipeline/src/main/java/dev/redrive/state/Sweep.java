package dev.redrive.state;

import dev.redrive.state.HeapIndex.FirstEntries;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;

/**
 * A cyclic walk over a store, a few entries at a time, that deletes what has expired; it restarts with the task. When a
 * round finds nothing old enough, the next one waits until something can have expired.
 */
final class Sweep {

    private final KeyValueStore<Bytes, byte[]> store;
    private final @Nullable HeapStore heap;
    private final Duration retention;
    private final Aging aging;
    private @Nullable Bytes cursor;

    /** Oldest instant seen in this round or added since it began; {@code null} before its first entry. */
    private @Nullable Instant oldest;

    private Instant nextRound = Instant.MIN;

    Sweep(KeyValueStore<Bytes, byte[]> store, Duration retention, Aging aging) {
        this.store = store;
        this.heap = HeapStore.under(store);
        this.retention = retention;
        this.aging = aging;
    }

    @FunctionalInterface
    interface Aging {
        Age of(KeyValue<Bytes, byte[]> entry);
    }

    /**
     * The age of an entry.
     *
     * @param heardAt start of its retention
     * @param kept whether it is kept regardless of age
     */
    record Age(Instant heardAt, boolean kept) {}

    /**
     * Deletes what has expired among the next entries, and returns its keys.
     *
     * @param maxEntries max entries to visit
     */
    List<Bytes> run(Instant now, int maxEntries) {
        List<Bytes> gone = new ArrayList<>();
        if (now.isBefore(nextRound)) {
            return gone;
        }
        Instant eldest = oldest == null ? now : oldest;
        List<KeyValue<Bytes, byte[]>> entries =
                heap == null ? FirstEntries.onDisk(store, cursor, maxEntries) : heap.next(cursor, maxEntries);
        for (KeyValue<Bytes, byte[]> entry : entries) {
            if (entry.value != null) {
                Age age = aging.of(entry);
                if (!age.kept() && age.heardAt().isBefore(now.minus(retention))) {
                    gone.add(entry.key);
                } else if (age.heardAt().isBefore(eldest)) {
                    eldest = age.heardAt();
                }
            }
        }
        oldest = eldest;
        cursor = entries.size() < maxEntries ? null : next(entries.get(entries.size() - 1).key);
        if (cursor == null) {
            nextRound = eldest.plus(retention);
            oldest = null;
        }
        for (Bytes key : gone) {
            store.put(key, null);
        }
        return gone;
    }

    /** Returns the lowest key that can follow: longer keys with this prefix come next, and must not be skipped. */
    private static Bytes next(Bytes key) {
        return Bytes.wrap(Arrays.copyOf(key.get(), key.get().length + 1));
    }
}
