package dev.redrive.server.api;

import dev.redrive.config.AccessToken;
import dev.redrive.config.ServerSettings;
import dev.redrive.config.ServerSettings.Role;
import dev.redrive.metrics.ServerCounters;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Admits requests: checks who sends them, and that no page of another site has made a browser send them. A browser
 * names the page in {@code Origin} and {@code Sec-Fetch-Site}; one whose name was bound to this host's address after it
 * was loaded (DNS rebinding) is detected by {@code Host}. Safe for use by several threads.
 */
final class RequestGuard {

    private static final Pattern LOOPBACK =
            Pattern.compile("localhost|(?:[a-z0-9-]+\\.)+localhost|127(?:\\.[0-9]{1,3}){3}|\\[::1]");
    private static final Pattern HOST = Pattern.compile("([a-z0-9._-]{1,253}|\\[[0-9a-f:.]+])(?::[0-9]{1,5})?");

    /** Answers to failed authentications that are delayed at a time; further ones are answered with 429. */
    private static final int MAX_DELAYED = 8;

    private final @Nullable TokenRegistry tokens;
    private final Set<String> hosts = new TreeSet<>();
    private final boolean anyHost;
    private final ServerCounters counters;
    private final Duration delay;
    private final Semaphore delayed = new Semaphore(MAX_DELAYED);

    /**
     * Creates the guard.
     *
     * @param delay how long the answer to a failed authentication is delayed
     * @throws dev.redrive.config.ConfigException if the tokens file has mistakes
     */
    RequestGuard(ServerSettings settings, ServerCounters counters, LongSupplier nanoTime, Duration delay) {
        this.tokens = settings.tokens() == null ? null : new TokenRegistry(Path.of(settings.tokens()), nanoTime);
        this.counters = counters;
        this.delay = delay;
        settings.allowedHosts().forEach(host -> hosts.add(host.toLowerCase(Locale.ROOT)));
        hosts.add(settings.host().toLowerCase(Locale.ROOT));
        this.anyHost = settings.allowedHosts().isEmpty() && tokens != null;
    }

    /**
     * Checks {@code Host}, {@code Origin} and {@code Sec-Fetch-Site}.
     *
     * @param header values by lower-case name
     * @throws ApiException if a page of another site may have sent the request
     */
    void requireSameSite(Function<String, @Nullable String> header) {
        String host = header.apply("host");
        String name = host == null ? null : name(host);
        if (name == null || !anyHost && !LOOPBACK.matcher(name).matches() && !hosts.contains(name)) {
            throw new ApiException(ApiError.FOREIGN_HOST, "add the name to server.allowedHosts if it is yours");
        }
        String site = header.apply("sec-fetch-site");
        if (site != null && !site.equals("same-origin") && !site.equals("none")) {
            throw new ApiException(ApiError.FOREIGN_ORIGIN, null);
        }
        String origin = header.apply("origin");
        if (origin != null && !sameOrigin(origin, host)) {
            throw new ApiException(ApiError.FOREIGN_ORIGIN, null);
        }
    }

    private static @Nullable String name(String host) {
        var matcher = HOST.matcher(host.toLowerCase(Locale.ROOT));
        return matcher.matches() ? matcher.group(1) : null;
    }

    private static boolean sameOrigin(String origin, @Nullable String host) {
        try {
            return host != null && host.equalsIgnoreCase(URI.create(origin).getRawAuthority());
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    /**
     * Returns who sends the request.
     *
     * @throws ApiException if a token is required, and the request has none that is known
     */
    Caller authenticate(@Nullable String authorization, String address) {
        if (tokens == null) {
            return new Caller(Caller.LOCAL, EnumSet.allOf(Role.class), null, null, address);
        }
        AccessToken token = tokens.find(authorization);
        if (token == null) {
            counters.authenticationFailed();
            throw refused();
        }
        return new Caller(token.name(), token.roles(), token.user(), token.service(), address);
    }

    private ApiException refused() {
        if (!delayed.tryAcquire()) {
            return new ApiException(ApiError.TOO_MANY_REQUESTS, "too many failed authentications").retryAfter(1);
        }
        try {
            LockSupport.parkNanos(delay.toNanos());
        } finally {
            delayed.release();
        }
        return new ApiException(ApiError.UNAUTHENTICATED, "send Authorization: Bearer and a token");
    }

    /**
     * Checks what the caller may do.
     *
     * @throws ApiException if it lacks the role, or is bound and the route is not for bound callers
     */
    static void authorize(Caller caller, ApiRoute route) {
        Role role = route.role();
        if (role == null || !caller.has(role)) {
            throw new ApiException(ApiError.ROLE_MISSING, "this takes the role " + role);
        }
        if (caller.bound() && !route.forBound()) {
            throw new ApiException(ApiError.TOKEN_BOUND, null);
        }
    }
}
