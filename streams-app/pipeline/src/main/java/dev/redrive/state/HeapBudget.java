package dev.redrive.state;

import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * How much heap the stores of one process may use for what they hold. A store that finds all of it used makes room among
 * its own entries, unless it holds less than half of an even share; so all stores together stay below one and a half times
 * the budget. Safe for several threads.
 */
public final class HeapBudget {

    /** The size of the arrays that most of it goes into. */
    static final int ARRAY_BYTES = 1 << 18;

    private static final int MOST_SPARE = 32;

    private final long maxBytes;
    private final ArrayBlockingQueue<byte[]> spare = new ArrayBlockingQueue<>(MOST_SPARE);
    private final AtomicLong usedBytes = new AtomicLong();
    private final AtomicInteger stores = new AtomicInteger();

    /**
     * A budget.
     *
     * @param maxBytes for all stores together
     */
    public HeapBudget(long maxBytes) {
        this.maxBytes = maxBytes;
    }

    /** An array of {@link #ARRAY_BYTES}, with whatever is in it: one that is as old as the process is not copied any more. */
    byte[] array() {
        byte[] array = spare.poll();
        return array == null ? new byte[ARRAY_BYTES] : array;
    }

    /** Gives an array back. */
    void giveBack(byte[] array) {
        if (array.length == ARRAY_BYTES) {
            spare.offer(array);
        }
    }

    void open() {
        stores.incrementAndGet();
    }

    void close() {
        stores.decrementAndGet();
    }

    void use(long bytes) {
        usedBytes.addAndGet(bytes);
    }

    /** Whether a store that holds so much has to make room. */
    boolean exceeded(long heldBytes) {
        return !admits(heldBytes, 0);
    }

    /** Whether a store that holds so much may hold so much more. */
    boolean admits(long heldBytes, long moreBytes) {
        return usedBytes.get() + moreBytes <= maxBytes
                || heldBytes + moreBytes <= maxBytes / (2L * Math.max(1, stores.get()));
    }
}
