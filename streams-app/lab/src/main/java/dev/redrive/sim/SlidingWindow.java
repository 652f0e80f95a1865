package dev.redrive.sim;

/** The calls that were let in within the last 60 s, at most so many. */
final class SlidingWindow {

    static final long LENGTH_MS = 60_000;

    private final long[] letInAtMs;
    private int first;
    private int size;

    SlidingWindow(int limit) {
        this.letInAtMs = new long[limit];
    }

    int limit() {
        return letInAtMs.length;
    }

    int remaining(long nowMs) {
        forget(nowMs);
        return letInAtMs.length - size;
    }

    /** When the oldest call leaves the window; now when there is none. */
    long opensAtMs(long nowMs) {
        forget(nowMs);
        return size == 0 ? nowMs : letInAtMs[first] + LENGTH_MS;
    }

    void letIn(long nowMs) {
        letInAtMs[(first + size) % letInAtMs.length] = nowMs;
        size++;
    }

    private void forget(long nowMs) {
        while (size > 0 && letInAtMs[first] <= nowMs - LENGTH_MS) {
            first = (first + 1) % letInAtMs.length;
            size--;
        }
    }
}
