package dev.redrive.http;

import dev.redrive.config.ClientProperties.Secret;
import dev.redrive.config.RedriveConfig.ManagementSettings;
import dev.redrive.http.BrowserGuard.Bearer;
import dev.redrive.http.HttpHandler.HttpAnswer;
import dev.redrive.http.HttpHandler.HttpCall;
import dev.redrive.metrics.RedriveMetrics;
import dev.redrive.runtime.RedrivePipeline.Readiness;
import dev.redrive.runtime.StuckInputs;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Serves operators and their tools: {@code GET /health/live}, {@code GET /health/ready} and {@code GET /metrics}.
 * Health is JSON, {@code {"status":"UP","reason":"READY"}}, with 200 for {@code UP} and 503 for {@code DOWN}; the
 * reason is a {@link Readiness}. It is read-only and ignores request bodies.
 *
 * <p>It listens on loopback, or elsewhere with a token that every caller must send. Without a token it accepts
 * loopback's names only. Health has a thread of its own, and is answered regardless of the number of metrics requests.
 */
public final class ManagementServer implements AutoCloseable {

    private static final HttpPort.Limits LIMITS = new HttpPort.Limits(2, 32, 256, 1024);
    private static final String JSON = "application/json";

    private final HttpPort port;

    private ManagementServer(HttpPort port) {
        this.port = port;
    }

    /**
     * Starts the server.
     *
     * @param settings address and token; the port is not {@code null}
     * @param readiness called for each health request
     * @param metrics written for each scrape
     * @throws ManagementException if the port is taken, or the address is not this host's, or not loopback and without
     *     a token
     */
    public static ManagementServer start(
            ManagementSettings settings, Supplier<Readiness> readiness, RedriveMetrics metrics) {
        return start(settings, readiness, List::of, metrics);
    }

    /**
     * Starts the server; its health answers name the records that the instance cannot get past.
     *
     * @param settings address and token; the port is not {@code null}
     * @param readiness called for each health request
     * @param stuck called for each health request as well
     * @param metrics written for each scrape
     * @throws ManagementException if the port is taken, or the address is not this host's, or not loopback and without
     *     a token
     */
    public static ManagementServer start(
            ManagementSettings settings,
            Supplier<Readiness> readiness,
            Supplier<List<StuckInputs.Stuck>> stuck,
            RedriveMetrics metrics) {
        int port = Objects.requireNonNull(settings.port(), "port");
        try {
            Secret token = settings.token();
            InetAddress address = InetAddress.getByName(settings.host());
            if (token == null && !address.isLoopbackAddress()) {
                throw new IOException(address + " is not loopback; set management.token");
            }
            Bearer bearer = token == null ? null : new Bearer(token.reveal());
            return new ManagementServer(HttpPort.open(
                    "redrive-management",
                    new InetSocketAddress(address, port),
                    LIMITS,
                    new Routes(readiness, stuck, metrics, bearer)));
        } catch (IOException e) {
            throw new ManagementException(
                    "cannot listen on " + settings.host() + ":" + port + ": " + e.getMessage()
                            + "; change management.host or management.port",
                    e);
        }
    }

    /** Returns its URL, e.g. {@code http://127.0.0.1:9464}. */
    public String url() {
        InetSocketAddress address = port.address();
        String host = address.getAddress().getHostAddress();
        return "http://" + (host.contains(":") ? "[" + host + "]" : host) + ":" + address.getPort();
    }

    /** Closes the port at once. */
    @Override
    public void close() {
        port.close();
    }

    private static final class Routes implements HttpHandler {

        private final Supplier<Readiness> readiness;
        private final Supplier<List<StuckInputs.Stuck>> stuck;
        private final RedriveMetrics metrics;
        private final @Nullable Bearer bearer;
        private final BrowserGuard guard;

        Routes(
                Supplier<Readiness> readiness,
                Supplier<List<StuckInputs.Stuck>> stuck,
                RedriveMetrics metrics,
                @Nullable Bearer bearer) {
            this.readiness = readiness;
            this.stuck = stuck;
            this.metrics = metrics;
            this.bearer = bearer;
            this.guard = bearer == null ? BrowserGuard.loopback() : BrowserGuard.anyHost();
        }

        @Override
        public @Nullable HttpAnswer refuse(HttpCall head) {
            String foreign = guard.refusal(head);
            if (foreign != null) {
                return error(403, foreign);
            }
            if (bearer != null && !bearer.admits(head.header("authorization"))) {
                return error(401, "UNAUTHENTICATED", "WWW-Authenticate", "Bearer");
            }
            return head.method().equals("GET") || head.method().equals("HEAD")
                    ? null
                    : error(405, "METHOD_NOT_ALLOWED", "Allow", "GET, HEAD");
        }

        @Override
        public boolean isUrgent(HttpCall call) {
            return call.path().startsWith("/health/");
        }

        @Override
        public HttpAnswer answer(HttpCall call) {
            return switch (call.path()) {
                case "/health/live" -> {
                    Readiness now = readiness.get();
                    yield health(now.live(), now);
                }
                case "/health/ready" -> {
                    Readiness now = readiness.get();
                    yield health(now == Readiness.READY, now);
                }
                case "/metrics" -> scrape(call);
                default -> error(404, "NOT_FOUND");
            };
        }

        @Override
        public HttpAnswer error(int status, String reason) {
            return json(status, "{\"error\":\"" + reason + "\"}\n");
        }

        private HttpAnswer error(int status, String reason, String header, String value) {
            HttpAnswer plain = error(status, reason);
            return new HttpAnswer(status, Map.of("Content-Type", JSON, header, value), plain.body());
        }

        private HttpAnswer scrape(HttpCall call) {
            try {
                String accept = call.header("accept");
                String contentType = RedriveMetrics.contentType(accept == null ? "" : accept);
                ByteArrayOutputStream body = new ByteArrayOutputStream(64 * 1024);
                metrics.scrape(body, contentType);
                return HttpAnswer.of(200, contentType, body.toByteArray());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        private HttpAnswer health(boolean up, Readiness reason) {
            String records = stuck.get().stream()
                    .map(record -> "{\"topic\":\"" + record.topic() + "\",\"partition\":" + record.partition()
                            + ",\"offset\":" + record.offset() + "}")
                    .collect(Collectors.joining(","));
            return json(
                    up ? 200 : 503,
                    "{\"status\":\"" + (up ? "UP" : "DOWN") + "\",\"reason\":\"" + reason + "\""
                            + (records.isEmpty() ? "" : ",\"stuck\":[" + records + "]") + "}\n");
        }

        private static HttpAnswer json(int status, String text) {
            return HttpAnswer.of(status, JSON, text.getBytes(StandardCharsets.UTF_8));
        }
    }

    /** The management port cannot be opened; the message contains the cause and the remedy. */
    public static final class ManagementException extends RuntimeException {

        private static final long serialVersionUID = 1L;

        ManagementException(String message, Throwable cause) {
            super(message, cause);
        }
    }
}
