package dev.redrive.dev;

import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;

/** What the simulated API knows of one user: active jobs, calls of the last minute by service, allowance. */
final class ApiUser {

    static final long WINDOW_MS = 60_000;

    private final int concurrencyLimit;
    private final int callsPerMinute;
    private final int allowance;
    private final long periodMs;
    private final Map<String, Deque<Long>> calls = new HashMap<>();
    private int active;
    private int used;
    private long periodEndMs;

    ApiUser(int concurrencyLimit, int callsPerMinute, int allowance, long periodMs, Instant now) {
        this.concurrencyLimit = concurrencyLimit;
        this.callsPerMinute = callsPerMinute;
        this.allowance = allowance;
        this.periodMs = periodMs;
        this.periodEndMs = now.toEpochMilli() + periodMs;
    }

    int concurrencyLimit() {
        return concurrencyLimit;
    }

    int active() {
        return active;
    }

    void jobStarted() {
        active++;
        used++;
    }

    void jobEnded() {
        active--;
    }

    boolean allowanceSpent(Instant now) {
        if (now.toEpochMilli() >= periodEndMs) {
            periodEndMs = now.toEpochMilli() + periodMs;
            used = 0;
        }
        return used >= allowance;
    }

    Instant allowanceResetAt() {
        return Instant.ofEpochMilli(periodEndMs);
    }

    /** Counts a call in the service's window, or says how the window stands when it is full. */
    Window call(String service, Instant now) {
        long nowMs = now.toEpochMilli();
        Deque<Long> window = calls.computeIfAbsent(service, ignored -> new ArrayDeque<>());
        while (!window.isEmpty() && window.getFirst() <= nowMs - WINDOW_MS) {
            window.removeFirst();
        }
        boolean full = window.size() >= callsPerMinute;
        if (!full) {
            window.addLast(nowMs);
        }
        long opensMs = window.isEmpty() ? nowMs : window.getFirst() + WINDOW_MS;
        return new Window(!full, callsPerMinute, callsPerMinute - window.size(), opensMs - nowMs);
    }

    /**
     * A user's rate window for a service.
     *
     * @param admitted whether the call was let in
     * @param limit calls per minute
     * @param remaining calls left
     * @param opensInMs when the oldest call leaves the window
     */
    record Window(boolean admitted, int limit, int remaining, long opensInMs) {}
}
