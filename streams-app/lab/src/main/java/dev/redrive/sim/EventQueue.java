package dev.redrive.sim;

import java.util.Arrays;

/**
 * Events in order of time, then of insertion. A 4-ary heap on primitive arrays, so that nothing is boxed. Used by one
 * thread.
 */
final class EventQueue {

    /** Bits of the sequence number that orders events of equal time. */
    private static final int NUMBER_BITS = 30;

    private static final long NUMBER_MASK = (1L << NUMBER_BITS) - 1;

    /** The max. time: 99 days. */
    static final long MAX_MS = (1L << (63 - NUMBER_BITS)) - 1;

    private long[] keys = new long[1 << 10];
    private long[] events = new long[1 << 10];
    private int size;
    private long number;

    boolean isEmpty() {
        return size == 0;
    }

    /** Returns the time of the first event, in ms from the start; {@link Long#MAX_VALUE} if there is none. */
    long firstMs() {
        return size == 0 ? Long.MAX_VALUE : keys[0] >>> NUMBER_BITS;
    }

    /**
     * Adds an event.
     *
     * @param atMs its time in ms from the start; cut to {@link #MAX_MS}
     */
    void add(long atMs, long event) {
        if (size == keys.length) {
            keys = Arrays.copyOf(keys, size * 2);
            events = Arrays.copyOf(events, size * 2);
        }
        long key = Math.min(atMs, MAX_MS) << NUMBER_BITS | (number++ & NUMBER_MASK);
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

    /** Removes and returns the first event; the queue must not be empty. */
    long take() {
        long taken = events[0];
        size--;
        long key = keys[size];
        long event = events[size];
        int at = 0;
        while (true) {
            int min = minChild(at);
            if (min < 0 || keys[min] >= key) {
                break;
            }
            keys[at] = keys[min];
            events[at] = events[min];
            at = min;
        }
        keys[at] = key;
        events[at] = event;
        return taken;
    }

    private int minChild(int parent) {
        int first = (parent << 2) + 1;
        if (first >= size) {
            return -1;
        }
        int min = first;
        int end = Math.min(first + 4, size);
        for (int child = first + 1; child < end; child++) {
            if (keys[child] < keys[min]) {
                min = child;
            }
        }
        return min;
    }
}
