package dev.redrive.dev;

import dev.redrive.dev.ApiAnswer.Response;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;

/** The error responses of the simulated API, in its envelope. */
final class ApiErrors {

    private ApiErrors() {}

    static Response plain(int status, String code, String message) {
        return new Response(status, Map.of(), body(code, message, ""), null);
    }

    static Response allowanceSpent(Instant resetAt) {
        return new Response(
                402,
                Map.of(),
                body(
                        "INSUFFICIENT_CREDITS",
                        "The allowance of this month is used up.",
                        ",\"details\":{\"reset_at\":\"" + resetAt + "\"}"),
                null);
    }

    static Map<String, String> windowHeaders(String service, ApiUser.Window window, Instant now) {
        Map<String, String> headers = new HashMap<>();
        headers.put("X-RateLimit-Service", service);
        headers.put("X-RateLimit-Limit", Integer.toString(window.limit()));
        headers.put("X-RateLimit-Remaining", Integer.toString(window.remaining()));
        headers.put("X-RateLimit-Reset", Long.toString(ceilSeconds(now.toEpochMilli() + window.opensInMs())));
        return headers;
    }

    static Response rateLimited(Map<String, String> windowHeaders, ApiUser.Window window) {
        Map<String, String> headers = new HashMap<>(windowHeaders);
        headers.put("Retry-After", Long.toString(Math.max(1, ceilSeconds(window.opensInMs()))));
        return new Response(429, headers, body("RATE_LIMIT_EXCEEDED", "Too many calls to this service.", ""), null);
    }

    static Response concurrencyLimited(Map<String, String> headers, int active, int limit) {
        return new Response(
                429,
                headers,
                body(
                        "CONCURRENT_GENERATION_LIMIT",
                        "Too many active jobs.",
                        ",\"active_requests\":" + active + ",\"concurrency_limit\":" + limit),
                null);
    }

    /** A wrong input; which, by a number from 0 to 1. */
    static Response badInput(double which) {
        if (which < 0.6) {
            return new Response(
                    400,
                    Map.of(),
                    body(
                            "invalid_request",
                            "duration_seconds must be from 1 to 240.",
                            ",\"details\":{\"param\":\"duration_seconds\",\"type\":\"out_of_range\"}"),
                    null);
        }
        if (which < 0.75) {
            return plain(400, "INVALID_URL", "The webhook URL is not safe.");
        }
        if (which < 0.85) {
            return plain(400, "INVALID_EVENTS", "The webhook events are not known.");
        }
        return plain(404, "NOT_FOUND", "The voice does not exist.");
    }

    /** A failure of the server; which, by a number from 0 to 1. */
    static Response server(double which) {
        if (which < 0.5) {
            return new Response(
                    503,
                    Map.of("Retry-After", "2"),
                    body("SERVICE_UNAVAILABLE", "The service is overloaded.", ""),
                    null);
        }
        if (which < 0.9) {
            return plain(500, "INTERNAL_ERROR", "Something went wrong.");
        }
        return which < 0.95
                ? plain(501, "NOT_IMPLEMENTED", "This model cannot do that.")
                : new Response(520, Map.of(), "<html><body>520</body></html>", null);
    }

    private static long ceilSeconds(long ms) {
        return Math.floorDiv(ms + 999, 1_000L);
    }

    private static String body(String code, String message, String more) {
        return "{\"success\":false,\"data\":null,\"error\":{\"code\":\"" + code + "\",\"message\":\"" + message + "\""
                + more + "}}";
    }
}
