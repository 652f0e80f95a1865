package dev.redrive.sim;

import java.util.EnumMap;
import java.util.Map;

/** Calls to the simulated API by how they were answered, first attempts and retries apart. Belongs to one thread. */
public final class Calls {

    private static final ReplyKind[] KINDS = ReplyKind.values();

    private final long[] first = new long[KINDS.length];
    private final long[] retries = new long[KINDS.length];

    /** Counts one. */
    public void count(ReplyKind kind, boolean retry) {
        (retry ? retries : first)[kind.ordinal()]++;
    }

    /** All calls. */
    public long all() {
        return sum(first, false) + sum(retries, false);
    }

    /** Calls that could have been spared. */
    public long wasted() {
        return sum(first, true) + sum(retries, true);
    }

    /** Calls but for the first of each job: those that a policy has asked for. */
    public long retries() {
        return sum(retries, false);
    }

    /** Retries that could have been spared. */
    public long wastedRetries() {
        return sum(retries, true);
    }

    /** Retries by how they were answered. */
    public Map<ReplyKind, Long> retriesByKind() {
        Map<ReplyKind, Long> counts = new EnumMap<>(ReplyKind.class);
        for (ReplyKind kind : KINDS) {
            counts.put(kind, retries[kind.ordinal()]);
        }
        return counts;
    }

    private static long sum(long[] counts, boolean wastedOnly) {
        long sum = 0;
        for (ReplyKind kind : KINDS) {
            sum += wastedOnly && !kind.wasted() ? 0 : counts[kind.ordinal()];
        }
        return sum;
    }
}
