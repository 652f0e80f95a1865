package dev.redrive.server.api;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;

/**
 * Refuses paths that others may read differently: with empty or dot segments, escaped or not, parameters, backslashes,
 * NUL, or escapes that are not UTF-8. An escaped slash is part of an id.
 */
final class PathCheck {

    /** Possessive, because a greedy repetition of a group takes stack for every character. */
    private static final Pattern RAW = Pattern.compile("(?:[A-Za-z0-9/._~!$&'()*+,=:@-]|%[0-9A-Fa-f]{2})*+");

    private PathCheck() {}

    /** @throws ApiException if the path is not valid */
    static void require(String raw) {
        if (!raw.startsWith("/") || raw.contains("//") || !RAW.matcher(raw).matches()) {
            throw new ApiException(ApiError.PATH_INVALID, null);
        }
        for (String segment : raw.split("/", -1)) {
            String decoded = decoded(segment);
            if (decoded.equals(".") || decoded.equals("..") || decoded.indexOf('\0') >= 0) {
                throw new ApiException(ApiError.PATH_INVALID, null);
            }
        }
    }

    private static String decoded(String segment) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(segment.length());
        for (int i = 0; i < segment.length(); i++) {
            char c = segment.charAt(i);
            if (c == '%') {
                bytes.write(Integer.parseInt(segment.substring(i + 1, i + 3), 16));
                i += 2;
            } else {
                bytes.write(c);
            }
        }
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes.toByteArray()))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new ApiException(ApiError.PATH_INVALID, "the path is not UTF-8");
        }
    }
}
