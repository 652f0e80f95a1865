package dev.redrive.publish;

import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An HTTP response with a failure, from any client.
 *
 * @param status HTTP status, 100 to 999
 * @param headers response headers, names in any case
 * @param body the raw body, {@code null} if there was none
 */
public record ApiResponse(
        int status,
        Map<String, List<String>> headers,
        @Nullable String body) {

    /** @throws IllegalArgumentException if the status does not have three digits */
    public ApiResponse {
        if (status < 100 || status > 999) {
            throw new IllegalArgumentException("an HTTP status has three digits: " + status);
        }
        headers = Map.copyOf(headers);
    }

    /**
     * Converts a response of the JDK's client. Keeps a body that was read as text or as bytes, which it decodes as
     * UTF-8; drops one that was read otherwise, e.g. as a stream or discarded.
     */
    public static ApiResponse of(HttpResponse<?> response) {
        Object body = response.body();
        String text = body instanceof byte[] bytes
                ? new String(bytes, StandardCharsets.UTF_8)
                : body instanceof CharSequence chars ? chars.toString() : null;
        return new ApiResponse(response.statusCode(), response.headers().map(), text);
    }
}
