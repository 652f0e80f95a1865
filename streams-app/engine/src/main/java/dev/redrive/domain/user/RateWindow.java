package dev.redrive.domain.user;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A user's known rate limit for one service: the last observation, and the calls made since.
 *
 * @param limit calls per window
 * @param remaining calls left in the window
 * @param resetAt when the window ends
 * @param closedUntil no call succeeds before this instant
 * @param observedAt time of the observation
 * @param pacedUntil the next retry is not released before this instant, for its distance to the last one
 * @param calls the known calls in the window
 */
public record RateWindow(
        @Nullable Integer limit,
        @Nullable Integer remaining,
        @Nullable Instant resetAt,
        @Nullable Instant closedUntil,
        Instant observedAt,
        @Nullable Instant pacedUntil,
        CallLog calls) {

    /** Max rate of retries after the window opens, as a multiple of its mean rate. */
    private static final int HASTE = 4;

    /** A retry reaches the API a little after its release, so it leaves the window later by one part in this many. */
    private static final int MARGIN = 100;

    /** Returns the window that a response reports, without known calls. */
    public static RateWindow told(
            @Nullable Integer limit,
            @Nullable Integer remaining,
            @Nullable Instant resetAt,
            @Nullable Instant closedUntil,
            Instant observedAt) {
        return new RateWindow(limit, remaining, resetAt, closedUntil, observedAt, null, CallLog.EMPTY);
    }

    /** Returns when the next call has room; an instant not after {@code now} if it has room now. */
    public Instant opensAt(Instant now) {
        if (closedUntil != null && closedUntil.isAfter(now)) {
            return closedUntil;
        }
        Instant room = tracked() ? calls.roomAt(orZero(limit), now) : now;
        return pacedUntil != null && pacedUntil.isAfter(room) ? pacedUntil : room;
    }

    /** Returns the window after a release; spaces retries for one window after it opens, not to use it up at once. */
    RateWindow released(Instant now, Duration window) {
        if (!tracked()) {
            return this;
        }
        Duration kept = window.plus(window.dividedBy(MARGIN));
        boolean spread = closedUntil != null && closedUntil.plus(window).isAfter(now);
        Instant next = spread ? now.plusMillis(window.toMillis() / orZero(limit) / HASTE) : null;
        return with(next, calls.plus(now.plus(kept), now));
    }

    /** Returns the window after a call that Redrive did not release. */
    RateWindow called(Instant at, Duration window, Instant now) {
        return tracked() && at.plus(window).isAfter(now) ? with(pacedUntil, calls.plus(at.plus(window), now)) : this;
    }

    /**
     * Returns the window after it refused an attempt.
     *
     * @param counted whether the attempt had been counted as a call
     */
    RateWindow refused(boolean counted, Duration window, Instant now) {
        if (!tracked()) {
            return this;
        }
        CallLog known = counted ? calls.minusLatest() : calls;
        Instant opensAt = closedUntil == null ? now : closedUntil;
        return with(pacedUntil, known.filled(orZero(limit), opensAt, window, now));
    }

    /** Returns the window with the API's number of calls; unknown calls leave it from its reset on. */
    RateWindow counted(Duration window, Instant now) {
        if (!tracked() || remaining == null || remaining <= 0 || remaining >= orZero(limit)) {
            return this;
        }
        Instant first = resetAt == null || resetAt.isBefore(now) ? now : resetAt;
        return with(pacedUntil, calls.filled(orZero(limit) - remaining, first, window, now));
    }

    /** Returns the window with missing values taken from an earlier one. */
    RateWindow after(@Nullable RateWindow before) {
        if (before == null) {
            return this;
        }
        boolean silent = closedUntil == null && remaining == null;
        return new RateWindow(
                limit == null ? before.limit : limit,
                remaining,
                resetAt,
                silent ? before.closedUntil : closedUntil,
                observedAt,
                before.pacedUntil,
                before.calls);
    }

    private RateWindow with(@Nullable Instant newPacedUntil, CallLog newCalls) {
        return new RateWindow(limit, remaining, resetAt, closedUntil, observedAt, newPacedUntil, newCalls);
    }

    private boolean tracked() {
        return limit != null && limit > 0 && limit <= CallLog.MAX_CALLS;
    }

    private static int orZero(@Nullable Integer known) {
        return known == null ? 0 : known;
    }

    /**
     * The calls in a sliding rate window, as the instants at which they leave it, ascending.
     *
     * @param leavesAtMs epoch milliseconds, at most {@link #MAX_CALLS}
     */
    public record CallLog(List<Long> leavesAtMs) {

        /** Max tracked calls; a window that allows more is not tracked. */
        public static final int MAX_CALLS = 256;

        /** A log without known calls. */
        public static final CallLog EMPTY = new CallLog(List.of());

        /** Copies the list. */
        public CallLog {
            leavesAtMs = List.copyOf(leavesAtMs);
        }

        /** Returns the number of calls in the window. */
        int inWindow(Instant now) {
            return leavesAtMs.size() - gone(now);
        }

        private int gone(Instant now) {
            int gone = 0;
            while (gone < leavesAtMs.size() && leavesAtMs.get(gone) <= now.toEpochMilli()) {
                gone++;
            }
            return gone;
        }

        /** Returns when there is room for one more call; an instant not after {@code now} if there is room now. */
        Instant roomAt(int limit, Instant now) {
            int calls = inWindow(now);
            return calls < limit ? now : Instant.ofEpochMilli(leavesAtMs.get(leavesAtMs.size() - limit));
        }

        /** Returns the log with one more call, without those that have left the window. */
        CallLog plus(Instant leavesAt, Instant now) {
            List<Long> calls = new ArrayList<>(leavesAtMs.subList(gone(now), leavesAtMs.size()));
            int at = calls.size();
            while (at > 0 && calls.get(at - 1) > leavesAt.toEpochMilli()) {
                at--;
            }
            calls.add(at, leavesAt.toEpochMilli());
            return new CallLog(
                    calls.size() > MAX_CALLS ? calls.subList(calls.size() - MAX_CALLS, calls.size()) : calls);
        }

        /** Returns the log without the latest call, which was refused. */
        CallLog minusLatest() {
            return leavesAtMs.isEmpty() ? this : new CallLog(leavesAtMs.subList(0, leavesAtMs.size() - 1));
        }

        /**
         * Returns the log filled up to the limit, for a window that the API reports as full, from which the next call
         * leaves at a known instant. Unknown calls are spread evenly, so that the next releases are spread too.
         */
        CallLog filled(int limit, Instant opensAt, Duration window, Instant now) {
            CallLog log = this;
            int missing = Math.min(limit, MAX_CALLS) - inWindow(now);
            for (int i = 0; i < missing; i++) {
                log = log.plus(opensAt.plusMillis(window.toMillis() * i / Math.max(1, missing)), now);
            }
            return log;
        }
    }
}
