package dev.redrive.http;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Map;

/**
 * What a request is answered with.
 *
 * @param status the HTTP status
 * @param headers further headers by name; length, date and connection are added
 * @param body never sent to a {@code HEAD} request, though its length is
 */
public record HttpAnswer(int status, Map<String, String> headers, byte[] body) {

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
        headers.forEach(
                (name, value) -> head.append("\r\n").append(name).append(": ").append(value));
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(head.length() + 4 + body.length);
        bytes.writeBytes(head.append("\r\n\r\n").toString().getBytes(StandardCharsets.ISO_8859_1));
        if (withBody) {
            bytes.writeBytes(body);
        }
        return ByteBuffer.wrap(bytes.toByteArray());
    }
}
