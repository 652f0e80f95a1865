package dev.redrive.topology;

import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * Shares the time of one stream thread between the releases of its tasks and the input: while the input lags, releases
 * are brief, take half of the time, and the tasks take turns. Otherwise releases are not limited. It also schedules the
 * thread's commits, one for all of its tasks.
 *
 * <p>Owned by one thread and shared by all tasks on it.
 */
final class ReleaseTurns {

    /** The input lags if a record is older than this when it is taken. */
    private static final long LAG_MS = 150;

    /** After this long without input, none is waiting. */
    private static final long QUIET_MS = 5;

    /** Maximum deferral of a task in milliseconds, even if another task no longer calls or a clock is set. */
    private static final long LONGEST_WAIT_MS = 1_000;

    /** So far in the past that the difference to any time exceeds every interval without overflow. */
    private static final long NEVER_MS = Long.MIN_VALUE / 2;

    private static final ThreadLocal<ReleaseTurns> OF_THREAD = ThreadLocal.withInitial(ReleaseTurns::new);

    /** Tasks whose release was deferred, with the time of their last call, in epoch milliseconds. */
    private final Map<Object, Long> waiting = new LinkedHashMap<>();

    /** Tasks whose last slice left retries behind. */
    private final Set<Object> busy = new HashSet<>();

    private boolean taken;
    private boolean lagging;

    /** Maximum age of the input since the last call of {@link #commitDue}, in milliseconds. */
    private long oldestMs;

    private long backlogAtMs = NEVER_MS;
    private long committedMs;

    /** Whether a commit was requested and its end has not been observed. */
    private boolean committing;

    /** No commit before this instant: commits take at most half of the thread's time. */
    private long restsUntilMs = NEVER_MS;

    private long lastAskedMs;
    private long nextMs;

    /** Returns the turns of the current thread. */
    static ReleaseTurns ofThread() {
        return OF_THREAD.get();
    }

    /** Notes that an input was taken this long after it was published, in milliseconds. */
    void tookInput(long ageMs) {
        taken = true;
        lagging = ageMs > LAG_MS;
        oldestMs = Math.max(oldestMs, ageMs);
    }

    /** Returns whether the input lags, so that releases should be brief. */
    boolean lagging() {
        return lagging;
    }

    /**
     * Returns whether the thread should commit now, for all of its tasks: after the interval since the last {@code
     * true}, but not if, within the longer interval, input was taken that had waited for even longer. Then Kafka
     * Streams commits at that interval.
     *
     * <p>A commit has ended when this is called next. The thread then works for as long as the commit took: Kafka
     * Streams halves the records of a round at each commit, so that commits longer than the interval would leave one
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

    /** Returns whether a task may release now; if not, a later call permits it. */
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

    /**
     * Returns the number of tasks that share the time of one slice: the caller and all others with releases left over.
     */
    int sharedBy(Object task) {
        return busy.contains(task) ? busy.size() : busy.size() + 1;
    }

    /** Records whether a task's slice left retries behind. */
    void left(Object task, boolean more) {
        if (more) {
            busy.add(task);
        } else {
            busy.remove(task);
        }
    }

    /** Removes an ended task. */
    void ended(Object task) {
        busy.remove(task);
    }

    /** Records when a slice ran; while the input lags, the next one waits for as long as this one took. */
    void released(long fromMs, long toMs) {
        nextMs = toMs + (toMs - fromMs);
        lastAskedMs = toMs;
    }
}
