package dev.redrive.sim;

import dev.redrive.sim.ApiBehaviour.Plan;
import org.jspecify.annotations.Nullable;

/**
 * The simulated API's state of one user: active jobs, calls of the last minute by service, allowance. Times are in
 * milliseconds since the epoch and must not decrease. Used by one thread.
 */
public final class ApiUser {

    private final Plan plan;
    private final long periodMs;
    private final @Nullable SlidingWindow[] windows = new SlidingWindow[Service.KNOWN + 1];
    private long periodEndMs;
    private int active;
    private int used;

    ApiUser(Plan plan, long periodEndMs, long periodMs) {
        this.plan = plan;
        this.periodEndMs = periodEndMs;
        this.periodMs = periodMs;
    }

    Plan plan() {
        return plan;
    }

    public int active() {
        return active;
    }

    /** Records an accepted call: its job is active and has used one call of the allowance. */
    public void jobStarted() {
        active++;
        used++;
    }

    /** Records the end of a job, successful or not. */
    public void jobEnded() {
        active--;
    }

    /**
     * Admits a call and counts it in its service's window, or rejects it. A rejected call is not counted.
     *
     * @return {@link Reply.Kind#ACCEPTED} if it was admitted; the caller decides whether its job starts
     */
    public Reply.Kind call(Service service, long nowMs) {
        if (allowanceSpent(nowMs)) {
            return Reply.Kind.ALLOWANCE_SPENT;
        }
        SlidingWindow window = window(service);
        if (window.remaining(nowMs) == 0) {
            return Reply.Kind.RATE_LIMITED;
        }
        if (active >= plan.concurrencyLimit()) {
            return Reply.Kind.CONCURRENCY_LIMITED;
        }
        window.letIn(nowMs);
        return Reply.Kind.ACCEPTED;
    }

    /** Returns a reply with this user's limits. */
    public Reply reply(Reply.Kind kind, Service service, long nowMs) {
        SlidingWindow window = window(service);
        return new Reply(
                kind,
                service,
                nowMs,
                window.limit(),
                window.remaining(nowMs),
                window.opensAtMs(nowMs),
                active,
                plan.concurrencyLimit(),
                periodEndMs);
    }

    /** Returns the earliest time at which a call is admitted, if a slot is free then; not before now. */
    long opensAtMs(Service service, long nowMs) {
        if (allowanceSpent(nowMs)) {
            return periodEndMs;
        }
        SlidingWindow window = window(service);
        return window.remaining(nowMs) > 0 ? nowMs : window.opensAtMs(nowMs);
    }

    boolean slotFree() {
        return active < plan.concurrencyLimit();
    }

    private boolean allowanceSpent(long nowMs) {
        if (nowMs >= periodEndMs) {
            periodEndMs += ((nowMs - periodEndMs) / periodMs + 1) * periodMs;
            used = 0;
        }
        return used >= plan.allowance();
    }

    private SlidingWindow window(Service service) {
        SlidingWindow window = windows[service.ordinal()];
        if (window == null) {
            window = new SlidingWindow(plan.callsPerMinute());
            windows[service.ordinal()] = window;
        }
        return window;
    }

    /** The calls admitted within the last 60 s, bounded by the limit. */
    static final class SlidingWindow {

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

        /** Returns when the oldest call leaves the window; now if there is none. */
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
}
