package dev.redrive.http;

import dev.redrive.http.HttpHandler.HttpCall;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Refuses requests that a page of another site makes a browser send. A browser names the page in {@code Origin} and
 * {@code Sec-Fetch-Site}; a page whose name was bound to this host's address after it was loaded (DNS rebinding), and
 * which therefore counts as the same site, is detected by {@code Host}.
 */
public final class BrowserGuard {

    private static final Pattern LOOPBACK = Pattern.compile(
            "(?:localhost|(?:[a-z0-9-]+\\.)+localhost|127(?:\\.[0-9]{1,3}){3}|\\[::1])(?::[0-9]{1,5})?");
    private static final Pattern JSON = Pattern.compile(
            "application/(?:json|vnd\\.schemaregistry(?:\\.v1)?\\+json)[ \t]*(?:;.*)?", Pattern.CASE_INSENSITIVE);

    private final boolean loopbackOnly;

    private BrowserGuard(boolean loopbackOnly) {
        this.loopbackOnly = loopbackOnly;
    }

    /** Creates the guard of a port without credentials: only loopback's names are accepted as this host. */
    public static BrowserGuard loopback() {
        return new BrowserGuard(true);
    }

    /**
     * Creates the guard of a port with a bearer token, which no browser sends by itself: any name of this host is
     * accepted.
     */
    public static BrowserGuard anyHost() {
        return new BrowserGuard(false);
    }

    /**
     * Checks a request.
     *
     * @return a stable reason, {@code FOREIGN_HOST} or {@code FOREIGN_ORIGIN}; {@code null} if the request is allowed
     */
    public @Nullable String refusal(HttpCall head) {
        String host = head.header("host");
        if (loopbackOnly && host != null && !isLoopback(host)) {
            return "FOREIGN_HOST";
        }
        String site = head.header("sec-fetch-site");
        if (site != null && !site.equals("same-origin") && !site.equals("none")) {
            return "FOREIGN_ORIGIN";
        }
        String origin = head.header("origin");
        return origin != null && !sameOrigin(origin, host) ? "FOREIGN_ORIGIN" : null;
    }

    /**
     * Returns whether the body is declared as JSON, which a page cannot do across sites without a preflight request.
     */
    public static boolean isJson(HttpCall head) {
        String contentType = head.header("content-type");
        return contentType != null && JSON.matcher(contentType).matches();
    }

    private static boolean isLoopback(String host) {
        return LOOPBACK.matcher(host.toLowerCase(Locale.ROOT)).matches();
    }

    private static boolean sameOrigin(String origin, @Nullable String host) {
        try {
            return host != null && host.equalsIgnoreCase(URI.create(origin).getRawAuthority());
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    /** A bearer token that callers must send (RFC 6750); compared in constant time. */
    static final class Bearer {

        private static final String SCHEME = "Bearer ";

        private final byte[] expected;

        Bearer(String token) {
            this.expected = token.getBytes(StandardCharsets.UTF_8);
        }

        /** Returns whether an Authorization header contains the token. */
        boolean admits(@Nullable String authorization) {
            if (authorization == null || !authorization.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
                return false;
            }
            byte[] shown = authorization.substring(SCHEME.length()).strip().getBytes(StandardCharsets.UTF_8);
            return MessageDigest.isEqual(expected, shown);
        }
    }
}
