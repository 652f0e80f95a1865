package dev.redrive.sim;

import java.util.HashMap;
import java.util.Map;

/**
 * What the simulated API answers, in numbers; its text is made only when it is asked for.
 *
 * @param kind how
 * @param service whose window it tells of
 * @param atMs when it was answered
 * @param callsPerMinute most calls in the window
 * @param remaining calls left in the window
 * @param windowOpensAtMs when the oldest call leaves the window; now when there is none
 * @param active the user's active jobs
 * @param concurrencyLimit most active jobs
 * @param allowanceResetAtMs when the allowance is filled again
 */
public record Reply(
        ReplyKind kind,
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
        return kind == ReplyKind.RATE_LIMITED ? Math.max(1, ceilSeconds(windowOpensAtMs - atMs)) : 0;
    }

    /**
     * The response headers.
     *
     * @param category name of the service as it was called
     */
    public Map<String, String> headers(String category) {
        Map<String, String> headers = new HashMap<>();
        if (kind == ReplyKind.ALLOWANCE_SPENT || kind == ReplyKind.UNAVAILABLE) {
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
}
