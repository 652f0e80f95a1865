package dev.redrive.publish;

import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An HTTP response that told of a failure, from whatever client.
 *
 * @param status HTTP status, 100 to 999
 * @param headers response headers, names in any case
 * @param body the body as it came, {@code null} when there was none
 */
public record ApiResponse(
        int status,
        Map<String, List<String>> headers,
        @Nullable String body) {

    /** @throws IllegalArgumentException if the status has not three digits */
    public ApiResponse {
        if (status < 100 || status > 999) {
            throw new IllegalArgumentException("an HTTP status has three digits: " + status);
        }
        headers = Map.copyOf(headers);
    }

    /**
     * The response of the JDK's client. A body that was read as text or bytes is kept, bytes being taken for UTF-8; one that
     * was read otherwise, e.g. as a stream or discarded, is not.
     */
    public static ApiResponse of(HttpResponse<?> response) {
        Object body = response.body();
        String text = body instanceof byte[] bytes
                ? new String(bytes, StandardCharsets.UTF_8)
                : body instanceof CharSequence chars ? chars.toString() : null;
        return new ApiResponse(response.statusCode(), response.headers().map(), text);
    }
}
