package dev.redrive.domain.user;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a user's rate limit for one service: what was seen last, and the calls made since.
 *
 * @param limit calls per window
 * @param remaining calls left in the window
 * @param resetAt when the window is over
 * @param closedUntil no call succeeds before this instant
 * @param observedAt when this was seen
 * @param pacedUntil the next retry keeps this distance to the last one
 * @param calls the calls in the window, as far as they are known
 */
public record RateWindow(
        @Nullable Integer limit,
        @Nullable Integer remaining,
        @Nullable Instant resetAt,
        @Nullable Instant closedUntil,
        Instant observedAt,
        @Nullable Instant pacedUntil,
        CallLog calls) {

    /** How much faster than the window's mean rate retries may follow each other once it opened. */
    private static final int HASTE = 4;

    /** A retry reaches the API a little later than it is released, and leaves the window that much later: one part in so many. */
    private static final int MARGIN = 100;

    /** What a response told, with no call known. */
    public static RateWindow told(
            @Nullable Integer limit,
            @Nullable Integer remaining,
            @Nullable Instant resetAt,
            @Nullable Instant closedUntil,
            Instant observedAt) {
        return new RateWindow(limit, remaining, resetAt, closedUntil, observedAt, null, CallLog.EMPTY);
    }

    /** When the next call has room; an instant not after {@code now} when it may go now. */
    public Instant opensAt(Instant now) {
        if (closedUntil != null && closedUntil.isAfter(now)) {
            return closedUntil;
        }
        Instant room = tracked() ? calls.roomAt(orZero(limit), now) : now;
        return pacedUntil != null && pacedUntil.isAfter(room) ? pacedUntil : room;
    }

    /** A retry goes now; for one window after it opened the next keeps its distance, so that it is not used up at once. */
    RateWindow released(Instant now, Duration window) {
        if (!tracked()) {
            return this;
        }
        Duration kept = window.plus(window.dividedBy(MARGIN));
        boolean spread = closedUntil != null && closedUntil.plus(window).isAfter(now);
        Instant next = spread ? now.plusMillis(window.toMillis() / orZero(limit) / HASTE) : null;
        return with(next, calls.plus(now.plus(kept), now));
    }

    /** A call was made that Redrive did not release. */
    RateWindow called(Instant at, Duration window, Instant now) {
        return tracked() && at.plus(window).isAfter(now) ? with(pacedUntil, calls.plus(at.plus(window), now)) : this;
    }

    /**
     * The window after it refused an attempt.
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

    /** With as many calls as the API says there are in the window; those that are not known leave it from its reset on. */
    RateWindow counted(Duration window, Instant now) {
        if (!tracked() || remaining == null || remaining <= 0 || remaining >= orZero(limit)) {
            return this;
        }
        Instant first = resetAt == null || resetAt.isBefore(now) ? now : resetAt;
        return with(pacedUntil, calls.filled(orZero(limit) - remaining, first, window, now));
    }

    /** With what was known before and this does not tell. */
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
     * The calls that are in a sliding rate window, as the instants at which they leave it, ascending.
     *
     * @param leavesAtMs epoch milliseconds, at most {@link #MAX_CALLS}
     */
    public record CallLog(List<Long> leavesAtMs) {

        /** Most calls that are remembered; a window that allows more is not tracked. */
        public static final int MAX_CALLS = 256;

        /** No call is known. */
        public static final CallLog EMPTY = new CallLog(List.of());

        /** Copies the list. */
        public CallLog {
            leavesAtMs = List.copyOf(leavesAtMs);
        }

        /** Calls that are in the window. */
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

        /** When there is room for one more call; an instant not after {@code now} when there is. */
        Instant roomAt(int limit, Instant now) {
            int calls = inWindow(now);
            return calls < limit ? now : Instant.ofEpochMilli(leavesAtMs.get(leavesAtMs.size() - limit));
        }

        /** With a call more; those that have left are forgotten. */
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

        /** Without the latest call, which was not let in. */
        CallLog minusLatest() {
            return leavesAtMs.isEmpty() ? this : new CallLog(leavesAtMs.subList(0, leavesAtMs.size() - 1));
        }

        /**
         * With as many calls as fill a window that the API says is full, and of which the next leaves at a known instant.
         * Calls that are not known are taken to be spread evenly, so that what goes next is spread too.
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
