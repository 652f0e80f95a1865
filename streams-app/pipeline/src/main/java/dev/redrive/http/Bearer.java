package dev.redrive.http;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import org.jspecify.annotations.Nullable;

/** A bearer token that callers must show (RFC 6750); compared in constant time. */
final class Bearer {

    private static final String SCHEME = "Bearer ";

    private final byte[] expected;

    Bearer(String token) {
        this.expected = token.getBytes(StandardCharsets.UTF_8);
    }

    /** Whether an Authorization header holds the token. */
    boolean admits(@Nullable String authorization) {
        if (authorization == null || !authorization.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
            return false;
        }
        byte[] shown = authorization.substring(SCHEME.length()).strip().getBytes(StandardCharsets.UTF_8);
        return MessageDigest.isEqual(expected, shown);
    }
}
