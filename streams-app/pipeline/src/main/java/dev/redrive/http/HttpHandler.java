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

    /**
     * One HTTP request.
     *
     * @param method in capitals as it was sent, e.g. {@code GET}
     * @param path the path as it was sent, with its escapes; begins with a slash
     * @param query what follows the question mark, with its escapes; {@code null} where there is none
     * @param headers values by name in lower case; the values of a repeated header are joined by a comma
     * @param body empty where there is none, and as long as only the head has been read
     */
    record HttpCall(String method, String path, @Nullable String query, Map<String, String> headers, byte[] body) {

        /** The value of a header, {@code null} where it is not there. */
        public @Nullable String header(String lowerCaseName) {
            return headers.get(lowerCaseName);
        }

        HttpCall withBody(byte[] read) {
            return new HttpCall(method, path, query, headers, read);
        }
    }

    /**
     * What a request is answered with.
     *
     * @param status the HTTP status
     * @param headers further headers by name; length, date and connection are added
     * @param body never sent to a {@code HEAD} request, though its length is
     */
    record HttpAnswer(int status, Map<String, String> headers, byte[] body) {

        private static final DateTimeFormatter DATE = DateTimeFormatter.ofPattern(
                        "EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.ENGLISH)
                .withZone(ZoneOffset.UTC);

        /** An answer of a content type. */
        public static HttpAnswer of(int status, String contentType, byte[] body) {
            return new HttpAnswer(status, Map.of("Content-Type", contentType, "Cache-Control", "no-store"), body);
        }

        /** The bytes of the whole answer. The connection ends after it, so that nobody holds one without a request. */
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

    /** A request that cannot be read on: the HTTP status, and the reason as the message. */
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
