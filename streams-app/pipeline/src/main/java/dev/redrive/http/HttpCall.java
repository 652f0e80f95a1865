package dev.redrive.http;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One HTTP request.
 *
 * @param method in capitals as it was sent, e.g. {@code GET}
 * @param path the path as it was sent, with its escapes; begins with a slash
 * @param query what follows the question mark, with its escapes; {@code null} where there is none
 * @param headers values by name in lower case; the values of a repeated header are joined by a comma
 * @param body empty where there is none, and as long as only the head has been read
 */
public record HttpCall(String method, String path, @Nullable String query, Map<String, String> headers, byte[] body) {

    /** The value of a header, {@code null} where it is not there. */
    public @Nullable String header(String lowerCaseName) {
        return headers.get(lowerCaseName);
    }

    HttpCall withBody(byte[] read) {
        return new HttpCall(method, path, query, headers, read);
    }
}
