package dev.redrive.sim;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** How a call to the simulated API ended. */
public sealed interface ApiAnswer {

    /**
     * A response came.
     *
     * @param status HTTP status
     * @param headers response headers
     * @param body JSON
     * @param requestId of the accepted job, when it was accepted
     */
    record Response(
            int status,
            Map<String, String> headers,
            String body,
            @Nullable String requestId) implements ApiAnswer {}

    /**
     * No response came; the call may have been executed all the same.
     *
     * @param timedOut whether the time ran out; else the connection broke
     * @param message text of the exception
     */
    record NoResponse(boolean timedOut, String message) implements ApiAnswer {}
}
