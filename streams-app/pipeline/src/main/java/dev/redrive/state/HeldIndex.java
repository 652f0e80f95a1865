package dev.redrive.state;

import java.util.Arrays;

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
}
