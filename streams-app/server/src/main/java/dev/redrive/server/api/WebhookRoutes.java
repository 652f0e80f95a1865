package dev.redrive.server.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.redrive.avro.FailureCause;
import dev.redrive.avro.JobFailure;
import dev.redrive.avro.JobLifecycle;
import dev.redrive.avro.LifecycleStage;
import dev.redrive.codec.InputRecords;
import dev.redrive.codec.NaturalJson.NaturalJsonResult;
import dev.redrive.codec.NaturalJson.NaturalJsonResult.Refused;
import dev.redrive.config.ServerSettings.WebhookSettings;
import dev.redrive.contract.TopicNames;
import dev.redrive.metrics.ServerCounters;
import dev.redrive.metrics.ServerCounters.WebhookRefusal;
import dev.redrive.server.RecordWriter;
import dev.redrive.server.api.AuditLog.Write;
import dev.redrive.server.api.StrictJson.StrictJsonException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.apache.avro.specific.SpecificRecord;
import org.jspecify.annotations.Nullable;

/**
 * {@code POST /v1/webhooks/{source}}: turns the platform's events into lifecycle and failure records. The signature is
 * an HMAC-SHA256 over the raw body, in {@code X-Webhook-Signature: sha256=<hex>}; the event's time is in the body, and
 * so is signed too. Safe for use by several threads.
 */
public final class WebhookRoutes {

    static final String SIGNATURE = "X-Webhook-Signature";

    /** An event may differ from this instance's time by so much. */
    private static final Duration WINDOW = Duration.ofMinutes(5);

    /** Signatures that are remembered for twice the window, so that none is accepted again within it. */
    private static final int MAX_SEEN = 100_000;

    private static final Pattern HEX = Pattern.compile("(?:sha256=)?([0-9a-fA-F]{64})");

    /** Kept where a source is not known, so that its answer takes as long. */
    private static final byte[] NO_SECRET = "no source has this secret".getBytes(StandardCharsets.US_ASCII);

    private final Map<String, WebhookSettings> sources;
    private final InputRecords records;
    private final RecordWriter writer;
    private final TopicNames names;
    private final AuditLog audit;
    private final ServerCounters counters;
    private final Clock clock;
    private final Map<String, Instant> seen = new LinkedHashMap<>();

    /**
     * Creates the route.
     *
     * @param sources the secrets by source
     * @param records checks records as the pipeline does
     */
    public WebhookRoutes(
            Map<String, WebhookSettings> sources,
            InputRecords records,
            RecordWriter writer,
            TopicNames names,
            AuditLog audit,
            ServerCounters counters,
            Clock clock) {
        this.sources = Map.copyOf(sources);
        this.records = records;
        this.writer = writer;
        this.names = names;
        this.audit = audit;
        this.counters = counters;
        this.clock = clock;
    }

    /** Adds the handler to those of all routes. */
    public void addTo(Map<ApiRoute, RouteHandler> handlers) {
        handlers.put(ApiRoute.WEBHOOK, this::event);
    }

    private void event(Call call) {
        byte[] body = call.bytes();
        String signature = signature(call);
        if (!signed(call.path("source"), body, signature)) {
            throw refused(call, ApiError.SIGNATURE_INVALID, WebhookRefusal.SIGNATURE_INVALID, null);
        }
        ObjectNode event = object(call, body);
        Instant at = time(event);
        if (at == null) {
            throw refused(call, ApiError.BODY_INVALID, WebhookRefusal.BODY_INVALID, "created_at must be an instant");
        }
        if (Duration.between(at, clock.instant()).abs().compareTo(WINDOW) > 0) {
            throw refused(call, ApiError.TIMESTAMP_OUTSIDE_WINDOW, WebhookRefusal.TIMESTAMP_OUTSIDE_WINDOW, null);
        }
        SpecificRecord record = record(call, event, at);
        if (!first(signature)) {
            throw refused(call, ApiError.WEBHOOK_REPLAYED, WebhookRefusal.WEBHOOK_REPLAYED, null);
        }
        publish(call, record, signature);
    }

    private void publish(Call call, SpecificRecord record, String signature) {
        String topic = record instanceof JobFailure ? names.failures() : names.lifecycle();
        try {
            writer.write(topic, null, InputRecords.key(record), record).join();
        } catch (CompletionException e) {
            synchronized (seen) {
                seen.remove(signature);
            }
            throw new ApiException(ApiError.KAFKA_UNAVAILABLE, "send the event again").retryAfter(5);
        }
        counters.published();
        audit.written(caller(call), new Write("webhook.event", null, AuditLog.DONE, null, null, 1L));
        call.answer(202, Map.of("status", "ACCEPTED"));
    }

    private static String signature(Call call) {
        String header = call.header(SIGNATURE);
        var matcher = HEX.matcher(header == null ? "" : header.strip());
        return matcher.matches() ? matcher.group(1).toLowerCase(Locale.ROOT) : "";
    }

    private boolean signed(String source, byte[] body, String signature) {
        WebhookSettings settings = sources.get(source);
        byte[] given = HexFormat.of().parseHex(signature);
        if (settings == null) {
            MessageDigest.isEqual(hmac(NO_SECRET, body), given);
            return false;
        }
        boolean signed = false;
        for (var secret : settings.secrets()) {
            signed |= MessageDigest.isEqual(hmac(secret.reveal().getBytes(StandardCharsets.UTF_8), body), given);
        }
        return signed;
    }

    static byte[] hmac(byte[] secret, byte[] body) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(secret, "HmacSHA256"));
            return mac.doFinal(body);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has HmacSHA256", e);
        }
    }

    private boolean first(String signature) {
        Instant now = clock.instant();
        synchronized (seen) {
            Iterator<Instant> oldest = seen.values().iterator();
            while (oldest.hasNext()) {
                boolean needed = oldest.next().isAfter(now.minus(WINDOW.multipliedBy(2)));
                if (needed && seen.size() < MAX_SEEN) {
                    break;
                }
                oldest.remove();
            }
            return seen.putIfAbsent(signature, now) == null;
        }
    }

    private ObjectNode object(Call call, byte[] body) {
        try {
            if (StrictJson.read(body) instanceof ObjectNode object) {
                return object;
            }
            throw refused(call, ApiError.BODY_INVALID, WebhookRefusal.BODY_INVALID, "the body must be a JSON object");
        } catch (StrictJsonException e) {
            throw refused(call, ApiError.BODY_MALFORMED, WebhookRefusal.BODY_INVALID, e.getMessage());
        }
    }

    private static @Nullable Instant time(ObjectNode event) {
        JsonNode at = event.path("created_at");
        try {
            if (at.isIntegralNumber() && at.canConvertToLong()) {
                return Instant.ofEpochSecond(at.longValue());
            }
            return at.isTextual() ? OffsetDateTime.parse(at.textValue()).toInstant() : null;
        } catch (DateTimeException e) {
            return null;
        }
    }

    private SpecificRecord record(Call call, ObjectNode event, Instant at) {
        JsonNode data = event.path("data");
        JsonNode metadata = data.path("metadata");
        String operation = text(data, "operation");
        String service = text(data, "service");
        if (service.isEmpty() && operation.indexOf('.') > 0) {
            service = operation.substring(0, operation.indexOf('.'));
        }
        String user = text(metadata, "user_id");
        String job = text(metadata, "job_id");
        int attempt =
                metadata.path("attempt").isInt() ? metadata.path("attempt").intValue() : 0;
        if (user.isEmpty() || job.isEmpty()) {
            throw refused(
                    call,
                    ApiError.BODY_INVALID,
                    WebhookRefusal.BODY_INVALID,
                    "data.metadata must hold user_id and job_id");
        }
        NaturalJsonResult<? extends SpecificRecord> checked = switch (status(event, data)) {
            case "completed" ->
                records.checked(lifecycle(user, job, attempt, at, LifecycleStage.SUCCEEDED, data)
                        .setService(service)
                        .setOperation(operation)
                        .build());
            case "started" ->
                records.checked(lifecycle(user, job, attempt, at, LifecycleStage.STARTED, data)
                        .setService(service)
                        .setOperation(operation)
                        .build());
            case "failed" ->
                records.checked(failure(user, job, attempt, at, data)
                        .setService(service)
                        .setOperation(operation)
                        .build());
            default ->
                throw refused(
                        call,
                        ApiError.BODY_INVALID,
                        WebhookRefusal.BODY_INVALID,
                        "data.status must be started, completed or failed");
        };
        if (checked instanceof NaturalJsonResult.Read<? extends SpecificRecord> read) {
            return read.value();
        }
        throw refused(call, ApiError.BODY_INVALID, WebhookRefusal.BODY_INVALID, ((Refused<?>) checked).sentence());
    }

    private static JobLifecycle.Builder lifecycle(
            String user, String job, int attempt, Instant at, LifecycleStage stage, JsonNode data) {
        String requestId = text(data, "request_id");
        return JobLifecycle.newBuilder()
                .setUserId(user)
                .setJobId(job)
                .setAttempt(attempt)
                .setStage(stage)
                .setRequestId(requestId.isEmpty() ? null : requestId)
                .setAt(at);
    }

    private static JobFailure.Builder failure(String user, String job, int attempt, Instant at, JsonNode data) {
        String message = text(data, "error_message");
        JsonNode error = data.path("error");
        return JobFailure.newBuilder()
                .setUserId(user)
                .setJobId(job)
                .setAttempt(attempt)
                .setCause(FailureCause.ASYNC)
                .setErrorMessage(message.isEmpty() ? null : message)
                .setErrorBody(error.isObject() ? StrictJson.write(Map.of("success", false, "error", error)) : null)
                .setFailedAt(at);
    }

    /** Returns the status of the job, or the last part of the event's type, e.g. of {@code music.song.completed}. */
    private static String status(ObjectNode event, JsonNode data) {
        String status = text(data, "status");
        String type = text(event, "type");
        return (status.isEmpty() ? type.substring(type.lastIndexOf('.') + 1) : status).toLowerCase(Locale.ROOT);
    }

    private static String text(JsonNode object, String name) {
        return object.path(name).isTextual() ? object.path(name).textValue() : "";
    }

    private ApiException refused(Call call, ApiError error, WebhookRefusal refusal, @Nullable String detail) {
        counters.refused(refusal);
        audit.denied(caller(call), "webhook.event", error);
        return new ApiException(error, detail);
    }

    /** Names the source if it is known: the path holds free text of whoever sends. */
    private Caller caller(Call call) {
        Caller caller = call.caller();
        String source = call.path("source");
        return sources.containsKey(source)
                ? new Caller(Caller.WEBHOOK + "." + source, caller.roles(), null, null, caller.address())
                : caller;
    }
}
