package dev.redrive.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentSkipListSet;

/**
 * Numbers of lines that were sent and never confirmed. Used by the thread that sends and by the producer's. It holds no
 * more than the producer's buffer, because the first failure ends the reading.
 */
final class Undelivered {

    private final ConcurrentSkipListSet<Long> lines = new ConcurrentSkipListSet<>();

    void add(long line) {
        lines.add(line);
    }

    int count() {
        return lines.size();
    }

    /** Neighbours taken together, in order: {@code 3}, {@code 5-9}. */
    List<String> ranges() {
        List<String> ranges = new ArrayList<>();
        long first = -1;
        long last = -1;
        for (long line : lines) {
            if (first >= 0 && line != last + 1) {
                ranges.add(range(first, last));
                first = -1;
            }
            first = first < 0 ? line : first;
            last = line;
        }
        if (first >= 0) {
            ranges.add(range(first, last));
        }
        return ranges;
    }

    private static String range(long first, long last) {
        return first == last ? Long.toString(first) : first + "-" + last;
    }
}
