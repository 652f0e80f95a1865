package dev.redrive.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.redrive.cli.CommandFailure.Reason;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpClient.Redirect;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodySubscriber;
import java.net.http.HttpTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.UnresolvedAddressException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Flow.Subscription;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * Calls the HTTP API. Redirects are not followed, so the token reaches no other server. Used by one thread.
 *
 * <p>All methods throw {@link CommandFailure}: with the API's reason and sentence where it answers with an error;
 * {@code API_UNREACHABLE}, {@code TIMED_OUT} or {@code API_FAILED} where it does not answer, or not as documented.
 */
final class ApiClient {

    /** Max size of an answer in bytes: a letter with two bodies of 1 MiB, escaped. */
    static final int MAX_ANSWER_BYTES = 16 << 20;

    private static final int MAX_DEPTH = 50;
    private static final int MAX_FIELD_ERRORS = 20;

    private static final JsonMapper MAPPER = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(MAX_DEPTH)
                            .maxStringLength(MAX_ANSWER_BYTES)
                            .maxNumberLength(100)
                            .build())
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY)
            .build();

    private final URI server;
    private final @Nullable String token;
    private final Duration timeout;
    private final HttpClient client;

    /**
     * Creates a client; it connects with the first request.
     *
     * @param server scheme, host, port and the path before {@code /v1}, without a slash at the end
     * @param timeout max. duration of a request, from connecting to the answer's last byte
     */
    ApiClient(URI server, @Nullable String token, Duration timeout) {
        this.server = server;
        this.token = token;
        this.timeout = timeout;
        this.client = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .followRedirects(Redirect.NEVER)
                .connectTimeout(timeout)
                .build();
    }

    /** Returns a path below {@code /v1} whose segments are escaped, so that an id may hold any character. */
    static String path(String... segments) {
        return Arrays.stream(segments).map(ApiClient::escaped).collect(Collectors.joining("/", "/v1/", ""));
    }

    private static String escaped(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    /** Reads a resource. */
    JsonNode get(String path) {
        return get(path, Map.of());
    }

    /** Reads a resource with query parameters. */
    JsonNode get(String path, Map<String, String> query) {
        StringJoiner parameters = new StringJoiner("&", "?", "").setEmptyValue("");
        query.forEach((name, value) -> parameters.add(escaped(name) + "=" + escaped(value)));
        return send(request(path + parameters).GET());
    }

    /** Sends an object as JSON. */
    JsonNode post(String path, Map<String, ?> body) {
        return send(request(path)
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(JsonLine.of(body))));
    }

    private HttpRequest.Builder request(String pathAndQuery) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(server + pathAndQuery))
                .header("Accept", "application/json, application/problem+json");
        return token == null ? request : request.header("Authorization", "Bearer " + token);
    }

    private JsonNode send(HttpRequest.Builder request) {
        HttpResponse<byte[]> response = exchange(request.timeout(timeout).build());
        int status = response.statusCode();
        if (status >= 200 && status < 300) {
            return read(response.body());
        }
        if (status >= 300 && status < 400) {
            throw failed("it redirects to another address; give that one if you trust it", null);
        }
        throw problem(status, response);
    }

    private HttpResponse<byte[]> exchange(HttpRequest request) {
        CompletableFuture<HttpResponse<byte[]>> exchange =
                client.sendAsync(request, answer -> new BoundedBody(MAX_ANSWER_BYTES));
        try {
            // The request's own timeout ends with the response's header.
            return exchange.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            exchange.cancel(true);
            throw timedOut(e);
        } catch (InterruptedException e) {
            exchange.cancel(true);
            Thread.currentThread().interrupt();
            throw new CommandFailure(Reason.TIMED_OUT, "interrupted while waiting for " + server, e);
        } catch (ExecutionException e) {
            throw unanswered(e.getCause() == null ? e : e.getCause());
        }
    }

    private CommandFailure timedOut(Throwable cause) {
        return new CommandFailure(
                Reason.TIMED_OUT,
                server + " has not answered within " + timeout.toMillis()
                        + " ms; what was asked may be done all the same",
                cause);
    }

    private CommandFailure unanswered(Throwable cause) {
        if (cause instanceof BoundedBody.TooLargeException) {
            return failed("the answer is larger than " + MAX_ANSWER_BYTES + " bytes", cause);
        }
        if (cause instanceof SSLException || cause.getCause() instanceof SSLException) {
            return unreachable("TLS with " + server + " failed: " + cause.getMessage(), cause);
        }
        boolean refused = cause instanceof ConnectException || cause instanceof UnresolvedAddressException;
        if (refused || cause.getCause() instanceof UnresolvedAddressException) {
            return unreachable(
                    "nothing answers at " + server
                            + "; is an instance with server.port running there? (--server, REDRIVE_SERVER)",
                    cause);
        }
        if (cause instanceof HttpTimeoutException) {
            return timedOut(cause);
        }
        if (cause instanceof IOException) {
            return unreachable("the connection to " + server + " broke: " + cause.getMessage(), cause);
        }
        return failed("the answer cannot be read: " + cause.getMessage(), cause);
    }

    private static CommandFailure unreachable(String sentence, Throwable cause) {
        return new CommandFailure(Reason.API_UNREACHABLE, sentence, cause);
    }

    private CommandFailure failed(String sentence, @Nullable Throwable cause) {
        return new CommandFailure(Reason.API_FAILED, server + ": " + sentence, cause);
    }

    private JsonNode read(byte[] body) {
        JsonNode answer;
        try {
            answer = MAPPER.readTree(body);
        } catch (IOException e) {
            String where = e instanceof JsonProcessingException json && json.getLocation() != null
                    ? " at line " + json.getLocation().getLineNr() + ", column "
                            + json.getLocation().getColumnNr()
                    : "";
            throw failed("the answer is not valid JSON" + where, null);
        }
        if (answer == null || !answer.isObject()) {
            throw failed("the answer is not a JSON object", null);
        }
        return answer;
    }

    private CommandFailure problem(int status, HttpResponse<byte[]> response) {
        JsonNode problem;
        try {
            problem = read(response.body());
        } catch (CommandFailure e) {
            return new CommandFailure(
                    reason(status, ""), server + " answers with status " + status + ", not by Redrive's API", e);
        }
        String reason = problem.path("reason").asText();
        StringBuilder sentence = new StringBuilder(problem.path("title").asText("status " + status));
        if (problem.hasNonNull("detail")) {
            sentence.append(": ").append(problem.path("detail").asText());
        }
        if (problem.hasNonNull("rejection") && !problem.path("rejection").equals(problem.path("detail"))) {
            sentence.append(" (").append(problem.path("rejection").asText()).append(')');
        }
        if (problem.hasNonNull("percent")) {
            sentence.append(", ").append(problem.path("percent").asInt()).append(" % is read");
        }
        if (problem.hasNonNull("commandId")) {
            sentence.append("; command ").append(problem.path("commandId").asText());
        }
        response.headers()
                .firstValue("Retry-After")
                .filter(seconds -> seconds.matches("[0-9]{1,6}"))
                .ifPresent(seconds ->
                        sentence.append("; try again in ").append(seconds).append(" s"));
        return CommandFailure.ofApi(reason(status, reason), reason, sentence.toString(), fieldErrors(problem));
    }

    private static List<String> fieldErrors(JsonNode problem) {
        List<String> lines = new ArrayList<>();
        for (JsonNode error : problem.path("errors")) {
            if (lines.size() == MAX_FIELD_ERRORS) {
                break;
            }
            String pointer = error.path("pointer").asText();
            lines.add((pointer.isEmpty() ? "" : pointer + ": ")
                    + error.path("detail").asText());
        }
        return lines;
    }

    private static Reason reason(int status, String apiReason) {
        return switch (status) {
            case 400 ->
                switch (apiReason) {
                    case "FILTER_INVALID", "PARAMETER_INVALID", "BODY_INVALID" -> Reason.USAGE;
                    default -> Reason.API_FAILED;
                };
            case 401 -> Reason.NOT_AUTHENTICATED;
            case 403 -> Reason.NOT_AUTHORIZED;
            case 404 -> Reason.NOT_FOUND;
            case 409, 422 -> Reason.REJECTED;
            case 429, 502, 503, 504 -> Reason.API_UNAVAILABLE;
            default -> Reason.API_FAILED;
        };
    }

    /** Collects an answer up to a size. The HTTP client calls it from one thread at a time. */
    private static final class BoundedBody implements BodySubscriber<byte[]> {

        private final int maxBytes;
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        private final CompletableFuture<byte[]> body = new CompletableFuture<>();
        private @Nullable Subscription subscription;

        BoundedBody(int maxBytes) {
            this.maxBytes = maxBytes;
        }

        @Override
        public CompletionStage<byte[]> getBody() {
            return body;
        }

        @Override
        public void onSubscribe(Subscription subscription) {
            this.subscription = subscription;
            subscription.request(Long.MAX_VALUE);
        }

        @Override
        public void onNext(List<ByteBuffer> parts) {
            for (ByteBuffer part : parts) {
                if (part.remaining() > maxBytes - bytes.size()) {
                    if (subscription != null) {
                        subscription.cancel();
                    }
                    body.completeExceptionally(new TooLargeException());
                    return;
                }
                byte[] copy = new byte[part.remaining()];
                part.get(copy);
                bytes.writeBytes(copy);
            }
        }

        @Override
        public void onError(Throwable failure) {
            body.completeExceptionally(failure);
        }

        @Override
        public void onComplete() {
            body.complete(bytes.toByteArray());
        }

        /** The answer is larger than is read. */
        static final class TooLargeException extends IOException {

            private static final long serialVersionUID = 1L;
        }
    }
}
