package dev.redrive.sim;

import java.util.Arrays;

/**
 * Events in the order of their time, and of their arrival where times are equal. A heap with four children a node on
 * arrays of numbers, so that nothing is boxed. Belongs to one thread.
 */
final class EventQueue {

    /** Bits of the running number that tells events of one time apart. */
    private static final int NUMBER_BITS = 30;

    private static final long NUMBER_MASK = (1L << NUMBER_BITS) - 1;

    /** The latest time: 99 days. */
    static final long MOST_MS = (1L << (63 - NUMBER_BITS)) - 1;

    private long[] keys = new long[1 << 10];
    private long[] events = new long[1 << 10];
    private int size;
    private long number;

    boolean isEmpty() {
        return size == 0;
    }

    /** When the first event is, in ms from the start; {@link Long#MAX_VALUE} when there is none. */
    long firstMs() {
        return size == 0 ? Long.MAX_VALUE : keys[0] >>> NUMBER_BITS;
    }

    /**
     * Adds an event.
     *
     * @param atMs when, in ms from the start; what is later than {@link #MOST_MS} happens then
     */
    void add(long atMs, long event) {
        if (size == keys.length) {
            keys = Arrays.copyOf(keys, size * 2);
            events = Arrays.copyOf(events, size * 2);
        }
        long key = Math.min(atMs, MOST_MS) << NUMBER_BITS | (number++ & NUMBER_MASK);
        int at = size++;
        while (at > 0) {
            int parent = (at - 1) >>> 2;
            if (keys[parent] <= key) {
                break;
            }
            keys[at] = keys[parent];
            events[at] = events[parent];
            at = parent;
        }
        keys[at] = key;
        events[at] = event;
    }

    /** Takes the first event; there must be one. */
    long take() {
        long taken = events[0];
        size--;
        long key = keys[size];
        long event = events[size];
        int at = 0;
        while (true) {
            int least = leastChild(at);
            if (least < 0 || keys[least] >= key) {
                break;
            }
            keys[at] = keys[least];
            events[at] = events[least];
            at = least;
        }
        keys[at] = key;
        events[at] = event;
        return taken;
    }

    private int leastChild(int parent) {
        int first = (parent << 2) + 1;
        if (first >= size) {
            return -1;
        }
        int least = first;
        int end = Math.min(first + 4, size);
        for (int child = first + 1; child < end; child++) {
            if (keys[child] < keys[least]) {
                least = child;
            }
        }
        return least;
    }
}
