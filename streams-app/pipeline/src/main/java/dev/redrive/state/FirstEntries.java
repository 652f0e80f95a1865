package dev.redrive.state;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;

/** The first entries from a key on, of what is held and what is on disk together; a held one hides that on disk. */
final class FirstEntries {

    private final Bytes from;
    private final int most;
    private final TreeMap<Bytes, byte[]> first = new TreeMap<>();

    FirstEntries(Bytes from, int most) {
        this.from = from;
        this.most = most;
    }

    /**
     * Those of a store that holds nothing.
     *
     * @param from {@code null} for the first of all
     */
    static List<KeyValue<Bytes, byte[]>> onDisk(KeyValueStore<Bytes, byte[]> store, @Nullable Bytes from, int most) {
        List<KeyValue<Bytes, byte[]>> first = new ArrayList<>();
        try (KeyValueIterator<Bytes, byte[]> entries = store.range(from, null)) {
            while (first.size() < most && entries.hasNext()) {
                first.add(entries.next());
            }
        }
        return first;
    }

    List<KeyValue<Bytes, byte[]>> of(HeldEntries held, KeyValueStore<Bytes, byte[]> onDisk) {
        held.visit(HeldChunk.UNWRITTEN, (key, value) -> {
            Bytes wrapped = Bytes.wrap(key);
            if (from.compareTo(wrapped) <= 0) {
                take(wrapped, value);
            }
        });
        try (KeyValueIterator<Bytes, byte[]> entries = onDisk.range(from, null)) {
            while (entries.hasNext()) {
                KeyValue<Bytes, byte[]> entry = entries.next();
                if (first.size() == most && first.lastKey().compareTo(entry.key) < 0) {
                    break;
                }
                long place = held.find(entry.key.get());
                take(entry.key, place == HeldEntries.NONE ? entry.value : held.value(place));
            }
        }
        List<KeyValue<Bytes, byte[]>> entries = new ArrayList<>(first.size());
        for (Map.Entry<Bytes, byte[]> entry : first.entrySet()) {
            entries.add(KeyValue.pair(entry.getKey(), entry.getValue()));
        }
        return entries;
    }

    private void take(Bytes key, byte @Nullable [] value) {
        if (value != null) {
            first.put(key, value);
            if (first.size() > most) {
                first.pollLastEntry();
            }
        }
    }
}
