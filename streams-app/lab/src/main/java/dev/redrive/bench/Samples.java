package dev.redrive.bench;

import java.util.Arrays;

/** Numbers of which quantiles are asked. Not safe for several threads. */
final class Samples {

    private long[] values = new long[1024];
    private int size;
    private boolean sorted;

    void add(long value) {
        if (size == values.length) {
            values = Arrays.copyOf(values, size * 2);
        }
        values[size++] = value;
        sorted = false;
    }

    int size() {
        return size;
    }

    /**
     * The smallest value that at least this part of all values does not exceed; 0 when there are none.
     *
     * @param part 0 to 1; 1 is the largest value
     */
    long quantile(double part) {
        if (size == 0) {
            return 0;
        }
        if (!sorted) {
            Arrays.sort(values, 0, size);
            sorted = true;
        }
        return values[Math.max(0, (int) Math.ceil(part * size) - 1)];
    }
}
