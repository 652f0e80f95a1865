package dev.redrive.sim;

import dev.redrive.sim.ApiBehaviour.Hints;
import dev.redrive.sim.ApiBehaviour.Plan;
import dev.redrive.sim.ApiBehaviour.PlanChange;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
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
    private final Deque<DueChange> changes;
    private int concurrencyLimit;
    private int callsPerMinute;
    private int active;
    private int used;

    /** Creates a user whose plan never changes. */
    ApiUser(Plan plan, long periodEndMs, long periodMs) {
        this(plan, periodEndMs, periodMs, List.of());
    }

    ApiUser(Plan plan, long periodEndMs, long periodMs, List<DueChange> changes) {
        this.plan = plan;
        this.periodEndMs = periodEndMs;
        this.periodMs = periodMs;
        this.changes = new ArrayDeque<>(changes.stream()
                .sorted(Comparator.comparingLong(DueChange::atMs))
                .toList());
        this.concurrencyLimit = plan.concurrencyLimit();
        this.callsPerMinute = plan.callsPerMinute();
    }

    /**
     * A change of a user's plan.
     *
     * @param atMs when, in ms since the epoch
     */
    record DueChange(long atMs, PlanChange change) {}

    /** Returns the plan at the start. */
    Plan plan() {
        return plan;
    }

    /** Returns the changes to come. */
    List<DueChange> changes() {
        return List.copyOf(changes);
    }

    public int active() {
        return active;
    }

    /** Records an accepted call: its job is active and has used one call of the allowance. */
    public void jobStarted() {
        active++;
        used++;
    }

    /** Records an accepted call of another client, which uses nothing but a slot. */
    void strangerStarted() {
        active++;
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
        if (active >= concurrencyLimit) {
            return Reply.Kind.CONCURRENCY_LIMITED;
        }
        window.letIn(nowMs);
        return Reply.Kind.ACCEPTED;
    }

    /** Returns a reply with this user's limits. */
    public Reply reply(Reply.Kind kind, Service service, long nowMs, Hints hints) {
        change(nowMs);
        SlidingWindow window = window(service);
        return new Reply(
                kind,
                service,
                nowMs,
                window.limit(),
                window.remaining(nowMs),
                window.opensAtMs(nowMs),
                active,
                concurrencyLimit,
                periodEndMs,
                hints);
    }

    /** Returns the earliest time at which a call is admitted, if a slot is free then; not before now. */
    long opensAtMs(Service service, long nowMs) {
        if (allowanceSpent(nowMs)) {
            return periodEndMs;
        }
        SlidingWindow window = window(service);
        return window.remaining(nowMs) > 0 ? nowMs : window.opensAtMs(nowMs);
    }

    /** Returns the number of free slots; 0 also while more jobs than a lowered limit are active. */
    int freeSlots(long nowMs) {
        return Math.max(0, concurrencyLimit(nowMs) - active);
    }

    int concurrencyLimit(long nowMs) {
        change(nowMs);
        return concurrencyLimit;
    }

    /** Returns the number of calls to a service that are admitted now, if enough slots are free. */
    int admits(Service service, long nowMs) {
        return allowanceSpent(nowMs)
                ? 0
                : Math.min(plan.allowance() - used, window(service).remaining(nowMs));
    }

    private void change(long nowMs) {
        for (DueChange due = changes.peek(); due != null && due.atMs() <= nowMs; due = changes.peek()) {
            PlanChange change = changes.remove().change();
            concurrencyLimit = change.concurrencyLimit() == null ? concurrencyLimit : change.concurrencyLimit();
            if (change.callsPerMinute() != null) {
                callsPerMinute = change.callsPerMinute();
                for (SlidingWindow window : windows) {
                    if (window != null) {
                        window.limit(callsPerMinute);
                    }
                }
            }
            used -= change.allowanceAdded();
        }
    }

    private boolean allowanceSpent(long nowMs) {
        change(nowMs);
        if (nowMs >= periodEndMs) {
            periodEndMs += ((nowMs - periodEndMs) / periodMs + 1) * periodMs;
            used = 0;
        }
        return used >= plan.allowance();
    }

    private SlidingWindow window(Service service) {
        SlidingWindow window = windows[service.ordinal()];
        if (window == null) {
            window = new SlidingWindow(callsPerMinute);
            windows[service.ordinal()] = window;
        }
        return window;
    }

    /** The calls admitted within the last 60 s, bounded by the limit. */
    static final class SlidingWindow {

        static final long LENGTH_MS = 60_000;

        private int limit;
        private long[] letInAtMs;
        private int first;
        private int size;

        SlidingWindow(int limit) {
            this.limit = limit;
            this.letInAtMs = new long[limit];
        }

        int limit() {
            return limit;
        }

        /** Changes the limit; calls that were admitted before stay in the window. */
        void limit(int other) {
            long[] moved = new long[Math.max(other, size)];
            for (int i = 0; i < size; i++) {
                moved[i] = letInAtMs[(first + i) % letInAtMs.length];
            }
            letInAtMs = moved;
            first = 0;
            limit = other;
        }

        int remaining(long nowMs) {
            forget(nowMs);
            return Math.max(0, limit - size);
        }

        /** Returns when the oldest call that keeps the next one out leaves the window; now if there is none. */
        long opensAtMs(long nowMs) {
            forget(nowMs);
            int oldest = Math.max(0, size - limit);
            return size == 0 ? nowMs : letInAtMs[(first + oldest) % letInAtMs.length] + LENGTH_MS;
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
