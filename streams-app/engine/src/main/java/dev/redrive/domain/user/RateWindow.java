package dev.redrive.domain.user;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A user's known rate limit for one service: the last observation, and the calls made since.
 *
 * @param limit calls per window; {@code null} while unknown
 * @param remaining calls left in the window
 * @param resetAt when the window ends
 * @param closedUntil no call succeeds before this instant
 * @param observedAt time of the observation
 * @param pacedUntil the next retry is not released before this instant, for its distance to the last one
 * @param calls the known calls in the window
 * @param trackedFrom since when all calls of retries are known, where the API reports no limit; {@code null} where it
 *     does
 * @param silent refused retries in a row without a limit or a hint when to come back, and no call accepted in between
 */
public record RateWindow(
        @Nullable LimitEstimate limit,
        @Nullable Integer remaining,
        @Nullable Instant resetAt,
        @Nullable Instant closedUntil,
        Instant observedAt,
        @Nullable Instant pacedUntil,
        CallLog calls,
        @Nullable Instant trackedFrom,
        int silent) {

    /** Max rate of retries after the window opens, as a multiple of its mean rate. */
    private static final int HASTE = 4;

    /** A retry reaches the API a little after its release, so it leaves the window later by one part in this many. */
    private static final int MARGIN = 100;

    /**
     * While nothing is known of a limit, the distance between the first two calls is the window divided by this; it
     * shrinks with each call, for two windows.
     */
    private static final int CAREFUL = 60;

    /** A call beyond the limit that is not refused for this long has been accepted. */
    private static final Duration PATIENCE = Duration.ofSeconds(3);

    private static final int MAX_SILENT = 1_000;

    /** Bounds the count. */
    public RateWindow {
        silent = Math.max(0, Math.min(MAX_SILENT, silent));
    }

    /** Returns the window that a response reports, without known calls. */
    public static RateWindow reported(
            @Nullable Integer limit,
            @Nullable Integer remaining,
            @Nullable Instant resetAt,
            @Nullable Instant closedUntil,
            Instant observedAt) {
        LimitEstimate reported =
                limit == null || limit < 1 ? null : LimitEstimate.of(limit, observedAt, LimitEstimate.Source.REPORTED);
        return new RateWindow(reported, remaining, resetAt, closedUntil, observedAt, null, CallLog.EMPTY, null, 0);
    }

    /** Returns when the next call has room; an instant not after {@code now} if it has room now. */
    public Instant opensAt(Instant now) {
        if (closedUntil != null && closedUntil.isAfter(now)) {
            return closedUntil;
        }
        Instant room = tracked() ? calls.roomAt(value() + (tests(now) ? 1 : 0), now) : now;
        return pacedUntil != null && pacedUntil.isAfter(room) ? pacedUntil : room;
    }

    /** Returns whether the next call may exceed a limit that the API does not report. */
    private boolean tests(Instant now) {
        return trackedFrom != null && limit != null && limit.value() < CallLog.MAX_CALLS && limit.testDue(now);
    }

    /** Returns the window after a release; spaces retries for one window after it opens, not to use it up at once. */
    RateWindow released(String jobId, Instant now, Duration window) {
        Duration kept = window.plus(window.dividedBy(MARGIN));
        if (limit == null && trackedFrom != null) {
            boolean careful =
                    silent > 0 && observedAt.plus(window.multipliedBy(2)).isAfter(now);
            Instant paced = careful ? now.plus(window.dividedBy(CAREFUL * (1L + calls.inWindow(now)))) : null;
            return with(limit, paced, calls.plus(now.plus(kept), now));
        }
        if (limit == null || !tracked()) {
            return this;
        }
        boolean spread = closedUntil != null && closedUntil.plus(window).isAfter(now);
        Instant next = spread ? now.plusMillis(window.toMillis() / value() / HASTE) : null;
        LimitEstimate known = limit;
        if (trackedFrom != null) {
            known = known.testedBy(now.minus(PATIENCE)) ? known.unrefused(now).atMost(CallLog.MAX_CALLS) : known;
            known = known.released(calls.inWindow(now) >= known.value(), jobId, now);
        }
        return with(known, next, calls.plus(now.plus(kept), now));
    }

    /**
     * A refusal for the rate of calls, without a limit in the response.
     *
     * @param jobId the job of the attempt
     * @param ours whether Redrive had released it
     * @param counted whether it had been counted as a call
     * @param closedUntil when the response allows the next call, if it says so
     * @param at when it was refused
     */
    record Refusal(
            String jobId,
            boolean ours,
            boolean counted,
            @Nullable Instant closedUntil,
            Instant at) {

        /**
         * Returns whether the number of known calls may be the limit: not if an attempt of the batch system was refused,
         * whose other calls are unknown, nor where the response gives the instant of the next call.
         */
        boolean countsCalls() {
            return ours && closedUntil == null;
        }
    }

    /** Returns the window of a service of which nothing is known. */
    static RateWindow unknown(Instant at) {
        return new RateWindow(null, null, null, null, at, null, CallLog.EMPTY, null, 0);
    }

    /**
     * Returns the window after a refusal without a limit. Once all calls of a whole window are known, their number is
     * the limit. Until then nothing is released for one window, in which it becomes so; then one call after the other.
     */
    RateWindow refusedSilently(Refusal refusal, Duration window, Instant now) {
        CallLog known = refusal.counted() ? calls.minusLatest() : calls;
        int accepted = known.inWindow(now);
        Instant from = trackedFrom == null ? now : trackedFrom;
        boolean complete = !from.plus(window).isAfter(now);
        LimitEstimate next = limitAfter(refusal, accepted, complete && calls.inWindow(now) < CallLog.MAX_CALLS);
        boolean passed = known.latestMadeAfter(observedAt, window);
        int inARow = refusalsInARow(refusal, passed);
        Instant until = refusal.closedUntil();
        boolean waits = closedUntil != null && closedUntil.isAfter(now) || !refusal.ours() && trackedFrom != null;
        if (until == null && !waits && (next == null || accepted == 0)) {
            until = refusal.at().plus(silentWait(accepted, inARow, window));
        }
        Instant closed = until == null || closedUntil != null && closedUntil.isAfter(until) ? closedUntil : until;
        Instant observed = refusal.at().isAfter(observedAt) ? refusal.at() : observedAt;
        return new RateWindow(next, null, null, closed, observed, pacedUntil, known, from, inARow);
    }

    /**
     * Returns the limit after a refusal.
     *
     * @param accepted known calls in the window
     * @param complete whether all calls of retries in a whole window are known
     */
    private @Nullable LimitEstimate limitAfter(Refusal refusal, int accepted, boolean complete) {
        if (limit != null && limit.tests(refusal.jobId())) {
            return limit.refusedTest();
        }
        if (!refusal.countsCalls() || accepted == 0) {
            return limit;
        }
        if (limit != null) {
            return limit.lowered(accepted, refusal.at());
        }
        return complete ? LimitEstimate.of(accepted, refusal.at(), LimitEstimate.Source.OBSERVED) : null;
    }

    private int refusalsInARow(Refusal refusal, boolean passed) {
        if (refusal.closedUntil() != null) {
            return 0;
        }
        return !refusal.ours() || passed ? 1 : silent + 1;
    }

    /** With known calls in the window the next of them leaves it soon; without, it may have filled just now. */
    private static Duration silentWait(int accepted, int inARow, Duration window) {
        if (accepted == 0) {
            return inARow > 1 ? window.dividedBy(2) : window;
        }
        Duration distance = window.dividedBy(accepted);
        Duration min = window.dividedBy(CAREFUL);
        return distance.compareTo(min) < 0 ? min : distance;
    }

    /** Returns the window after a call that Redrive did not release. */
    RateWindow called(Instant at, Duration window, Instant now) {
        return (tracked() || trackedFrom != null) && at.plus(window).isAfter(now)
                ? with(limit, pacedUntil, calls.plus(at.plus(window), now))
                : this;
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
        return with(limit, pacedUntil, known.filled(value(), opensAt, window, now));
    }

    /** Returns the window with the API's number of calls; unknown calls leave it from its reset on. */
    RateWindow counted(Duration window, Instant now) {
        if (!tracked() || remaining == null || remaining <= 0 || remaining >= value()) {
            return this;
        }
        Instant first = resetAt == null || resetAt.isBefore(now) ? now : resetAt;
        return with(limit, pacedUntil, calls.filled(value() - remaining, first, window, now));
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
                before.calls,
                limit == null ? before.trackedFrom : null,
                0);
    }

    private RateWindow with(@Nullable LimitEstimate newLimit, @Nullable Instant newPacedUntil, CallLog newCalls) {
        return new RateWindow(
                newLimit, remaining, resetAt, closedUntil, observedAt, newPacedUntil, newCalls, trackedFrom, silent);
    }

    private boolean tracked() {
        return limit != null && limit.value() > 0 && limit.value() <= CallLog.MAX_CALLS;
    }

    private int value() {
        return limit == null ? 0 : limit.value();
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
        public int inWindow(Instant now) {
            return leavesAtMs.size() - gone(now);
        }

        /** Returns whether the last call was made after an instant. */
        boolean latestMadeAfter(Instant then, Duration window) {
            return !leavesAtMs.isEmpty()
                    && leavesAtMs.get(leavesAtMs.size() - 1)
                            > then.plus(window).plus(window.dividedBy(MARGIN)).toEpochMilli();
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
