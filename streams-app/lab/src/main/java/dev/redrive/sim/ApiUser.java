package dev.redrive.sim;

import dev.redrive.sim.ApiBehaviour.Plan;
import org.jspecify.annotations.Nullable;

/**
 * What the simulated API knows of one user: active jobs, calls of the last minute by service, allowance. Times are in
 * milliseconds since the epoch and must not step back. Belongs to one thread.
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

    /** A call was accepted: its job is at work and has cost one call of the allowance. */
    public void jobStarted() {
        active++;
        used++;
    }

    /** A job is done, well or not. */
    public void jobEnded() {
        active--;
    }

    /**
     * Lets a call in and counts it in its service's window, or refuses it. A call that is refused counts nowhere.
     *
     * @return {@link Reply.Kind#ACCEPTED} when it was let in; whether its job starts is for the caller to say
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

    /** What the API tells of this user in a reply. */
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

    /** The earliest time at which a call is let in, if a slot is free then; not before now. */
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

    /** The calls that were let in within the last 60 s, at most so many. */
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
}
