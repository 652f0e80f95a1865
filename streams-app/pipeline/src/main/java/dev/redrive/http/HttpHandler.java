package dev.redrive.http;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Answers the requests of an {@link HttpPort}. */
public interface HttpHandler {

    /**
     * Refuses a request by its head, before its body is read and before it takes a thread, e.g. for authentication and
     * {@link BrowserGuard}. Runs on the port's only reading thread, so it must not block.
     *
     * @return {@code null} to continue
     */
    @Nullable
    HttpAnswer refuse(HttpCall head);

    /**
     * Returns whether a request gets the urgent thread and bypasses the queue: for quick answers that are also needed
     * when the port is busy. Runs on the port's reading thread, so it must not block.
     */
    default boolean isUrgent(HttpCall call) {
        return false;
    }

    /** Answers a complete request that was not refused. Runs on the port's threads, several at a time. */
    HttpAnswer answer(HttpCall call);

    /**
     * Formats an error of the port itself: a request that is malformed or too large, a port that is busy, a handler
     * that failed.
     *
     * @param reason a stable word, e.g. {@code BODY_TOO_LARGE}
     */
    HttpAnswer error(int status, String reason);

    /**
     * One HTTP request.
     *
     * @param method in upper case as sent, e.g. {@code GET}
     * @param path the path as sent, with its escapes; begins with a slash
     * @param query the part after the question mark, with its escapes; {@code null} if there is none
     * @param headers values by name in lower case; the values of a repeated header are joined by a comma
     * @param body empty if there is none, and while only the head has been read
     */
    record HttpCall(String method, String path, @Nullable String query, Map<String, String> headers, byte[] body) {

        /** Returns the value of a header; {@code null} if it is absent. */
        public @Nullable String header(String lowerCaseName) {
            return headers.get(lowerCaseName);
        }

        HttpCall withBody(byte[] read) {
            return new HttpCall(method, path, query, headers, read);
        }
    }

    /**
     * The answer to a request.
     *
     * @param status the HTTP status
     * @param headers further headers by name; length, date and connection are added
     * @param body never sent to a {@code HEAD} request, though its length is
     */
    record HttpAnswer(int status, Map<String, String> headers, byte[] body) {

        private static final DateTimeFormatter DATE = DateTimeFormatter.ofPattern(
                        "EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.ENGLISH)
                .withZone(ZoneOffset.UTC);

        /** Creates an answer with a content type. */
        public static HttpAnswer of(int status, String contentType, byte[] body) {
            return new HttpAnswer(status, Map.of("Content-Type", contentType, "Cache-Control", "no-store"), body);
        }

        /**
         * Returns the bytes of the whole answer. The connection closes after it, so that no idle connection is kept.
         */
        ByteBuffer bytes(boolean withBody, Instant now) {
            StringBuilder head = new StringBuilder(256)
                    .append("HTTP/1.1 ")
                    .append(status)
                    .append(status < 400 ? " OK" : " Refused")
                    .append("\r\nDate: ")
                    .append(DATE.format(now))
                    .append("\r\nConnection: close\r\nX-Content-Type-Options: nosniff\r\nContent-Length: ")
                    .append(body.length);
            headers.forEach((name, value) ->
                    head.append("\r\n").append(name).append(": ").append(value));
            ByteArrayOutputStream bytes = new ByteArrayOutputStream(head.length() + 4 + body.length);
            bytes.writeBytes(head.append("\r\n\r\n").toString().getBytes(StandardCharsets.ISO_8859_1));
            if (withBody) {
                bytes.writeBytes(body);
            }
            return ByteBuffer.wrap(bytes.toByteArray());
        }
    }

    /** A request that cannot be read further: the HTTP status, and the reason as the message. */
    final class HttpError extends Exception {

        private static final long serialVersionUID = 1L;

        private final int status;

        HttpError(int status, String reason) {
            super(reason, null, false, false);
            this.status = status;
        }

        int status() {
            return status;
        }

        String reason() {
            return String.valueOf(getMessage());
        }
    }
}
