package dev.redrive.server.api;

import dev.redrive.avro.JobFailure;
import dev.redrive.codec.InputRecords;
import dev.redrive.codec.NaturalJson;
import dev.redrive.codec.NaturalJson.NaturalJsonResult;
import dev.redrive.codec.NaturalJson.NaturalJsonResult.Read;
import dev.redrive.codec.NaturalJson.NaturalJsonResult.Refused;
import dev.redrive.metrics.ServerCounters;
import dev.redrive.server.RecordWriter;
import dev.redrive.server.api.ApiException.FieldError;
import dev.redrive.server.api.AuditLog.Write;
import dev.redrive.server.api.IdempotencyKeys.Answer;
import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Semaphore;
import org.apache.avro.specific.SpecificRecord;
import org.jspecify.annotations.Nullable;

/**
 * {@code POST /v1/failures}: takes failures as {@code redrive publish} reads them. Accepted means written by Kafka. The
 * same request can be sent again after an error or a crash: the pipeline drops a failure whose user, job and attempt it
 * has seen. Safe for use by several threads.
 */
public final class FailureRoutes {

    private static final int MAX_LINES = 100_000;

    /** Batches at a time; each may hold 16 MiB. */
    private static final int MAX_BATCHES = 4;

    private final InputRecords records;
    private final RecordWriter writer;
    private final String topic;
    private final AuditLog audit;
    private final ServerCounters counters;
    private final IdempotencyKeys keys;
    private final Semaphore batches = new Semaphore(MAX_BATCHES);

    /**
     * Creates the route.
     *
     * @param records parser of failures
     * @param topic the topic of the failures
     */
    public FailureRoutes(
            InputRecords records,
            RecordWriter writer,
            String topic,
            AuditLog audit,
            ServerCounters counters,
            Clock clock) {
        this.records = records;
        this.writer = writer;
        this.topic = topic;
        this.audit = audit;
        this.counters = counters;
        this.keys = new IdempotencyKeys(clock);
    }

    /** Adds the handler to those of all routes. */
    public void addTo(Map<ApiRoute, RouteHandler> handlers) {
        handlers.put(ApiRoute.FAILURES_PUBLISH, this::publish);
    }

    private void publish(Call call) {
        if (!batches.tryAcquire()) {
            throw new ApiException(ApiError.TOO_MANY_REQUESTS, "too many batches at a time").retryAfter(1);
        }
        try {
            String key = call.header("Idempotency-Key");
            Answer answer = key == null ? published(call, null) : once(call, key);
            call.answer(answer.status(), answer.contentType(), answer.body());
        } finally {
            batches.release();
        }
    }

    private Answer once(Call call, String key) {
        byte[] body = call.bytes();
        String caller = call.caller().name();
        Answer former = keys.begin(caller, key, body);
        if (former != null) {
            return former;
        }
        boolean ended = false;
        try {
            Answer answer = published(call, body);
            keys.end(caller, key, answer);
            ended = true;
            return answer;
        } finally {
            if (!ended) {
                keys.forget(caller, key);
            }
        }
    }

    private Answer published(Call call, byte @Nullable [] body) {
        return call.mediaType().equals(ApiRoute.NDJSON_TYPE) ? batch(call, body) : one(call, body);
    }

    private Answer one(Call call, byte @Nullable [] body) {
        NaturalJsonResult<? extends SpecificRecord> result = records.read(body == null ? call.bytes() : body);
        if (result instanceof Read<? extends SpecificRecord> read) {
            CompletableFuture<?> sent = send(read.value());
            if (!isWritten(sent)) {
                audited(call, 0, ApiError.KAFKA_UNAVAILABLE.name());
                throw new ApiException(ApiError.KAFKA_UNAVAILABLE, "the failure is not known to be written")
                        .retryAfter(5);
            }
            audited(call, 1, AuditLog.DONE);
            return new Answer(202, "application/json", bytes(accepted(null, attemptMissing(read.value()))));
        }
        Refused<?> refused = (Refused<?>) result;
        ApiError error = refused.problem() == NaturalJsonResult.Problem.MALFORMED
                        || refused.problem() == NaturalJsonResult.Problem.DUPLICATE_FIELD
                ? ApiError.BODY_MALFORMED
                : refused.problem() == NaturalJsonResult.Problem.TOO_LARGE
                        ? ApiError.BODY_TOO_LARGE
                        : ApiError.BODY_INVALID;
        throw new ApiException(
                error, null, List.of(new FieldError(refused.path(), refused.problem() + ": " + refused.message())));
    }

    /** One line of a batch: refused, or sent. The record is not kept: the producer has its bytes. */
    private record Line(int number, @Nullable Refused<?> refused, boolean attemptMissing, CompletableFuture<?> sent) {}

    private Answer batch(Call call, byte @Nullable [] body) {
        List<Line> lines = new ArrayList<>();
        try (InputStream in = new BufferedInputStream(body == null ? call.stream() : new ByteArrayInputStream(body))) {
            read(call, in, lines);
        } catch (IOException e) {
            throw partly(Call.unreadable(e), call, lines);
        } catch (ApiException e) {
            throw partly(e, call, lines);
        }
        long written = written(lines);
        long refused = lines.stream().filter(line -> line.refused() != null).count();
        if (written + refused < lines.size()) {
            throw partly(
                    new ApiException(ApiError.KAFKA_UNAVAILABLE, "send the whole batch again").retryAfter(5),
                    call,
                    lines);
        }
        audited(call, written, AuditLog.DONE);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (Line line : lines) {
            out.writeBytes(bytes(result(line)));
            out.write('\n');
        }
        return new Answer(200, ApiRoute.NDJSON_TYPE, out.toByteArray());
    }

    private void read(Call call, InputStream in, List<Line> lines) throws IOException {
        long total = 0;
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int c = in.read(); c >= 0; c = in.read()) {
            if (++total > call.route().body().maxBytes()) {
                throw Call.tooLarge(call.route());
            }
            if (c != '\n') {
                if (line.size() <= NaturalJson.MAX_LINE_BYTES) {
                    line.write(c);
                }
            } else {
                take(line, lines);
            }
        }
        take(line, lines);
    }

    private void take(ByteArrayOutputStream line, List<Line> lines) {
        byte[] bytes = line.toByteArray();
        line.reset();
        if (new String(bytes, StandardCharsets.ISO_8859_1).isBlank()) {
            return;
        }
        if (lines.size() >= MAX_LINES) {
            throw new ApiException(ApiError.BODY_TOO_LARGE, "at most " + MAX_LINES + " lines");
        }
        int number = lines.size() + 1;
        NaturalJsonResult<? extends SpecificRecord> result = records.read(bytes);
        lines.add(
                result instanceof Read<? extends SpecificRecord> read
                        ? new Line(number, null, attemptMissing(read.value()), send(read.value()))
                        : new Line(number, (Refused<?>) result, false, CompletableFuture.completedFuture(null)));
    }

    /** Adds to an error how many failures of the batch are written all the same. */
    private ApiException partly(ApiException e, Call call, List<Line> lines) {
        long written = written(lines);
        audited(call, written, e.error().name());
        return e.with("accepted", written);
    }

    private static long written(List<Line> lines) {
        return lines.stream()
                .filter(line -> line.refused() == null && isWritten(line.sent()))
                .count();
    }

    private CompletableFuture<?> send(SpecificRecord record) {
        return writer.write(topic, null, InputRecords.key(record), record).thenRun(counters::published);
    }

    private static boolean isWritten(CompletableFuture<?> sent) {
        try {
            sent.join();
            return true;
        } catch (CompletionException e) {
            return false;
        }
    }

    private void audited(Call call, long count, String outcome) {
        audit.written(call.caller(), new Write("failures.publish", null, outcome, null, null, count));
    }

    private static Map<String, Object> result(Line line) {
        Refused<?> refused = line.refused();
        if (refused == null) {
            return accepted(line.number(), line.attemptMissing());
        }
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("line", line.number());
        json.put("status", "REFUSED");
        json.put("reason", refused.problem().name());
        json.put("detail", refused.sentence());
        return json;
    }

    /** Sent again, a failure without the number of its attempt would count as another one. */
    private static boolean attemptMissing(SpecificRecord record) {
        return record instanceof JobFailure failure && failure.getAttempt() == 0;
    }

    private static Map<String, Object> accepted(@Nullable Integer line, boolean attemptMissing) {
        Map<String, Object> json = new LinkedHashMap<>();
        if (line != null) {
            json.put("line", line);
        }
        json.put("status", "ACCEPTED");
        if (attemptMissing) {
            json.put("warning", "ATTEMPT_MISSING");
        }
        return json;
    }

    private static byte[] bytes(Object json) {
        return StrictJson.write(json).getBytes(StandardCharsets.UTF_8);
    }
}
