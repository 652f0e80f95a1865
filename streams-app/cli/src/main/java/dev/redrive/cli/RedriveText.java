package dev.redrive.cli;

import com.fasterxml.jackson.databind.JsonNode;
import dev.redrive.cli.ApiRows.Column;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Formats redrives as text, and reads their counts. */
final class RedriveText {

    private static final Set<String> ENDED_RESULTS = Set.of("BLOCKED", "SUCCEEDED", "DEAD_AGAIN");

    private RedriveText() {}

    /** Returns the columns of a list of redrives. */
    static List<Column> columns(Instant now) {
        return List.of(
                Column.whole("id", "id"),
                Column.whole("state", "state"),
                Column.whole("planned", "planned"),
                Column.whole("issued", "issued"),
                new Column("age", true, row -> LetterText.age(row.path("plannedAt"), now)),
                Column.of("actor", "actor"),
                Column.of("filter", "filter"),
                Column.of("reason", "reason"));
    }

    /** Returns the columns of a list of results. */
    static List<Column> resultColumns() {
        return List.of(
                Column.whole("letter", "letter"),
                Column.whole("result", "result"),
                Column.whole("at", "at"),
                Column.of("detail", "detail"));
    }

    /** Prints a plan: what it covers, what it leaves out, and how long it takes. */
    static void plan(JsonNode plan, LineOutput out) {
        long leftOut = sum(plan.path("blocked"));
        Map<String, @Nullable String> facts = facts(plan);
        facts.put(
                "letters",
                plan.path("planned").asText() + (leftOut == 0 ? "" : ", and " + leftOut + " are blocked and left out"));
        facts.put("duration", duration(plan));
        int canary = plan.path("canary").asInt();
        facts.put(
                "canary",
                canary == 0
                        ? null
                        : canary + " letters; halts below "
                                + plan.path("minSuccessPercent").asText() + " % success");
        facts.put("expires", ApiRows.text(plan.path("expiresAt")));
        ApiRows.facts(out, facts);
        histogram("blocked, by reason", plan.path("blocked"), out);
        histogram("letters, by reason", plan.path("reasons"), out);
        if (!plan.path("samples").isEmpty()) {
            out.line("");
            out.line("samples");
            plan.path("samples").forEach(sample -> out.line("  " + sample.asText()));
        }
        out.line("");
        out.line("start it with: redrive redrives start " + plan.path("id").asText() + " --reason TEXT"
                + (plan.path("countNeeded").asBoolean() ? " --count N" : ""));
    }

    /** Prints the state of a redrive and its letters by result. */
    static void status(JsonNode redrive, LineOutput out) {
        Map<String, @Nullable String> facts = facts(redrive);
        facts.put(
                "letters",
                redrive.path("issued").asText() + " of "
                        + redrive.path("planned").asText() + " issued");
        facts.put("duration", duration(redrive));
        facts.put("planned", by(redrive.path("plannedAt"), redrive.path("actor")));
        facts.put("started", by(redrive.path("startedAt"), redrive.path("startedBy")));
        facts.put("reason", ApiRows.text(redrive.path("reason")));
        facts.put("ended", ApiRows.text(redrive.path("endedAt")));
        ApiRows.facts(out, facts);
        histogram("letters, by result", redrive.path("results"), out);
    }

    private static Map<String, @Nullable String> facts(JsonNode redrive) {
        Map<String, @Nullable String> facts = new LinkedHashMap<>();
        facts.put("redrive", ApiRows.text(redrive.path("id")));
        String halt = ApiRows.text(redrive.path("halt"));
        facts.put("state", redrive.path("state").asText() + (halt == null ? "" : ", " + halt));
        facts.put("action", ApiRows.text(redrive.path("action")));
        String filter = redrive.path("filter").asText();
        facts.put("filter", filter.isEmpty() ? "(a list of ids)" : filter);
        return facts;
    }

    private static @Nullable String by(JsonNode at, JsonNode actor) {
        String instant = ApiRows.text(at);
        return instant == null ? null : instant + " by " + TextTable.cell(ApiRows.text(actor));
    }

    private static String duration(JsonNode redrive) {
        long ramp = redrive.path("rampSeconds").asLong();
        return "about "
                + LetterText.duration(
                        Duration.ofMillis(redrive.path("durationMs").asLong() + 999))
                + " at " + redrive.path("ratePerSecond").asText() + " letters a second"
                + (ramp == 0 ? "" : ", reached within " + ramp + "s");
    }

    private static void histogram(String title, JsonNode counts, LineOutput out) {
        if (!counts.isEmpty()) {
            out.line("");
            out.line(title);
            ApiRows.histogram(counts).forEach(out::line);
        }
    }

    private static long sum(JsonNode counts) {
        long sum = 0;
        for (JsonNode count : counts) {
            sum += count.asLong();
        }
        return sum;
    }

    /** Returns the number of letters of which nothing more is expected. */
    static long ended(JsonNode redrive) {
        if (redrive.path("action").asText().equals("DISCARD")) {
            return redrive.path("issued").asLong();
        }
        return ENDED_RESULTS.stream()
                .mapToLong(result -> result(redrive, result))
                .sum();
    }

    static long result(JsonNode redrive, String result) {
        return redrive.path("results").path(result).asLong();
    }
}
