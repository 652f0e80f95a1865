package dev.redrive.server.api;

import dev.redrive.avro.Command;
import dev.redrive.avro.CommandKind;
import dev.redrive.avro.DeadLetter;
import dev.redrive.avro.RequestPayload;
import dev.redrive.config.ServerSettings.Role;
import dev.redrive.server.api.AuditLog.Write;
import dev.redrive.server.index.Filter;
import dev.redrive.server.index.Filter.Field;
import dev.redrive.server.index.GroupState;
import dev.redrive.server.index.Letter;
import dev.redrive.server.index.LetterIndex;
import dev.redrive.server.index.LetterIndex.Cursor;
import dev.redrive.server.index.LetterIndex.Group;
import dev.redrive.server.index.LetterIndex.GroupCursor;
import dev.redrive.server.index.LetterIndex.Page;
import dev.redrive.server.index.LetterPayloads;
import dev.redrive.server.index.LetterState;
import dev.redrive.server.index.RedriveCommandId;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Pattern;
import org.apache.kafka.common.KafkaException;
import org.jspecify.annotations.Nullable;

/** Routes about dead letters and groups of them. Safe for use by several threads. */
public final class LetterRoutes {

    private static final int DEFAULT_LIMIT = 50;
    private static final Set<Field> COUNTED_BY =
            Set.of(Field.CODE, Field.CLASS, Field.REASON, Field.SERVICE, Field.OPERATION, Field.STATUS, Field.GROUP);
    private static final Pattern GROUP = Pattern.compile("[A-Za-z0-9_-]{1,64}");

    private final LetterIndex index;
    private final IndexReads reads;
    private final LetterPayloads payloads;
    private final CommandRoutes commands;
    private final AuditLog audit;
    private final Redaction redaction;
    private final List<Role> payloadsVisibleTo;
    private final Clock clock;

    /**
     * Creates the routes.
     *
     * @param payloadsVisibleTo the roles that see payloads
     */
    public LetterRoutes(
            LetterIndex index,
            IndexReads reads,
            LetterPayloads payloads,
            CommandRoutes commands,
            AuditLog audit,
            Redaction redaction,
            List<Role> payloadsVisibleTo,
            Clock clock) {
        this.index = index;
        this.reads = reads;
        this.payloads = payloads;
        this.commands = commands;
        this.audit = audit;
        this.redaction = redaction;
        this.payloadsVisibleTo = List.copyOf(payloadsVisibleTo);
        this.clock = clock;
    }

    /** Adds the handlers to those of all routes. */
    public void addTo(Map<ApiRoute, RouteHandler> handlers) {
        handlers.put(ApiRoute.LETTERS, this::list);
        handlers.put(ApiRoute.LETTER_COUNTS, this::count);
        handlers.put(ApiRoute.LETTER_GROUPS, this::groups);
        handlers.put(ApiRoute.GROUP_DECIDE, this::decide);
        handlers.put(ApiRoute.LETTER, this::show);
        handlers.put(ApiRoute.LETTER_DISCARD, this::discard);
        handlers.put(ApiRoute.JOB, this::job);
    }

    private void list(Call call) throws InterruptedException {
        int limit = call.query("limit", DEFAULT_LIMIT, 1, LetterIndex.MAX_PAGE);
        byte[] cursor = IndexReads.cursor(call);
        Filter filter = reads.filter(call);
        reads.require(call);
        String asOf = reads.asOf();
        Page page = index.list(filter, cursor == null ? null : letterCursor(cursor), limit);
        LetterIndex.Count count = index.count(filter);
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("letters", page.letters().stream().map(LetterRoutes::json).toList());
        json.put("count", count);
        Cursor next = page.next();
        json.put(
                "next",
                next == null
                        ? null
                        : IndexReads.cursor(
                                call,
                                ByteBuffer.allocate(16)
                                        .putLong(next.deadLetteredAtMs())
                                        .putLong(next.position())
                                        .array()));
        json.put("asOf", asOf);
        call.answer(200, json);
    }

    private static Cursor letterCursor(byte[] values) {
        if (values.length != 16) {
            throw new ApiException(ApiError.CURSOR_INVALID, null);
        }
        ByteBuffer buffer = ByteBuffer.wrap(values);
        return new Cursor(buffer.getLong(), buffer.getLong());
    }

    private void count(Call call) throws InterruptedException {
        Filter filter = reads.filter(call);
        String by = call.query("by");
        Field field = by == null ? null : field(by);
        reads.require(call);
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("asOf", reads.asOf());
        json.put("count", index.count(filter));
        if (field != null) {
            json.put("by", index.histogram(filter, field));
        }
        call.answer(200, json);
    }

    private static Field field(String name) {
        for (Field field : COUNTED_BY) {
            if (field.key().equals(name)) {
                return field;
            }
        }
        throw new ApiException(
                ApiError.PARAMETER_INVALID,
                "by must be one of "
                        + String.join(
                                ", ",
                                COUNTED_BY.stream().map(Field::key).sorted().toList()));
    }

    private void groups(Call call) throws InterruptedException {
        int limit = call.query("limit", DEFAULT_LIMIT, 1, LetterIndex.MAX_PAGE - 1);
        byte[] cursor = IndexReads.cursor(call);
        Filter filter = reads.filter(call);
        reads.require(call);
        String asOf = reads.asOf();
        List<Group> found =
                index.groups(filter, clock.instant(), cursor == null ? null : groupCursor(cursor), limit + 1);
        List<Group> page = found.subList(0, Math.min(limit, found.size()));
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("groups", page.stream().map(LetterRoutes::json).toList());
        Group last = found.size() > limit ? page.get(limit - 1) : null;
        json.put("next", last == null ? null : IndexReads.cursor(call, values(last)));
        json.put("asOf", asOf);
        call.answer(200, json);
    }

    private static byte[] values(Group last) {
        byte[] group = last.kind().group().getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(Long.BYTES + group.length)
                .putLong(last.lastSeenAt().toEpochMilli())
                .put(group)
                .array();
    }

    private static GroupCursor groupCursor(byte[] values) {
        if (values.length <= Long.BYTES) {
            throw new ApiException(ApiError.CURSOR_INVALID, null);
        }
        ByteBuffer buffer = ByteBuffer.wrap(values);
        return new GroupCursor(
                buffer.getLong(), new String(values, Long.BYTES, values.length - Long.BYTES, StandardCharsets.UTF_8));
    }

    private void decide(Call call) {
        JsonBody body = call.body();
        String group = call.path("group");
        if (!GROUP.matcher(group).matches()) {
            throw new ApiException(ApiError.NOT_FOUND, null);
        }
        String state = body.text("state", 20);
        GroupState decided = null;
        for (GroupState known : GroupState.values()) {
            decided = known.name().equals(state) ? known : decided;
        }
        if (decided == null) {
            body.error("state", "must be OPEN, NOTED, IGNORED or RESOLVED");
        }
        String note = decided == GroupState.NOTED
                ? body.text("note", JsonBody.MAX_REASON)
                : body.optionalText("note", JsonBody.MAX_REASON);
        Instant until = until(body, decided);
        body.end();
        if (decided == null) {
            throw new IllegalStateException("the body had no mistake");
        }
        Long untilMs = until == null ? null : Long.valueOf(until.toEpochMilli());
        audit.written(call.caller(), new Write(decided.action(), group, AuditLog.DONE, note, null, untilMs))
                .join();
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("group", group);
        json.put("state", decided.name());
        json.put("until", text(until));
        call.answer(200, json);
    }

    private @Nullable Instant until(JsonBody body, @Nullable GroupState decided) {
        String until = body.optionalText("until", 40);
        if (until == null) {
            return null;
        }
        try {
            Instant instant = Instant.parse(until);
            if (decided != GroupState.IGNORED) {
                body.error("until", "goes with IGNORED only");
            } else if (!instant.isAfter(clock.instant())) {
                body.error("until", "must be ahead");
            }
            return instant;
        } catch (DateTimeParseException e) {
            body.error("until", "must be an instant, e.g. 2026-01-31T12:00:00Z");
            return null;
        }
    }

    private void show(Call call) throws InterruptedException {
        reads.require(call);
        Letter letter = find(call);
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("letter", json(letter));
        json.put("payload", payload(call.caller(), letter));
        json.put("asOf", reads.asOf());
        call.answer(200, json);
    }

    /** Returns the letter of the path; one that the caller may not see does not exist for it. */
    private Letter find(Call call) {
        UUID id = RedriveCommandId.uuid(call.path("id").toLowerCase(Locale.ROOT));
        Letter letter = id == null ? null : index.letter(id);
        if (letter == null || !IndexReads.narrowed(Filter.ALL, call.caller()).matches(letter)) {
            throw new ApiException(ApiError.NOT_FOUND, null);
        }
        return letter;
    }

    private Map<String, Object> payload(Caller caller, Letter letter) {
        if (payloadsVisibleTo.stream().noneMatch(caller::has)) {
            return Map.of("status", "HIDDEN");
        }
        DeadLetter record;
        try {
            record = payloads.read(List.of(letter.position())).get(letter.position());
        } catch (KafkaException e) {
            return Map.of("status", "UNAVAILABLE");
        }
        if (record == null || !record.getDeadLetterId().equals(letter.id())) {
            return Map.of("status", "GONE");
        }
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("status", "SHOWN");
        json.put("message", redactedText(record.getMessage()));
        json.put("remedy", record.getRemedy());
        json.put("errorBody", shown(record.getFailure().getErrorBody()));
        RequestPayload request = record.getFailure().getRequest();
        if (request != null) {
            ByteBuffer buffer = request.getBody().duplicate();
            byte[] bytes = new byte[buffer.remaining()];
            buffer.get(bytes);
            json.put("requestContentType", request.getContentType());
            json.put("requestBody", redaction.shown(bytes));
        }
        List<Map<String, Object>> history = new ArrayList<>();
        record.getHistory().forEach(attempt -> {
            Map<String, Object> one = new LinkedHashMap<>();
            one.put("attempt", attempt.getAttempt());
            one.put("class", attempt.getFailureClass());
            one.put("code", attempt.getCode());
            one.put("httpStatus", attempt.getHttpStatus());
            one.put("failedAt", text(attempt.getFailedAt()));
            history.add(one);
        });
        json.put("history", history);
        return json;
    }

    /** The API's message may quote the request, so it is shown only where nothing is to be masked. */
    private @Nullable String redactedText(@Nullable String message) {
        return message == null ? null : redaction.shown(message.getBytes(StandardCharsets.UTF_8));
    }

    private @Nullable String shown(@Nullable String body) {
        return body == null ? null : redaction.shown(body.getBytes(StandardCharsets.UTF_8));
    }

    private void discard(Call call) throws InterruptedException {
        JsonBody body = call.body();
        String reason = body.reason();
        body.end();
        reads.require(call);
        Letter letter = find(call);
        if (letter.state() != LetterState.OPEN) {
            throw new ApiException(ApiError.STATE_CONFLICT, "the letter is " + letter.state());
        }
        Command command = commands.command(call, CommandKind.DISCARD, letter.userId(), reason)
                .setJobId(letter.jobId())
                .build();
        commands.run(call, command, letter.id());
    }

    private void job(Call call) throws InterruptedException {
        reads.require(call);
        String asOf = reads.asOf();
        Filter seen = IndexReads.narrowed(Filter.ALL, call.caller());
        List<Letter> found = index.ofJob(call.path("user"), call.path("job")).stream()
                .filter(seen::matches)
                .toList();
        if (found.isEmpty()) {
            throw new ApiException(ApiError.NOT_FOUND, null);
        }
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("user", call.path("user"));
        json.put("job", call.path("job"));
        json.put("letters", found.stream().map(LetterRoutes::json).toList());
        json.put("asOf", asOf);
        call.answer(200, json);
    }

    private static Map<String, Object> json(Letter letter) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("id", letter.id());
        json.put("user", letter.userId());
        json.put("job", letter.jobId());
        json.put("attempt", letter.attempt());
        json.put("state", letter.state().name());
        json.put("stateAt", text(letter.stateAt()));
        json.put("deadLetteredAt", text(letter.deadLetteredAt()));
        json.put("firstFailedAt", text(letter.firstFailedAt()));
        kind(letter.kind(), json);
        json.put("batch", letter.batchId());
        json.put("labels", letter.labels());
        json.put("redrives", letter.redrives());
        json.put("redriveId", letter.redriveId());
        json.put("withRequest", letter.withRequest());
        return json;
    }

    private static Map<String, Object> json(Group group) {
        Map<String, Object> json = new LinkedHashMap<>();
        kind(group.kind(), json);
        json.put("open", group.open());
        json.put("total", group.total());
        json.put("users", group.users());
        json.put("firstSeenAt", text(group.firstSeenAt()));
        json.put("lastSeenAt", text(group.lastSeenAt()));
        json.put("state", group.state().name());
        json.put("until", text(group.until()));
        json.put("regressed", group.regressed());
        json.put("note", group.note());
        json.put("decidedBy", group.decidedBy());
        json.put("decidedAt", text(group.decidedAt()));
        return json;
    }

    private static void kind(Letter.Kind kind, Map<String, Object> json) {
        json.put("group", kind.group());
        json.put("service", kind.service());
        json.put("operation", kind.operation());
        json.put("reason", kind.reason());
        json.put("class", kind.failureClass());
        json.put("code", kind.code());
        json.put("status", kind.status());
    }

    static @Nullable String text(@Nullable Instant instant) {
        return instant == null ? null : instant.toString();
    }
}
