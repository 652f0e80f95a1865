package dev.redrive.cli;

import com.fasterxml.jackson.databind.JsonNode;
import dev.redrive.cli.ApiRows.Column;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** Formats dead letters, groups of them, and jobs as text. */
final class LetterText {

    private static final int MAX_BODY_LINES = 200;

    private LetterText() {}

    /** Returns the columns of a list of letters. */
    static List<Column> columns(Instant now) {
        return List.of(
                Column.whole("id", "id"),
                Column.whole("state", "state"),
                new Column("age", true, row -> age(row.path("deadLetteredAt"), now)),
                Column.of("user", "user"),
                Column.of("job", "job"),
                Column.of("operation", "operation"),
                new Column("code", false, LetterText::code));
    }

    /** Returns the columns of a list of groups. */
    static List<Column> groupColumns(Instant now) {
        return List.of(
                Column.whole("group", "group"),
                new Column(
                        "state",
                        true,
                        row -> row.path("regressed").asBoolean()
                                ? "REGRESSED"
                                : row.path("state").asText()),
                Column.whole("open", "open"),
                Column.whole("total", "total"),
                Column.whole("users", "users"),
                new Column("last", true, row -> age(row.path("lastSeenAt"), now)),
                Column.of("operation", "operation"),
                new Column("code", false, LetterText::code),
                Column.of("note", "note"));
    }

    /** Prints counts, all together and by a field. */
    static void counts(JsonNode counted, LineOutput out) {
        out.line(ApiRows.count(counted.path("count")));
        ApiRows.histogram(counted.path("by")).forEach(out::line);
    }

    /** Returns what prints the answer to a discard. */
    static BiConsumer<JsonNode, LineOutput> discarded(String id) {
        return (command, out) -> out.line(id + "  " + command.path("state").asText());
    }

    /** Prints a decision about a group. */
    static void decided(JsonNode decided, LineOutput out) {
        out.line(decided.path("group").asText() + "  " + decided.path("state").asText()
                + (decided.hasNonNull("until")
                        ? " until " + decided.path("until").asText()
                        : ""));
    }

    /** Returns the failure's code; its class where it has none. */
    private static @Nullable String code(JsonNode row) {
        return ApiRows.text(row.path(row.hasNonNull("code") ? "code" : "class"));
    }

    /** Returns how long ago an instant was, in its largest unit. */
    static @Nullable String age(JsonNode instant, Instant now) {
        if (!instant.isTextual()) {
            return null;
        }
        try {
            return duration(Duration.between(Instant.parse(instant.asText()), now));
        } catch (DateTimeParseException e) {
            return instant.asText();
        }
    }

    /** Returns a duration in its largest unit, rounded down: 59s, 3m, 5h, 12d. */
    static String duration(Duration duration) {
        long seconds = Math.max(0, duration.toSeconds());
        if (seconds < 60) {
            return seconds + "s";
        }
        if (seconds < 3_600) {
            return seconds / 60 + "m";
        }
        return seconds < 86_400 ? seconds / 3_600 + "h" : seconds / 86_400 + "d";
    }

    /** Prints one letter with its payload. */
    static void detail(JsonNode answer, LineOutput out) {
        JsonNode letter = answer.path("letter");
        ApiRows.facts(out, facts(letter));
        JsonNode payload = answer.path("payload");
        String status = payload.path("status").asText();
        out.line("");
        if (!status.equals("SHOWN")) {
            out.line("payload: " + status);
            return;
        }
        Map<String, @Nullable String> facts = new LinkedHashMap<>();
        facts.put("message", ApiRows.text(payload.path("message")));
        facts.put("remedy", ApiRows.text(payload.path("remedy")));
        ApiRows.facts(out, facts);
        JsonNode history = payload.path("history");
        if (!history.isEmpty()) {
            TextTable table = new TextTable("ATTEMPT", "FAILED", "CLASS", "CODE", "STATUS");
            for (JsonNode attempt : history) {
                table.row(
                        TextTable.cell(ApiRows.text(attempt.path("attempt"))),
                        TextTable.cell(ApiRows.text(attempt.path("failedAt"))),
                        TextTable.cell(ApiRows.text(attempt.path("class"))),
                        TextTable.cell(ApiRows.text(attempt.path("code"))),
                        TextTable.cell(ApiRows.text(attempt.path("httpStatus"))));
            }
            out.line("");
            table.lines().forEach(out::line);
        }
        body("answer", payload.path("errorBody"), out);
        body("request (" + payload.path("requestContentType").asText("none") + ")", payload.path("requestBody"), out);
    }

    private static void body(String title, JsonNode body, LineOutput out) {
        String text = ApiRows.text(body);
        if (text == null) {
            return;
        }
        out.line("");
        out.line(title);
        text.lines().limit(MAX_BODY_LINES).forEach(line -> out.line("  " + line));
        if (text.lines().count() > MAX_BODY_LINES) {
            out.line("  … (--output json has it whole)");
        }
    }

    private static Map<String, @Nullable String> facts(JsonNode letter) {
        Map<String, @Nullable String> facts = new LinkedHashMap<>();
        facts.put("id", ApiRows.text(letter.path("id")));
        facts.put("state", letter.path("state").asText() + since(letter.path("stateAt")));
        facts.put("user", ApiRows.text(letter.path("user")));
        facts.put(
                "job",
                letter.path("job").asText() + ", attempt "
                        + letter.path("attempt").asText());
        facts.put(
                "operation",
                letter.path("service").asText() + " " + letter.path("operation").asText());
        facts.put("reason", ApiRows.text(letter.path("reason")));
        facts.put(
                "failure",
                letter.path("class").asText() + optional(letter.path("code")) + optional(letter.path("status")));
        facts.put("group", ApiRows.text(letter.path("group")));
        facts.put("first failed", ApiRows.text(letter.path("firstFailedAt")));
        facts.put("dead-lettered", ApiRows.text(letter.path("deadLetteredAt")));
        facts.put("batch", ApiRows.text(letter.path("batch")));
        facts.put("labels", letter.path("labels").isEmpty() ? null : ApiRows.text(letter.path("labels")));
        facts.put("redrives", letter.path("redrives").asText() + optional(letter.path("redriveId")));
        facts.put("request", letter.path("withRequest").asBoolean() ? "kept" : "not kept");
        return facts;
    }

    private static String since(JsonNode instant) {
        return instant.isTextual() ? " since " + instant.asText() : "";
    }

    private static String optional(JsonNode value) {
        String text = ApiRows.text(value);
        return text == null ? "" : " " + text;
    }
}
