package dev.redrive.domain.user;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

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
        return new CallLog(calls.size() > MAX_CALLS ? calls.subList(calls.size() - MAX_CALLS, calls.size()) : calls);
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
