package dev.redrive.serde;

import dev.redrive.serde.RegistryUnavailableException.RegistryAccessException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodySubscriber;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Flow;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLContext;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.SslConfigs;
import org.apache.kafka.common.security.ssl.DefaultSslEngineFactory;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gets a response from one of the registry's URLs before the deadline.
 *
 * <p>After a transient error (no connection, no response in time, 408, 429, 5xx) it tries the next URL at once; a
 * growing random pause follows each round over all URLs. The URL that answered last is tried first. Redirects are not
 * followed, since they would forward credentials. Thread-safe.
 */
final class RegistryTransport {

    private static final Logger LOG = LoggerFactory.getLogger(RegistryTransport.class);
    private static final String CONTENT_TYPE = "application/vnd.schemaregistry.v1+json";

    private final RegistrySettings settings;
    private final HttpClient http;
    private volatile int firstUrl;

    /**
     * A response that another attempt would not change.
     *
     * @param url base URL of the registry that gave it
     * @param status HTTP status, neither 401 nor transient
     * @param body its text, or its beginning if it is too long
     * @param cutAtBytes {@code redrive.registry.max.response.bytes} if the body is longer, 0 if it is complete
     */
    record Answer(URI url, int status, String body, int cutAtBytes) {}

    RegistryTransport(RegistrySettings settings) {
        this.settings = settings;
        HttpClient.Builder builder = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .followRedirects(HttpClient.Redirect.NEVER)
                .connectTimeout(Duration.ofMillis(settings.limits().requestTimeoutMs()));
        if (!settings.ssl().isEmpty()) {
            builder.sslContext(sslContext(settings.ssl()));
        }
        this.http = builder.build();
    }

    /**
     * Makes one call.
     *
     * @throws RegistryAccessException on 401
     * @throws RegistryUnavailableException if no URL answered before the deadline
     */
    Answer call(String method, String path, byte @Nullable [] body) {
        RegistrySettings.Limits limits = settings.limits();
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(limits.deadlineMs());
        int count = settings.urls().size();
        String last = "not tried";
        for (int round = 0; round <= limits.retries(); round++) {
            if (round > 0 && !pause(round, deadline)) {
                break;
            }
            int first = firstUrl;
            for (int i = 0; i < count; i++) {
                int index = (first + i) % count;
                URI url = settings.urls().get(index);
                long leftMs = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
                if (leftMs <= 0) {
                    break;
                }
                try {
                    HttpResponse<BoundedBody.Taken> response = exchange(method, url, path, body, leftMs);
                    if (!mayPass(response.statusCode())) {
                        firstUrl = index;
                        return checked(url, response);
                    }
                    last = url + " answers " + response.statusCode();
                } catch (IOException | TimeoutException e) {
                    last = url + " cannot be reached: " + describe(e);
                }
                LOG.debug("Schema registry: {}", last);
            }
        }
        throw new RegistryUnavailableException("the schema registry gave no answer; last: " + last);
    }

    private HttpResponse<BoundedBody.Taken> exchange(
            String method, URI url, String path, byte @Nullable [] body, long leftMs)
            throws IOException, TimeoutException {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url + path))
                .method(
                        method,
                        body == null
                                ? HttpRequest.BodyPublishers.noBody()
                                : HttpRequest.BodyPublishers.ofByteArray(body))
                .header("Accept", CONTENT_TYPE + ", application/json");
        if (body != null) {
            request.header("Content-Type", CONTENT_TYPE);
        }
        String authorization = settings.authorization();
        if (authorization == null) {
            authorization = settings.urlAuthorization().get(url);
        }
        if (authorization != null) {
            request.header("Authorization", authorization);
        }
        int maxBytes = settings.limits().maxResponseBytes();
        CompletableFuture<HttpResponse<BoundedBody.Taken>> exchange =
                http.sendAsync(request.build(), info -> new BoundedBody(maxBytes));
        return await(exchange, Math.min(leftMs, settings.limits().requestTimeoutMs()));
    }

    private static HttpResponse<BoundedBody.Taken> await(
            CompletableFuture<HttpResponse<BoundedBody.Taken>> exchange, long timeoutMs)
            throws IOException, TimeoutException {
        try {
            return exchange.get(timeoutMs, TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof IOException io ? io : new IOException(e.getCause());
        } catch (TimeoutException e) {
            exchange.cancel(true);
            throw e;
        } catch (InterruptedException e) {
            exchange.cancel(true);
            throw interrupted(e);
        }
    }

    private boolean pause(int round, long deadline) {
        long cap = (long) settings.limits().backoffMs() << Math.min(round - 1, 10);
        long pauseMs = ThreadLocalRandom.current().nextLong(cap + 1);
        if (deadline - System.nanoTime() <= TimeUnit.MILLISECONDS.toNanos(pauseMs)) {
            return false;
        }
        try {
            Thread.sleep(pauseMs);
            return true;
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    private static RegistryUnavailableException interrupted(InterruptedException e) {
        Thread.currentThread().interrupt();
        return new RegistryUnavailableException("interrupted while waiting for the schema registry", e);
    }

    private static boolean mayPass(int status) {
        return status == 408 || status == 429 || status >= 500;
    }

    private Answer checked(URI url, HttpResponse<BoundedBody.Taken> response) {
        int status = response.statusCode();
        if (status == 401) {
            throw RegistryAccessException.credentials(url, status);
        }
        BoundedBody.Taken body = response.body();
        int cutAtBytes = body.cut() ? settings.limits().maxResponseBytes() : 0;
        return new Answer(url, status, new String(body.bytes(), StandardCharsets.UTF_8), cutAtBytes);
    }

    private static String describe(Exception e) {
        String message = e.getMessage();
        return e.getClass().getSimpleName() + (message == null ? "" : " " + message);
    }

    /**
     * Creates a TLS context from Kafka's {@code ssl.*} settings: JKS, PKCS12 and PEM stores, in files or inline.
     *
     * @throws ConfigException if a key is not Kafka's, or a store cannot be read
     */
    private static SSLContext sslContext(Map<String, Object> ssl) {
        ConfigDef definition = new ConfigDef();
        SslConfigs.addClientSslSupport(definition);
        for (String key : ssl.keySet()) {
            if (!definition.names().contains(key)) {
                throw new ConfigException("Unknown configuration " + SerdeConfig.Reader.CLIENT_PREFIX + key);
            }
        }
        DefaultSslEngineFactory factory = new DefaultSslEngineFactory();
        AbstractConfig typed = new AbstractConfig(definition, ssl, false);
        try {
            factory.configure(new HashMap<>(typed.values()));
        } catch (RuntimeException e) {
            throw new ConfigException(SerdeConfig.Reader.CLIENT_PREFIX + "ssl.*: " + e.getMessage());
        }
        return factory.sslContext();
    }

    /** Collects a response body up to a max number of bytes; does not fetch the rest of a longer one. */
    static final class BoundedBody implements BodySubscriber<BoundedBody.Taken> {

        private final int maxBytes;
        private final ByteArrayOutputStream taken = new ByteArrayOutputStream(4_096);
        private final CompletableFuture<Taken> body = new CompletableFuture<>();
        private Flow.@Nullable Subscription subscription;

        /**
         * A collected body.
         *
         * @param bytes the body, or its beginning
         * @param cut whether there is more
         */
        @SuppressWarnings("ArrayRecordComponent") // never compared
        record Taken(byte[] bytes, boolean cut) {}

        BoundedBody(int maxBytes) {
            this.maxBytes = maxBytes;
        }

        @Override
        public CompletionStage<Taken> getBody() {
            return body;
        }

        @Override
        public void onSubscribe(Flow.Subscription given) {
            subscription = given;
            given.request(Long.MAX_VALUE);
        }

        @Override
        public void onNext(List<ByteBuffer> buffers) {
            for (ByteBuffer buffer : buffers) {
                if (taken.size() + buffer.remaining() > maxBytes) {
                    if (subscription != null) {
                        subscription.cancel();
                    }
                    body.complete(new Taken(taken.toByteArray(), true));
                    return;
                }
                byte[] bytes = new byte[buffer.remaining()];
                buffer.get(bytes);
                taken.writeBytes(bytes);
            }
        }

        @Override
        public void onError(Throwable error) {
            body.completeExceptionally(error);
        }

        @Override
        public void onComplete() {
            body.complete(new Taken(taken.toByteArray(), false));
        }
    }
}
