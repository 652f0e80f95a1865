package dev.redrive.state;

import java.util.ArrayList;
import java.util.List;

/**
 * Tells of most jobs that nobody has seen before that this is so, without a look into the store: a Bloom filter (Bloom,
 * "Space/Time Trade-offs in Hash Coding with Allowable Errors", 1970) that grows by parts, each four times as large as the
 * last one. While there is room for a further part it errs for fewer than one job in fifty; beyond that more and more often.
 * It never errs about a job that was added, and forgets none until its task ends. One thread owns it.
 */
final class JobFilter {

    private static final int BITS_PER_JOB = 12;
    private static final int PROBES = 6;
    private static final int FIRST_WORDS = 1 << 10;
    private static final int GROWTH = 4;
    private static final int MOST_WORDS = 1 << 27;

    private final HeapBudget budget;
    private final List<long[]> parts = new ArrayList<>();
    private long room;
    private long bytes;

    JobFilter(HeapBudget budget) {
        this.budget = budget;
        budget.open();
        grow(FIRST_WORDS);
    }

    /** Whether a job may have been added; {@code false} is certain. */
    boolean maySee(byte[] job) {
        long hash = hash(job);
        for (int i = parts.size() - 1; i >= 0; i--) {
            if (has(parts.get(i), hash)) {
                return true;
            }
        }
        return false;
    }

    void add(byte[] job) {
        long[] last = parts.get(parts.size() - 1);
        int words = (int) Math.min(MOST_WORDS, (long) last.length * GROWTH);
        if (room <= 0 && words > last.length && budget.admits(bytes, (long) words * Long.BYTES)) {
            last = grow(words);
        }
        long hash = hash(job);
        if (!has(last, hash)) {
            room--;
            long step = hash >>> 32 | 1;
            for (int i = 0; i < PROBES; i++) {
                long bit = hash + i * step;
                last[(int) (bit >>> 6) & (last.length - 1)] |= 1L << bit;
            }
        }
    }

    void close() {
        budget.use(-bytes);
        budget.close();
    }

    private long[] grow(int words) {
        long[] part = new long[words];
        parts.add(part);
        room = (long) words * Long.SIZE / BITS_PER_JOB;
        bytes += (long) words * Long.BYTES;
        budget.use((long) words * Long.BYTES);
        return part;
    }

    private static boolean has(long[] part, long hash) {
        long step = hash >>> 32 | 1;
        for (int i = 0; i < PROBES; i++) {
            long bit = hash + i * step;
            if ((part[(int) (bit >>> 6) & (part.length - 1)] & 1L << bit) == 0) {
                return false;
            }
        }
        return true;
    }

    /** FNV-1a (Fowler, Noll, Vo), stirred by the end of MurmurHash3 (Appleby), for its upper bits are weak. */
    private static long hash(byte[] job) {
        long hash = 0xcbf29ce484222325L;
        for (byte next : job) {
            hash = (hash ^ next) * 0x100000001b3L;
        }
        hash = (hash ^ hash >>> 33) * 0xff51afd7ed558ccdL;
        hash = (hash ^ hash >>> 33) * 0xc4ceb9fe1a85ec53L;
        return hash ^ hash >>> 33;
    }
}
