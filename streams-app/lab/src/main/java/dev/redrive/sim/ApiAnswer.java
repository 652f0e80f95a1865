package dev.redrive.sim;

import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** How a call to the simulated API ended. */
public sealed interface ApiAnswer {

    /**
     * A response.
     *
     * @param requestId id of the accepted job, if the call was accepted
     */
    record Response(
            int status,
            Map<String, String> headers,
            String body,
            @Nullable String requestId) implements ApiAnswer {}

    /**
     * No response; the call may have been executed nevertheless.
     *
     * @param timedOut true for a timeout, false for a broken connection
     */
    record NoResponse(boolean timedOut, String message) implements ApiAnswer {}

    /** Returns an error response with a code and a message, without details or headers. */
    static Response plain(int status, String code, String message) {
        return new Response(status, Map.of(), body(code, message, ""), null);
    }

    /**
     * Returns the response to a call that was not accepted.
     *
     * @param category name of the service as used in the call
     * @throws IllegalArgumentException if it was accepted
     */
    static Response of(Reply reply, String category) {
        String body = switch (reply.kind()) {
            case CONCURRENCY_LIMITED ->
                body(
                        "CONCURRENT_GENERATION_LIMIT",
                        "Too many active jobs.",
                        reply.hints().figures()
                                ? ",\"active_requests\":" + reply.active() + ",\"concurrency_limit\":"
                                        + reply.concurrencyLimit()
                                : "");
            case RATE_LIMITED -> body("RATE_LIMIT_EXCEEDED", "Too many calls to this service.", "");
            case ALLOWANCE_SPENT ->
                body(
                        "INSUFFICIENT_CREDITS",
                        "The allowance of this month is used up.",
                        reply.hints().resetAt()
                                ? ",\"details\":{\"reset_at\":\"" + Instant.ofEpochMilli(reply.allowanceResetAtMs())
                                        + "\"}"
                                : "");
            case UNAVAILABLE -> body("SERVICE_UNAVAILABLE", "The service is not available.", "");
            case INTERNAL_ERROR -> body("INTERNAL_ERROR", "Something went wrong.", "");
            case ACCEPTED -> throw new IllegalArgumentException("an accepted call has no error");
        };
        return new Response(reply.kind().status(), reply.headers(category), body, null);
    }

    /** Returns one of the invalid-input responses, selected by a number from 0 to 1. */
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

    /** Returns one of the server errors, selected by a number from 0 to 1. */
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

    private static String body(String code, String message, String more) {
        return "{\"success\":false,\"data\":null,\"error\":{\"code\":\"" + code + "\",\"message\":\"" + message + "\""
                + more + "}}";
    }
}
