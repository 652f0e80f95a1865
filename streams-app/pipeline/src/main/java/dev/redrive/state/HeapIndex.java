package dev.redrive.state;

import dev.redrive.state.HeapEntries.HeapChunk;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;

/**
 * Maps the tags of keys, which are hashes of {@link #TAG_BITS} bits, to the positions of their entries in {@link
 * HeapEntries}: a hash table with open addressing, which doubles when it is half full. Several positions may have the
 * same tag. Owned by one thread.
 */
final class HeapIndex {

    /** No position. */
    static final long NONE = -1;

    /** Size of a position, in the lower bits of a slot. */
    static final int PLACE_BITS = 40;

    /** Size of a tag, in the upper bits of a slot. */
    static final int TAG_BITS = Long.SIZE - PLACE_BITS;

    private static final int MIN_SLOTS = 64;

    /** Entries in the slot of the tag's upper bits, or the next free one. */
    private long[] slots = free(MIN_SLOTS);

    private int entries;

    /** Returns the size in bytes beyond that of an empty index. */
    long bytes() {
        return (long) (slots.length - MIN_SLOTS) * Long.BYTES;
    }

    /** Returns whether no more should be added: three quarters of the slots of the largest table are in use. */
    boolean full() {
        return entries > 3 << (TAG_BITS - 2);
    }

    /** Returns the slot at which the search for a tag begins. */
    int home(long tag) {
        return (int) (tag >>> (TAG_BITS - Integer.numberOfTrailingZeros(slots.length)));
    }

    int next(int slot) {
        return (slot + 1) & (slots.length - 1);
    }

    /** Returns whether the search for a tag ends here. */
    boolean ends(int slot) {
        return slots[slot] == NONE;
    }

    /** Returns whether the slot has an entry with this tag. */
    boolean has(int slot, long tag) {
        return tag(slots[slot]) == tag;
    }

    /** Returns the position in a slot. */
    long place(int slot) {
        return slots[slot] & ((1L << PLACE_BITS) - 1);
    }

    /** Adds a position, also if the tag has others. */
    void enter(long tag, long place) {
        if (++entries > slots.length / 2 && slots.length < 1 << TAG_BITS) {
            long[] before = slots;
            slots = free(2 * before.length);
            for (long entry : before) {
                if (entry != NONE) {
                    put(entry);
                }
            }
        }
        put((tag << PLACE_BITS) | place);
    }

    /** Removes a position that is present; later ones move up (Knuth, The Art of Computer Programming 3, 6.4 R). */
    void remove(long tag, long place) {
        entries--;
        int gap = home(tag);
        while (place(gap) != place) {
            gap = next(gap);
        }
        for (int slot = next(gap); !ends(slot); slot = next(slot)) {
            int home = home(tag(slots[slot]));
            boolean stays = gap <= slot ? gap < home && home <= slot : gap < home || home <= slot;
            if (!stays) {
                slots[gap] = slots[slot];
                gap = slot;
            }
        }
        slots[gap] = NONE;
    }

    void clear() {
        slots = free(MIN_SLOTS);
        entries = 0;
    }

    private void put(long entry) {
        int slot = home(tag(entry));
        while (!ends(slot)) {
            slot = next(slot);
        }
        slots[slot] = entry;
    }

    private static long tag(long entry) {
        return entry >>> PLACE_BITS;
    }

    private static long[] free(int slots) {
        long[] free = new long[slots];
        Arrays.fill(free, NONE);
        return free;
    }

    /** The first entries from a key on, merged from heap and disk; an entry on the heap hides the one on disk. */
    static final class FirstEntries {

        private final Bytes from;
        private final int max;
        private final TreeMap<Bytes, byte[]> first = new TreeMap<>();

        FirstEntries(Bytes from, int max) {
            this.from = from;
            this.max = max;
        }

        /**
         * Returns the first entries of a store on disk alone.
         *
         * @param from {@code null} for the first of all
         */
        static List<KeyValue<Bytes, byte[]>> onDisk(KeyValueStore<Bytes, byte[]> store, @Nullable Bytes from, int max) {
            List<KeyValue<Bytes, byte[]>> first = new ArrayList<>();
            try (KeyValueIterator<Bytes, byte[]> entries = store.range(from, null)) {
                while (first.size() < max && entries.hasNext()) {
                    first.add(entries.next());
                }
            }
            return first;
        }

        /** Returns the first entries of both; of the heap those that are not on disk yet. */
        List<KeyValue<Bytes, byte[]>> of(HeapEntries heap, KeyValueStore<Bytes, byte[]> onDisk) {
            heap.visit(HeapChunk.UNWRITTEN, (key, value) -> {
                Bytes wrapped = Bytes.wrap(key);
                if (from.compareTo(wrapped) <= 0) {
                    take(wrapped, value);
                }
            });
            try (KeyValueIterator<Bytes, byte[]> entries = onDisk.range(from, null)) {
                while (entries.hasNext()) {
                    KeyValue<Bytes, byte[]> entry = entries.next();
                    if (first.size() == max && first.lastKey().compareTo(entry.key) < 0) {
                        break;
                    }
                    long place = heap.find(entry.key.get());
                    take(entry.key, place == HeapEntries.NONE ? entry.value : heap.value(place));
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
                if (first.size() > max) {
                    first.pollLastEntry();
                }
            }
        }
    }
}
