package dev.redrive.topology;

import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * Shares the time of one stream thread between the releases of its tasks and what comes in: while the input lags, releases
 * are brief, take half of the time, and the tasks take turns. Else releases have all the time they want. It also tells when
 * the thread should commit, once for all of its tasks.
 *
 * <p>One thread owns it, and all tasks on that thread share it.
 */
final class ReleaseTurns {

    /** Input that is older than this when it is taken has waited too long. */
    private static final long LAG_MS = 150;

    /** So long without input, and none is waiting. */
    private static final long QUIET_MS = 5;

    /** Nobody waits longer: neither for a task that does not ask any more, nor because a clock was set. */
    private static final long LONGEST_WAIT_MS = 1_000;

    /** So long ago that the difference to any time is longer than any interval, and no overflow. */
    private static final long NEVER_MS = Long.MIN_VALUE / 2;

    private static final ThreadLocal<ReleaseTurns> OF_THREAD = ThreadLocal.withInitial(ReleaseTurns::new);

    /** Who asked in vain, and when last. */
    private final Map<Object, Long> waiting = new LinkedHashMap<>();

    /** Whose last look left something behind. */
    private final Set<Object> busy = new HashSet<>();

    private boolean taken;
    private boolean lagging;

    /** The oldest input since commits were asked about last. */
    private long oldestMs;

    private long backlogAtMs = NEVER_MS;
    private long committedMs;

    /** Whether a commit was asked for that is not known to have ended. */
    private boolean committing;

    /** No commit before this: commits take at most half of the thread's time. */
    private long restsUntilMs = NEVER_MS;

    private long lastAskedMs;
    private long nextMs;

    /** Those of the present thread. */
    static ReleaseTurns ofThread() {
        return OF_THREAD.get();
    }

    /** A record of the input was taken, so long after it was published. */
    void tookInput(long ageMs) {
        taken = true;
        lagging = ageMs > LAG_MS;
        oldestMs = Math.max(oldestMs, ageMs);
    }

    /** Whether the input has waited too long, so that releases should be brief. */
    boolean lagging() {
        return lagging;
    }

    /**
     * Whether the thread should commit now, for all of its tasks: so long after it was told so last, but not while, within the
     * longer interval, input was taken that had waited for even longer. Then Kafka Streams commits at that interval.
     *
     * <p>A commit is over when this is called next. The thread then works for as long as the commit took: Kafka Streams
     * halves the records of a round at each commit, so that commits that last longer than the interval would leave one
     * record to each.
     */
    boolean commitDue(long nowMs, long intervalMs, long backlogIntervalMs) {
        if (committing) {
            committing = false;
            restsUntilMs = nowMs + Math.min(Math.max(0, nowMs - committedMs), backlogIntervalMs);
        }
        if (oldestMs > backlogIntervalMs) {
            backlogAtMs = nowMs;
        }
        oldestMs = 0;
        boolean backlog = Math.abs(nowMs - backlogAtMs) < backlogIntervalMs;
        boolean rests = nowMs < restsUntilMs && restsUntilMs - nowMs <= backlogIntervalMs;
        if (backlog || rests || Math.abs(nowMs - committedMs) < intervalMs) {
            return false;
        }
        committedMs = nowMs;
        committing = true;
        return true;
    }

    /** Whether a task may release now; if not, it may at one of the next times it asks. */
    boolean mayRelease(Object task, long nowMs) {
        if (!taken && nowMs - lastAskedMs >= QUIET_MS) {
            lagging = false;
        }
        taken = false;
        lastAskedMs = nowMs;
        if (!lagging) {
            waiting.clear();
            return true;
        }
        waiting.put(task, nowMs);
        waiting.values().removeIf(askedMs -> Math.abs(nowMs - askedMs) > LONGEST_WAIT_MS);
        boolean early = nowMs < nextMs && nextMs - nowMs <= LONGEST_WAIT_MS;
        if (early || waiting.keySet().iterator().next() != task) {
            return false;
        }
        waiting.remove(task);
        return true;
    }

    /** How many tasks share the time of one look: the one that asks, and all others that had more to release than went. */
    int sharedBy(Object task) {
        return busy.contains(task) ? busy.size() : busy.size() + 1;
    }

    /** Whether a task's look has left something behind. */
    void left(Object task, boolean more) {
        if (more) {
            busy.add(task);
        } else {
            busy.remove(task);
        }
    }

    /** A task has ended. */
    void ended(Object task) {
        busy.remove(task);
    }

    /** A task has released for a time. */
    void released(long fromMs, long toMs) {
        nextMs = toMs + (toMs - fromMs);
        lastAskedMs = toMs;
    }
}
