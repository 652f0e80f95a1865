package dev.redrive.publish;

import dev.redrive.avro.RequestPayload;
import dev.redrive.avro.RetryRequest;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * An attempt's data before it ends: user, job, attempt, and how to repeat the request.
 *
 * <p>Immutable and thread-safe. Texts have at most {@link Limits#MAX_ID_CHARS} characters.
 */
public final class JobContext {

    private static final Pattern TRACEPARENT = Pattern.compile("[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}");

    private final String userId;
    private final String jobId;
    private final int attempt;
    private final String service;
    private final String operation;
    private final String method;
    private final String route;
    private final @Nullable String idempotencyKey;
    private final @Nullable String contentType;
    private final @Nullable ByteBuffer body;
    private final @Nullable Instant deadline;
    private final @Nullable Integer maxAttempts;
    private final @Nullable String batchId;
    private final Map<String, String> labels;
    private final int priority;
    private final @Nullable String traceparent;

    private JobContext(Builder from) {
        userId = from.userId;
        jobId = from.jobId;
        attempt = from.attempt;
        service = from.service;
        operation = from.operation;
        method = from.method.toUpperCase(Locale.ROOT);
        route = from.route;
        idempotencyKey = given(from.idempotencyKey);
        contentType = given(from.contentType);
        body = from.body;
        deadline = from.deadline;
        maxAttempts = from.maxAttempts;
        batchId = given(from.batchId);
        labels = Map.copyOf(from.labels);
        priority = from.priority;
        traceparent = from.traceparent;
    }

    private static @Nullable String given(@Nullable String text) {
        return text == null || text.isEmpty() ? null : text;
    }

    /**
     * Starts a context with the data of every job.
     *
     * @param userId owner of the job
     * @param jobId the job within the user; the same through every attempt
     * @param service service category, the scope of rate limits, e.g. {@code music}
     * @param operation operation name, e.g. {@code music.song.generate}
     */
    public static Builder of(String userId, String jobId, String service, String operation) {
        return new Builder(userId, jobId, service, operation);
    }

    /**
     * Returns the context of a retry by Redrive, with all data that it carries, so that a failure of the attempt
     * repeats it: a failure without the request leaves the next retry without one. Never rejects a retry; omits an
     * optional value beyond the limits, which only an older release of Redrive lets through.
     *
     * @param retry a record of the ready topic
     */
    public static JobContext of(RetryRequest retry) {
        Builder context = of(retry.getUserId(), retry.getJobId(), retry.getService(), retry.getOperation())
                .request(retry.getMethod(), retry.getRoute())
                .idempotencyKey(retry.getIdempotencyKey())
                .labels(Limits.keepable(retry.getLabels()))
                .traceparent(retry.getTraceparent());
        Instant deadline = retry.getDeadline();
        String batchId = retry.getBatchId();
        Integer maxAttempts = retry.getMaxAttempts();
        context.attempt = retry.getAttempt();
        context.deadline = deadline == null || !Limits.plausible(deadline) ? null : deadline;
        context.batchId = batchId == null || batchId.length() > Limits.MAX_ID_CHARS ? null : batchId;
        context.maxAttempts = maxAttempts == null || maxAttempts < 1 ? null : maxAttempts;
        context.priority = Math.max(0, Math.min(Limits.MAX_PRIORITY, retry.getPriority()));
        RequestPayload payload = retry.getRequest();
        if (payload != null) {
            context.contentType = payload.getContentType();
            context.body = payload.getBody().asReadOnlyBuffer();
        }
        return new JobContext(context);
    }

    String userId() {
        return userId;
    }

    String jobId() {
        return jobId;
    }

    int attempt() {
        return attempt;
    }

    String service() {
        return service;
    }

    String operation() {
        return operation;
    }

    String method() {
        return method;
    }

    String route() {
        return route;
    }

    @Nullable
    String idempotencyKey() {
        return idempotencyKey;
    }

    @Nullable
    String contentType() {
        return contentType;
    }

    @Nullable
    ByteBuffer body() {
        return body == null ? null : body.asReadOnlyBuffer();
    }

    @Nullable
    Instant deadline() {
        return deadline;
    }

    @Nullable
    Integer maxAttempts() {
        return maxAttempts;
    }

    @Nullable
    String batchId() {
        return batchId;
    }

    Map<String, String> labels() {
        return labels;
    }

    int priority() {
        return priority;
    }

    @Nullable
    String traceparent() {
        return traceparent;
    }

    /** Builds a context; not thread-safe. Every method returns the builder. */
    public static final class Builder {

        private final String userId;
        private final String jobId;
        private final String service;
        private final String operation;
        private int attempt;
        private String method = "POST";
        private String route = "";
        private @Nullable String idempotencyKey;
        private @Nullable String contentType;
        private @Nullable ByteBuffer body;
        private @Nullable Instant deadline;
        private @Nullable Integer maxAttempts;
        private @Nullable String batchId;
        private Map<String, String> labels = Map.of();
        private int priority;
        private @Nullable String traceparent;

        private Builder(String userId, String jobId, String service, String operation) {
            this.userId = userId;
            this.jobId = jobId;
            this.service = service;
            this.operation = operation;
        }

        /**
         * Number of the attempt, from 1 without gaps; 0, the default, if unknown. For a retry it is the number in the
         * {@code RetryRequest}.
         */
        public Builder attempt(int number) {
            if (number < 0 || number > Limits.MAX_ATTEMPT) {
                throw new IllegalArgumentException("attempt takes 0 to " + Limits.MAX_ATTEMPT + ", not " + number);
            }
            attempt = number;
            return this;
        }

        /** The HTTP method, default {@code POST}, and the path without query, e.g. {@code /v1/music/songs}. */
        public Builder request(String httpMethod, String path) {
            method = httpMethod;
            route = path;
            return this;
        }

        /** The {@code Idempotency-Key} that the request carried; {@code null} if it carried none. */
        public Builder idempotencyKey(@Nullable String key) {
            idempotencyKey = key;
            return this;
        }

        /**
         * The request's body, so that the request can be repeated; it is copied.
         *
         * @throws IllegalArgumentException if it has more than {@link Limits#MAX_REQUEST_BYTES}; store such a body
         *     elsewhere and publish a reference to it
         */
        public Builder body(String type, byte[] bytes) {
            if (bytes.length > Limits.MAX_REQUEST_BYTES) {
                throw new IllegalArgumentException(
                        "the request's body has " + bytes.length + " bytes, more than " + Limits.MAX_REQUEST_BYTES);
            }
            contentType = type;
            body = ByteBuffer.wrap(bytes.clone());
            return this;
        }

        /** The instant after which a retry is useless. */
        public Builder deadline(@Nullable Instant instant) {
            deadline = instant;
            return this;
        }

        /** Max charged attempts of this job, the first included; lowers the rule's limit, never raises it. */
        public Builder maxAttempts(int max) {
            if (max < 1) {
                throw new IllegalArgumentException("maxAttempts must be positive: " + max);
            }
            maxAttempts = max;
            return this;
        }

        /** The batch that the job belongs to. */
        public Builder batchId(@Nullable String id) {
            batchId = id;
            return this;
        }

        /** Labels that Redrive carries unchanged, at most {@link Limits#MAX_LABELS}. */
        public Builder labels(Map<String, String> given) {
            labels = given;
            return this;
        }

        /** 0, the default, to {@link Limits#MAX_PRIORITY}: of a user's releasable retries, the higher goes first. */
        public Builder priority(int given) {
            if (given < 0 || given > Limits.MAX_PRIORITY) {
                throw new IllegalArgumentException("priority takes 0 to " + Limits.MAX_PRIORITY + ", not " + given);
            }
            priority = given;
            return this;
        }

        /** W3C trace context (Trace Context level 1, section 3.2); a malformed one is omitted, as it requires. */
        public Builder traceparent(@Nullable String value) {
            traceparent = value != null && TRACEPARENT.matcher(value).matches() ? value : null;
            return this;
        }

        /**
         * Builds the context.
         *
         * @throws IllegalArgumentException if an id is empty, a text too long or the deadline before 2000; its message
         *     has no id
         */
        public JobContext build() {
            Limits.id("userId", userId);
            Limits.id("jobId", jobId);
            Limits.id("service", service);
            Limits.id("operation", operation);
            Limits.id("method", method);
            Limits.text("route", route);
            Limits.optional("idempotencyKey", idempotencyKey);
            Limits.optional("contentType", contentType);
            Limits.ahead("deadline", deadline);
            Limits.optional("batchId", batchId);
            Limits.labels(labels);
            return new JobContext(this);
        }
    }
}
