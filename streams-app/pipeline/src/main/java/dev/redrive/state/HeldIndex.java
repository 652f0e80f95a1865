package dev.redrive.state;

import dev.redrive.state.HeldEntries.HeldChunk;
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
 * Places by the tags of their keys: a table with open addressing, which doubles when half of it is in use. Several places may
 * have the same tag. One thread owns it.
 */
final class HeldIndex {

    /** No place. */
    static final long NONE = -1;

    /** Of a place, which is in the lower bits of an entry. */
    static final int PLACE_BITS = 40;

    /** Of a tag, which is in the upper bits of an entry. */
    static final int TAG_BITS = Long.SIZE - PLACE_BITS;

    private static final int LEAST_SLOTS = 64;

    /** Sorted into slots by the tag's upper bits, or into the next that is free. */
    private long[] slots = free(LEAST_SLOTS);

    private int entries;

    /** Bytes beyond those that an empty one takes. */
    long bytes() {
        return (long) (slots.length - LEAST_SLOTS) * Long.BYTES;
    }

    /** Whether nothing more should be entered. */
    boolean full() {
        return entries > 3 << (TAG_BITS - 2);
    }

    /** The slot at which the search for a tag begins. */
    int home(long tag) {
        return (int) (tag >>> (TAG_BITS - Integer.numberOfTrailingZeros(slots.length)));
    }

    int next(int slot) {
        return (slot + 1) & (slots.length - 1);
    }

    /** Whether the search for a tag ends here. */
    boolean ends(int slot) {
        return slots[slot] == NONE;
    }

    boolean has(int slot, long tag) {
        return tag(slots[slot]) == tag;
    }

    long place(int slot) {
        return slots[slot] & ((1L << PLACE_BITS) - 1);
    }

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

    /** Takes out a place that is in; those behind it move up (Knuth, The Art of Computer Programming 3, 6.4 R). */
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
        slots = free(LEAST_SLOTS);
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

    /** The first entries from a key on, of what is held and what is on disk together; a held one hides that on disk. */
    static final class FirstEntries {

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
        static List<KeyValue<Bytes, byte[]>> onDisk(
                KeyValueStore<Bytes, byte[]> store, @Nullable Bytes from, int most) {
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
}
