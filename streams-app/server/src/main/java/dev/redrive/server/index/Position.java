package dev.redrive.server.index;

/** A place in a topic as one number: partition and offset, ordered by partition, then offset. */
public final class Position {

    private static final int OFFSET_BITS = 48;
    private static final long MAX_OFFSET = (1L << OFFSET_BITS) - 1;
    private static final int MAX_PARTITION = (1 << 15) - 1;

    private Position() {}

    /** @throws IllegalArgumentException if the partition exceeds 32,767 or the offset 2^48 - 1, or either is negative */
    public static long of(int partition, long offset) {
        if (partition < 0 || partition > MAX_PARTITION || offset < 0 || offset > MAX_OFFSET) {
            throw new IllegalArgumentException("position out of range: " + partition + "/" + offset);
        }
        return (long) partition << OFFSET_BITS | offset;
    }

    /** Returns the partition of a position. */
    public static int partition(long position) {
        return (int) (position >>> OFFSET_BITS);
    }

    /** Returns the offset of a position. */
    public static long offset(long position) {
        return position & MAX_OFFSET;
    }
}
