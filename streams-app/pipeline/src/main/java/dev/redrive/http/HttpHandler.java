package dev.redrive.http;

import org.jspecify.annotations.Nullable;

/** Answers the requests of an {@link HttpPort}. */
public interface HttpHandler {

    /**
     * Refuses a request by its head, before its body is read and before it takes a thread: the place for authentication
     * and for {@link BrowserGuard}. Runs on the port's only reading thread, so it must not block.
     *
     * @return {@code null} to go on
     */
    @Nullable
    HttpAnswer refuse(HttpCall head);

    /**
     * Whether a request goes to a thread of its own, past all that wait: for what is answered at once, and must be when the
     * port is busy with the rest. Runs on the port's reading thread, so it must not block.
     */
    default boolean isUrgent(HttpCall call) {
        return false;
    }

    /** Answers a complete request that was not refused. Runs on one of the port's threads, several at a time. */
    HttpAnswer answer(HttpCall call);

    /**
     * Puts an error of the port itself into words: a request that is malformed or too large, a port that is busy, a
     * handler that failed.
     *
     * @param reason a stable word, e.g. {@code BODY_TOO_LARGE}
     */
    HttpAnswer error(int status, String reason);
}
