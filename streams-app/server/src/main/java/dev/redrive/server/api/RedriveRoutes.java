package dev.redrive.server.api;

import dev.redrive.avro.Redrive;
import dev.redrive.server.api.AuditLog.Write;
import dev.redrive.server.index.Filter;
import dev.redrive.server.index.Letter;
import dev.redrive.server.index.LetterIndex;
import dev.redrive.server.index.LetterResult;
import dev.redrive.server.index.LetterState;
import dev.redrive.server.index.RedriveCommandId;
import dev.redrive.server.index.RedriveIndex;
import dev.redrive.server.redrive.Planner;
import dev.redrive.server.redrive.Planner.Action;
import dev.redrive.server.redrive.Planner.Wish;
import dev.redrive.server.redrive.RedriveState;
import dev.redrive.server.redrive.Redrives;
import dev.redrive.server.redrive.Redrives.Decided;
import dev.redrive.server.redrive.Redrives.Refusal;
import dev.redrive.server.redrive.Redrives.View;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CompletionException;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** Routes about redrives: plan, decisions, progress and results. Safe for use by several threads. */
public final class RedriveRoutes {

    private static final int DEFAULT_LIMIT = 50;
    private static final int MAX_LIMIT = 500;
    private static final int DEFAULT_RATE = 100;
    private static final int DEFAULT_MIN_SUCCESS = 90;
    private static final long DEFAULT_CANARY_WAIT_S = 600;

    /** How long a write waits until this instance's index has it, so that the next request finds it. */
    private static final Duration INDEXED_WITHIN = Duration.ofSeconds(2);

    private static final long INDEXED_CHECK_NANOS = Duration.ofMillis(5).toNanos();

    private final Redrives redrives;
    private final RedriveIndex index;
    private final LetterIndex letters;
    private final IndexReads reads;
    private final AuditLog audit;
    private final Clock clock;

    /** Creates the routes. */
    public RedriveRoutes(
            Redrives redrives, RedriveIndex index, LetterIndex letters, IndexReads reads, AuditLog audit, Clock clock) {
        this.redrives = redrives;
        this.index = index;
        this.letters = letters;
        this.reads = reads;
        this.audit = audit;
        this.clock = clock;
    }

    /** Adds the handlers to those of all routes. */
    public void addTo(Map<ApiRoute, RouteHandler> handlers) {
        handlers.put(ApiRoute.REDRIVES, this::list);
        handlers.put(ApiRoute.REDRIVE_PLAN, this::plan);
        handlers.put(ApiRoute.REDRIVE, this::show);
        handlers.put(ApiRoute.REDRIVE_RESULTS, this::results);
        handlers.put(ApiRoute.REDRIVE_START, this::start);
        handlers.put(ApiRoute.REDRIVE_PAUSE, call -> decide(call, redrives.pause(id(call))));
        handlers.put(ApiRoute.REDRIVE_RESUME, call -> decide(call, redrives.resume(id(call))));
        handlers.put(ApiRoute.REDRIVE_CANCEL, call -> decide(call, redrives.cancel(id(call))));
    }

    private void list(Call call) throws InterruptedException {
        int limit = call.query("limit", DEFAULT_LIMIT, 1, MAX_LIMIT);
        byte[] cursor = IndexReads.cursor(call);
        reads.require(call);
        String asOf = reads.asOf();
        Instant before = cursor == null ? Instant.ofEpochMilli(Long.MAX_VALUE) : instant(cursor);
        List<View> found = redrives.list(before, limit + 1);
        List<View> page = found.subList(0, Math.min(limit, found.size()));
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("redrives", page.stream().map(RedriveRoutes::json).toList());
        View last = found.size() > limit ? page.get(limit - 1) : null;
        json.put(
                "next",
                last == null
                        ? null
                        : IndexReads.cursor(
                                call,
                                ByteBuffer.allocate(Long.BYTES)
                                        .putLong(last.state()
                                                .control()
                                                .getPlannedAt()
                                                .toEpochMilli())
                                        .array()));
        json.put("asOf", asOf);
        call.answer(200, json);
    }

    private static Instant instant(byte[] values) {
        if (values.length != Long.BYTES) {
            throw new ApiException(ApiError.CURSOR_INVALID, null);
        }
        return Instant.ofEpochMilli(ByteBuffer.wrap(values).getLong());
    }

    private void plan(Call call) throws InterruptedException {
        JsonBody body = call.body();
        String action = body.optionalText("action", 20);
        String filter = body.optionalText("filter", Filter.MAX_CHARS);
        List<String> listed = body.texts("letters", RedriveIndex.MAX_LISTED, 36);
        String failedOf = body.optionalText("failedOf", 100);
        long rate = body.number("ratePerSecond", DEFAULT_RATE, 1, Planner.MAX_RATE);
        long ramp = body.number("rampSeconds", 0, 0, 3_600);
        long canary = body.number("canary", 0, 0, 10_000);
        long minSuccess = body.number("minSuccessPercent", DEFAULT_MIN_SUCCESS, 0, 100);
        long canaryWait = body.number("canaryWaitSeconds", DEFAULT_CANARY_WAIT_S, 1, 86_400);
        boolean override = body.flag("override");
        int chosenBy = (filter == null ? 0 : 1) + (listed.isEmpty() ? 0 : 1) + (failedOf == null ? 0 : 1);
        if (chosenBy != 1) {
            body.error("filter", "give one of filter, letters, which lists ids, and failedOf, the id of a redrive");
        }
        if (action != null && !action.equals("REDRIVE") && !action.equals("DISCARD")) {
            body.error("action", "must be REDRIVE or DISCARD");
        }
        List<UUID> ids = uuids(listed, body);
        body.end();
        reads.require(call);
        if (failedOf != null) {
            ids = failedOf(failedOf);
        }
        Wish wish = new Wish(
                action == null ? Action.REDRIVE : Action.valueOf(action),
                reads.parse(filter),
                ids,
                (int) rate,
                (int) ramp,
                (int) canary,
                (int) minSuccess,
                Duration.ofSeconds(canaryWait),
                override);
        String outOfRange = wish.outOfRange();
        if (outOfRange != null) {
            throw new ApiException(ApiError.BODY_INVALID, outOfRange);
        }
        taken(call, redrives.plan(wish, call.caller().name()), null, 201);
    }

    private static List<UUID> uuids(List<String> listed, JsonBody body) {
        List<UUID> ids = new ArrayList<>();
        for (String text : listed) {
            UUID id = RedriveCommandId.uuid(text);
            if (id == null) {
                body.error("letters", "must list ids of dead letters");
                return List.of();
            }
            ids.add(id);
        }
        return ids;
    }

    /** Returns the open letters of the jobs that a redrive brought back and that failed again. */
    private List<UUID> failedOf(String redriveId) {
        if (redrives.get(redriveId) == null) {
            throw new ApiException(ApiError.NOT_FOUND, "there is no redrive failedOf");
        }
        List<UUID> ids = new ArrayList<>();
        for (RedriveIndex.Result result :
                index.results(redriveId, LetterResult.DEAD_AGAIN, null, RedriveIndex.MAX_LISTED)) {
            Letter before = letters.letter(UUID.fromString(result.letterId()));
            if (before != null) {
                letters.ofJob(before.userId(), before.jobId()).stream()
                        .filter(letter -> letter.state() == LetterState.OPEN)
                        .forEach(letter -> ids.add(UUID.fromString(letter.id())));
            }
        }
        if (ids.isEmpty()) {
            throw new ApiException(ApiError.STATE_CONFLICT, "no letter of this redrive has failed again and is open");
        }
        return ids.subList(0, Math.min(ids.size(), RedriveIndex.MAX_LISTED));
    }

    private void start(Call call) throws InterruptedException {
        JsonBody body = call.body();
        String reason = body.reason();
        long count = body.number("count", -1, 0, Long.MAX_VALUE);
        body.end();
        reads.require(call);
        Decided decided = redrives.start(
                id(call), count < 0 ? null : Long.valueOf(count), call.caller().name(), reason);
        decided(call, decided, reason);
    }

    private void decide(Call call, Decided decided) {
        JsonBody body = call.body();
        String reason = body.optionalText("reason", JsonBody.MAX_REASON);
        body.end();
        decided(call, decided, reason);
    }

    private void decided(Call call, Decided decided, @Nullable String reason) {
        if (decided instanceof Decided.Taken taken) {
            taken(call, taken, reason, 200);
            return;
        }
        Refusal why = ((Decided.Refused) decided).why();
        ApiError error = switch (why) {
            case NOT_FOUND -> ApiError.NOT_FOUND;
            case STATE_CONFLICT -> ApiError.STATE_CONFLICT;
            case PLAN_EXPIRED -> ApiError.PLAN_EXPIRED;
            case COUNT_DIFFERS -> ApiError.COUNT_DIFFERS;
        };
        audit(call, id(call), error.name(), reason, null, null);
        throw new ApiException(error, null);
    }

    private void taken(Call call, Decided.Taken taken, @Nullable String reason, int status) {
        Redrive redrive = taken.redrive();
        try {
            taken.written().join();
        } catch (CompletionException e) {
            audit(call, redrive.getRedriveId(), ApiError.KAFKA_UNAVAILABLE.name(), reason, null, null);
            throw new ApiException(ApiError.KAFKA_UNAVAILABLE, "the decision is not known to be written").retryAfter(5);
        }
        audit(call, redrive.getRedriveId(), AuditLog.DONE, reason, redrive.getFilter(), redrive.getPlanned());
        View view = indexed(redrive);
        call.answer(status, json(view == null ? new View(RedriveState.of(redrive, null), null, Map.of()) : view));
    }

    /** Returns the redrive when the index has the decision; {@code null} if that takes too long. */
    private @Nullable View indexed(Redrive decision) {
        long deadline = System.nanoTime() + INDEXED_WITHIN.toNanos();
        while (System.nanoTime() - deadline < 0) {
            View view = redrives.get(decision.getRedriveId());
            if (view != null && view.state().control().getRevision() >= decision.getRevision()) {
                return view;
            }
            LockSupport.parkNanos(INDEXED_CHECK_NANOS);
        }
        return null;
    }

    private void audit(
            Call call,
            String redriveId,
            String outcome,
            @Nullable String reason,
            @Nullable String filter,
            @Nullable Long count) {
        String action = String.valueOf(call.route().action());
        audit.written(call.caller(), new Write(action, redriveId, outcome, reason, filter, count));
    }

    private static String id(Call call) {
        return call.path("redriveId");
    }

    private void show(Call call) throws InterruptedException {
        reads.require(call);
        View view = redrives.get(id(call));
        if (view == null) {
            throw new ApiException(ApiError.NOT_FOUND, null);
        }
        call.answer(200, json(view));
    }

    private void results(Call call) throws InterruptedException {
        int limit = call.query("limit", DEFAULT_LIMIT, 1, MAX_LIMIT);
        LetterResult only = result(call.query("result"));
        byte[] cursor = IndexReads.cursor(call);
        reads.require(call);
        String asOf = reads.asOf();
        if (redrives.get(id(call)) == null) {
            throw new ApiException(ApiError.NOT_FOUND, null);
        }
        List<RedriveIndex.Result> found =
                index.results(id(call), only, cursor == null ? null : uuid(cursor), limit + 1);
        List<RedriveIndex.Result> page = found.subList(0, Math.min(limit, found.size()));
        List<Map<String, Object>> listed = new ArrayList<>();
        for (RedriveIndex.Result result : page) {
            Map<String, Object> one = new LinkedHashMap<>();
            one.put("letter", result.letterId());
            one.put("result", result.result().name());
            one.put("detail", result.detail());
            one.put("at", LetterRoutes.text(result.at()));
            listed.add(one);
        }
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("results", listed);
        json.put(
                "next",
                found.size() > limit
                        ? IndexReads.cursor(
                                call, bytes(UUID.fromString(page.get(limit - 1).letterId())))
                        : null);
        json.put("asOf", asOf);
        call.answer(200, json);
    }

    private static @Nullable LetterResult result(@Nullable String name) {
        for (LetterResult result : LetterResult.values()) {
            if (result.name().equals(name)) {
                return result;
            }
        }
        if (name != null) {
            throw new ApiException(ApiError.PARAMETER_INVALID, "result is not known");
        }
        return null;
    }

    private static byte[] bytes(UUID id) {
        return ByteBuffer.allocate(16)
                .putLong(id.getMostSignificantBits())
                .putLong(id.getLeastSignificantBits())
                .array();
    }

    private static UUID uuid(byte[] values) {
        if (values.length != 16) {
            throw new ApiException(ApiError.CURSOR_INVALID, null);
        }
        ByteBuffer buffer = ByteBuffer.wrap(values);
        return new UUID(buffer.getLong(), buffer.getLong());
    }

    private static Map<String, Object> json(View view) {
        Redrive control = view.state().control();
        Redrive progress = view.progress();
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("id", control.getRedriveId());
        json.put("state", view.state().word());
        json.put("halt", view.state() instanceof RedriveState.Halted halted ? halted.why() : null);
        json.put("action", control.getAction());
        json.put("filter", control.getFilter());
        json.put("planned", control.getPlanned());
        json.put("countNeeded", control.getPlanned() > Planner.COUNT_NEEDED_ABOVE);
        json.put("blocked", new TreeMap<>(control.getBlocked()));
        json.put("reasons", new TreeMap<>(control.getReasons()));
        json.put("samples", control.getSamples());
        json.put("durationMs", Planner.duration(control).toMillis());
        json.put("ratePerSecond", control.getRatePerSecond());
        json.put("rampSeconds", control.getRampSeconds());
        json.put("canary", control.getCanary());
        json.put("minSuccessPercent", control.getMinSuccessPercent());
        json.put("override", control.getOverride());
        json.put("actor", control.getActor());
        json.put("plannedAt", LetterRoutes.text(control.getPlannedAt()));
        json.put("expiresAt", LetterRoutes.text(control.getExpiresAt()));
        json.put("startedBy", control.getStartedBy());
        json.put("startedAt", LetterRoutes.text(control.getStartedAt()));
        json.put("reason", control.getReason());
        json.put("issued", progress == null ? 0 : progress.getIssued());
        json.put("endedAt", progress == null ? null : LetterRoutes.text(progress.getEndedAt()));
        Map<String, Long> results = new TreeMap<>();
        view.results().forEach((result, count) -> results.put(result.name(), count));
        json.put("results", results);
        return json;
    }
}
