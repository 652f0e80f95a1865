package dev.redrive.sim;

import java.util.HashMap;
import java.util.Map;

/**
 * What the simulated API answers, in numbers; its text is made only when it is asked for.
 *
 * @param service whose window it tells of
 * @param callsPerMinute most calls in the window
 * @param windowOpensAtMs when the oldest call leaves the window; now when there is none
 * @param concurrencyLimit most active jobs
 * @param allowanceResetAtMs when the allowance is filled again
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
        long allowanceResetAtMs) {

    /** The header Retry-After, in seconds; 0 for none. */
    public long retryAfterS() {
        return kind == Kind.RATE_LIMITED ? Math.max(1, ceilSeconds(windowOpensAtMs - atMs)) : 0;
    }

    /**
     * The response headers.
     *
     * @param category name of the service as it was called
     */
    public Map<String, String> headers(String category) {
        Map<String, String> headers = new HashMap<>();
        if (kind == Kind.ALLOWANCE_SPENT || kind == Kind.UNAVAILABLE) {
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

    /** How the simulated API answers a call that it has no fault to find with; the name is the word in reports. */
    public enum Kind {
        ACCEPTED(202),
        CONCURRENCY_LIMITED(429),
        RATE_LIMITED(429),
        ALLOWANCE_SPENT(402),
        UNAVAILABLE(503),
        /** The call was let in and broke. */
        INTERNAL_ERROR(500);

        private final int status;

        Kind(int status) {
            this.status = status;
        }

        public int status() {
            return status;
        }

        /** Whether the call was in vain and could have been spared: refused by a limit, or made while the API was out. */
        public boolean wasted() {
            return switch (this) {
                case CONCURRENCY_LIMITED, RATE_LIMITED, ALLOWANCE_SPENT, UNAVAILABLE -> true;
                case ACCEPTED, INTERNAL_ERROR -> false;
            };
        }
    }

    /** Calls to the simulated API by how they were answered, first attempts and retries apart. Belongs to one thread. */
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

        /** Calls that could have been spared. */
        public long wasted() {
            return sum(first, true) + sum(retries, true);
        }

        /** Calls but for the first of each job: those that a policy has asked for. */
        public long retries() {
            return sum(retries, false);
        }

        /** Retries that could have been spared. */
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
