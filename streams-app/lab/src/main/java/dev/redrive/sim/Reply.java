package dev.redrive.sim;

import dev.redrive.sim.ApiBehaviour.Hints;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/**
 * An answer of the simulated API, in numbers; its text is built on demand only.
 *
 * @param service service of the window
 * @param callsPerMinute max. calls in the window
 * @param windowOpensAtMs when the oldest call leaves the window; now if there is none
 * @param concurrencyLimit max. active jobs
 * @param allowanceResetAtMs when the allowance is reset
 * @param hints what of this the answer contains
 */
public record Reply(
        Kind kind,
        Service service,
        long atMs,
        int callsPerMinute,
        int remaining,
        long windowOpensAtMs,
        int active,
        int concurrencyLimit,
        long allowanceResetAtMs,
        Hints hints) {

    private static final DateTimeFormatter DATE = DateTimeFormatter.ofPattern(
                    "EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.ENGLISH)
            .withZone(ZoneOffset.UTC);

    /** Returns the header Retry-After, in seconds; 0 for none. */
    public long retryAfterS() {
        return kind == Kind.RATE_LIMITED && hints.window() ? Math.max(1, ceilSeconds(windowOpensAtMs - atMs)) : 0;
    }

    /**
     * Returns the response headers.
     *
     * @param category name of the service as used in the call
     */
    public Map<String, String> headers(String category) {
        Map<String, String> headers = new HashMap<>();
        if (hints.date()) {
            headers.put("Date", DATE.format(Instant.ofEpochMilli(atMs)));
        }
        if (kind == Kind.ALLOWANCE_SPENT || kind == Kind.UNAVAILABLE || !hints.window()) {
            return headers;
        }
        headers.put("X-RateLimit-Service", category);
        headers.put("X-RateLimit-Limit", Integer.toString(callsPerMinute));
        headers.put("X-RateLimit-Remaining", Integer.toString(remaining));
        headers.put("X-RateLimit-Reset", Long.toString(ceilSeconds(windowOpensAtMs)));
        if (retryAfterS() > 0) {
            headers.put("Retry-After", Long.toString(retryAfterS()));
        }
        return headers;
    }

    private static long ceilSeconds(long ms) {
        return Math.floorDiv(ms + 999, 1_000L);
    }

    /** The simulated API's answers to a valid call; the names appear in reports. */
    public enum Kind {
        ACCEPTED(202),
        CONCURRENCY_LIMITED(429),
        RATE_LIMITED(429),
        ALLOWANCE_SPENT(402),
        UNAVAILABLE(503),
        /** The call was admitted and failed. */
        INTERNAL_ERROR(500);

        private final int status;

        Kind(int status) {
            this.status = status;
        }

        public int status() {
            return status;
        }

        /** Whether the call was avoidable: rejected by a limit, or made during an outage. */
        public boolean wasted() {
            return switch (this) {
                case CONCURRENCY_LIMITED, RATE_LIMITED, ALLOWANCE_SPENT, UNAVAILABLE -> true;
                case ACCEPTED, INTERNAL_ERROR -> false;
            };
        }
    }

    /** Counts calls to the simulated API by answer, first attempts and retries separately. Used by one thread. */
    public static final class Calls {

        private static final Reply.Kind[] KINDS = Reply.Kind.values();

        private final long[] first = new long[KINDS.length];
        private final long[] retries = new long[KINDS.length];

        public void count(Reply.Kind kind, boolean retry) {
            (retry ? retries : first)[kind.ordinal()]++;
        }

        public long all() {
            return sum(first, false) + sum(retries, false);
        }

        /** Returns the number of avoidable calls. */
        public long wasted() {
            return sum(first, true) + sum(retries, true);
        }

        /** Returns the number of calls except the first of each job: those requested by a policy. */
        public long retries() {
            return sum(retries, false);
        }

        /** Returns the number of avoidable retries. */
        public long wastedRetries() {
            return sum(retries, true);
        }

        private static long sum(long[] counts, boolean wastedOnly) {
            long sum = 0;
            for (Reply.Kind kind : KINDS) {
                sum += wastedOnly && !kind.wasted() ? 0 : counts[kind.ordinal()];
            }
            return sum;
        }
    }
}
