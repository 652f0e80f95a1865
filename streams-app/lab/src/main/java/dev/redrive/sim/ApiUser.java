package dev.redrive.sim;

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

    /** Jobs at work. */
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
     * @return {@link ReplyKind#ACCEPTED} when it was let in; whether its job starts is for the caller to say
     */
    public ReplyKind call(Service service, long nowMs) {
        if (allowanceSpent(nowMs)) {
            return ReplyKind.ALLOWANCE_SPENT;
        }
        SlidingWindow window = window(service);
        if (window.remaining(nowMs) == 0) {
            return ReplyKind.RATE_LIMITED;
        }
        if (active >= plan.concurrencyLimit()) {
            return ReplyKind.CONCURRENCY_LIMITED;
        }
        window.letIn(nowMs);
        return ReplyKind.ACCEPTED;
    }

    /** What the API tells of this user in a reply. */
    public Reply reply(ReplyKind kind, Service service, long nowMs) {
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
}
