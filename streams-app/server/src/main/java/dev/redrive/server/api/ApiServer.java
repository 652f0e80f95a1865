package dev.redrive.server.api;

import dev.redrive.config.ClientProperties.Secret;
import dev.redrive.config.ServerSettings;
import dev.redrive.config.ServerSettings.TlsSettings;
import dev.redrive.metrics.ServerCounters;
import dev.redrive.server.index.IndexFile.IndexException;
import io.javalin.Javalin;
import io.javalin.compression.CompressionStrategy;
import io.javalin.config.JavalinConfig;
import io.javalin.config.JettyConfig;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import io.javalin.http.HttpResponseException;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.eclipse.jetty.http.BadMessageException;
import org.eclipse.jetty.http.UriCompliance;
import org.eclipse.jetty.server.ConnectionFactory;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.NetworkConnectionLimit;
import org.eclipse.jetty.server.SecureRequestCustomizer;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.SslConnectionFactory;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The HTTP port of the API. It admits requests, calls the route's handler, and formats errors; every way in passes
 * {@link RequestGuard}. Its own threads call the handlers; start and close it from one thread.
 */
public final class ApiServer implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(ApiServer.class);
    private static final int MAX_THREADS = 32;
    private static final int MAX_HEADER_BYTES = 8 << 10;
    private static final long IDLE_TIMEOUT_MS = 30_000;
    private static final long DRAINED_MORE_BYTES = 64 << 10;
    private static final long MIN_BODY_BYTES_PER_SECOND = 100;

    /** Uri parts that an id may hold when it is escaped. */
    private static final UriCompliance URIS = UriCompliance.DEFAULT.with(
            "redrive",
            UriCompliance.Violation.AMBIGUOUS_PATH_SEPARATOR,
            UriCompliance.Violation.AMBIGUOUS_PATH_ENCODING);

    private static final Pattern FOREIGN_CHARSET =
            Pattern.compile("charset\\s*=\\s*(?!\"?utf-8\"?\\s*(?:;|$))", Pattern.CASE_INSENSITIVE);

    private static final Set<String> METHODS = Set.of("GET", "POST");
    private static final String ALLOWED = "GET, POST";

    private final Javalin javalin;
    private final ServerConnector connector;
    private final boolean tls;

    private ApiServer(Javalin javalin, ServerConnector connector, boolean tls) {
        this.javalin = javalin;
        this.connector = connector;
        this.tls = tls;
    }

    /** The port cannot be opened. */
    public static final class ApiServerException extends RuntimeException {

        private static final long serialVersionUID = 1L;

        ApiServerException(String message, Throwable cause) {
            super(message, cause);
        }
    }

    /**
     * Opens the port.
     *
     * @param settings with a port
     * @param handlers one for each route
     * @throws ApiServerException if the port cannot be opened, or the key store cannot be read
     * @throws dev.redrive.config.ConfigException if the tokens file has mistakes
     */
    public static ApiServer start(
            ServerSettings settings, Map<ApiRoute, RouteHandler> handlers, AuditLog audit, ServerCounters counters) {
        return start(settings, handlers, audit, counters, Duration.ofMillis(200));
    }

    static ApiServer start(
            ServerSettings settings,
            Map<ApiRoute, RouteHandler> handlers,
            AuditLog audit,
            ServerCounters counters,
            Duration authenticationDelay) {
        Set<ApiRoute> missing = EnumSet.allOf(ApiRoute.class);
        missing.removeAll(handlers.keySet());
        if (!missing.isEmpty()) {
            throw new IllegalArgumentException("no handler for " + missing);
        }
        RequestGuard guard = new RequestGuard(settings, counters, System::nanoTime, authenticationDelay);
        ServerConnector[] opened = new ServerConnector[1];
        Javalin javalin = Javalin.create(config -> {
            http(config, counters);
            jetty(config.jetty, settings, opened);
            routes(config.routes, guard, handlers, audit);
        });
        try {
            javalin.start();
        } catch (RuntimeException e) {
            javalin.stop();
            throw new ApiServerException(
                    "the API cannot listen on " + settings.host() + ":" + settings.port() + " (server.port): "
                            + root(e).getMessage(),
                    e);
        }
        return new ApiServer(javalin, opened[0], settings.tls().keyStore() != null);
    }

    private static Throwable root(Throwable e) {
        Throwable root = e;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return root;
    }

    private static void http(JavalinConfig config, ServerCounters counters) {
        config.startup.showJavalinBanner = false;
        config.startup.showOldJavalinVersionWarning = false;
        config.startup.startupWatcherEnabled = false;
        // A compressed answer's length depends on secrets beside what an attacker may choose.
        config.http.compressionStrategy = CompressionStrategy.NONE;
        config.http.prefer405over404 = true;
        config.router.ignoreTrailingSlashes = false;
        config.router.javaLangErrorHandler((response, error) -> {
            LOG.error("a request failed", error);
            response.setStatus(ApiError.INTERNAL.status());
            response.setContentType("application/problem+json");
        });
        config.http.defaultContentType = "application/json";
        config.requestLogger.http((context, ms) -> counters.answered(context.statusCode()));
    }

    private static void jetty(JettyConfig config, ServerSettings settings, ServerConnector[] opened) {
        // Its queue holds at most one task of each connection, whose number is limited.
        QueuedThreadPool threads = new QueuedThreadPool(MAX_THREADS, 4, 60_000);
        threads.setName("redrive-api");
        config.threadPool = threads;
        config.modifyServer(server -> {
            server.setErrorHandler(new JettyErrors());
            server.setStopTimeout(2_000);
        });
        config.modifyServletContextHandler(context -> context.setErrorHandler(new JettyErrors()));
        config.addConnector((server, http) -> {
            opened[0] = connector(server, http, settings);
            server.addBean(new NetworkConnectionLimit(settings.maxConnections(), opened[0]));
            return opened[0];
        });
    }

    private static ServerConnector connector(Server server, HttpConfiguration http, ServerSettings settings) {
        http.setRequestHeaderSize(MAX_HEADER_BYTES);
        http.setSendServerVersion(false);
        http.setMinRequestDataRate(MIN_BODY_BYTES_PER_SECOND);
        http.setIdleTimeout(IDLE_TIMEOUT_MS);
        http.setUriCompliance(URIS);
        ConnectionFactory plain = new HttpConnectionFactory(http);
        SslContextFactory.Server tls = tls(settings.tls());
        ServerConnector connector;
        if (tls == null) {
            connector = new ServerConnector(server, plain);
        } else {
            // Callers may use a name of this host that its certificate lists, or its address.
            http.addCustomizer(new SecureRequestCustomizer(false));
            connector = new ServerConnector(server, new SslConnectionFactory(tls, plain.getProtocol()), plain);
        }
        connector.setHost(settings.host());
        connector.setPort(settings.port() == null ? 0 : settings.port());
        connector.setIdleTimeout(IDLE_TIMEOUT_MS);
        return connector;
    }

    private static SslContextFactory.@Nullable Server tls(TlsSettings settings) {
        Secret password = settings.password();
        if (settings.keyStore() == null || password == null) {
            return null;
        }
        SslContextFactory.Server tls = new SslContextFactory.Server();
        tls.setKeyStorePath(settings.keyStore());
        tls.setKeyStoreType("PKCS12");
        tls.setKeyStorePassword(password.reveal());
        tls.setIncludeProtocols("TLSv1.2", "TLSv1.3");
        tls.setSniRequired(false);
        return tls;
    }

    private static void routes(
            RoutesConfig routes, RequestGuard guard, Map<ApiRoute, RouteHandler> handlers, AuditLog audit) {
        routes.before(context -> admit(context, guard));
        // In the order of the table, where fixed paths come before those with parameters.
        for (ApiRoute route : ApiRoute.values()) {
            RouteHandler handler = handlers.get(route);
            if (handler != null) {
                routes.addHttpHandler(
                        route.method(), route.path(), context -> serve(context, route, handler, guard, audit));
            }
        }
        routes.exception(ApiException.class, (e, context) -> refuse(context, e));
        routes.exception(HttpResponseException.class, (e, context) -> {
            if (e.getStatus() == ApiError.METHOD_NOT_ALLOWED.status()) {
                context.header("Allow", ALLOWED);
            }
            refuse(context, new ApiException(ApiError.of(e.getStatus()), null));
        });
        routes.exception(IndexException.class, (e, context) -> {
            if (e.reason() == IndexException.Reason.INDEX_UNUSABLE) {
                LOG.error("a request to {} failed", context.endpoint().path, e);
            }
            refuse(context, of(e.reason()));
        });
        // Jetty throws it from the reading of a body, too, which may be too slow.
        routes.exception(
                BadMessageException.class,
                (e, context) ->
                        refuse(context, new ApiException(ApiError.of(e.getCode() >= 500 ? 400 : e.getCode()), null)));
        routes.exception(Exception.class, (e, context) -> {
            LOG.error("a request to {} failed", context.endpoint().path, e);
            refuse(context, new ApiException(ApiError.INTERNAL, null));
        });
    }

    private static ApiException of(IndexException.Reason reason) {
        return switch (reason) {
            case QUERY_TOO_LONG -> new ApiException(ApiError.QUERY_TOO_LONG, "narrow the filter");
            case INDEX_BUSY -> new ApiException(ApiError.INDEX_BUSY, null).retryAfter(1);
            case INDEX_UNUSABLE -> new ApiException(ApiError.INDEX_UNUSABLE, null).retryAfter(30);
        };
    }

    private static void admit(Context context, RequestGuard guard) {
        headers(context);
        PathCheck.require(context.req().getRequestURI());
        if (!METHODS.contains(context.req().getMethod())) {
            context.header("Allow", ALLOWED);
            throw new ApiException(ApiError.METHOD_NOT_ALLOWED, null);
        }
        guard.requireSameSite(context::header);
    }

    private static void serve(Context context, ApiRoute route, RouteHandler handler, RequestGuard guard, AuditLog audit)
            throws Exception {
        String address = context.req().getRemoteAddr();
        Caller caller = route.role() == null
                ? new Caller(Caller.WEBHOOK, Set.of(), null, null, address)
                : guard.authenticate(context.header("Authorization"), address);
        try {
            if (route.role() != null) {
                RequestGuard.authorize(caller, route);
            }
            requireBody(context, route);
        } catch (ApiException e) {
            if (route.action() != null) {
                audit.denied(caller, route.action(), e.error());
            }
            throw e;
        }
        handler.handle(new Call(context, route, caller));
    }

    private static void requireBody(Context context, ApiRoute route) {
        String encoding = context.header("Content-Encoding");
        if (encoding != null && !encoding.equalsIgnoreCase("identity")) {
            throw new ApiException(ApiError.ENCODING_UNSUPPORTED, "send the body without Content-Encoding");
        }
        if (route.body() == ApiRoute.Body.NONE) {
            if (context.req().getContentLengthLong() > 0 || context.header("Transfer-Encoding") != null) {
                throw new ApiException(ApiError.BODY_TOO_LARGE, "this takes no body");
            }
            return;
        }
        String contentType = context.header("Content-Type");
        if (!route.body().accepts(Call.mediaType(contentType))) {
            throw new ApiException(ApiError.MEDIA_TYPE_UNSUPPORTED, "send application/json");
        }
        if (contentType != null && FOREIGN_CHARSET.matcher(contentType).find()) {
            throw new ApiException(ApiError.ENCODING_UNSUPPORTED, "send UTF-8");
        }
        if (context.req().getContentLengthLong() > route.body().maxBytes()) {
            drain(context, route.body().maxBytes() + DRAINED_MORE_BYTES);
            throw Call.tooLarge(route);
        }
    }

    /** Reads what a body that is somewhat too large holds: a client that still writes would miss the answer. */
    private static void drain(Context context, long maxBytes) {
        try {
            context.bodyInputStream().skip(maxBytes);
        } catch (IOException e) {
            LOG.debug("a body that is too large ends early", e);
        }
    }

    private static void headers(Context context) {
        context.header("Cache-Control", "no-store");
        context.header("X-Content-Type-Options", "nosniff");
        context.header("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'");
        context.header("Referrer-Policy", "no-referrer");
        context.header("Cross-Origin-Resource-Policy", "same-origin");
    }

    private static void refuse(Context context, ApiException e) {
        headers(context);
        if (e.error() == ApiError.UNAUTHENTICATED) {
            context.header("WWW-Authenticate", "Bearer");
        }
        if (e.retryAfterSeconds() > 0) {
            context.header("Retry-After", Integer.toString(e.retryAfterSeconds()));
        }
        context.status(e.error().status());
        context.contentType("application/problem+json");
        context.result(StrictJson.write(e.members()));
    }

    /** Returns the address of the API. */
    public URI url() {
        String host = connector.getHost();
        String shown = host.contains(":") && !host.startsWith("[") ? "[" + host + "]" : host;
        return URI.create((tls ? "https" : "http") + "://" + shown + ":" + connector.getLocalPort());
    }

    /** Ends open requests, for 2 s at most, and closes the port. */
    @Override
    public void close() {
        javalin.stop();
    }
}
