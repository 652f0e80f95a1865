package dev.redrive.cli;

import com.fasterxml.jackson.databind.JsonNode;
import dev.redrive.cli.CommandFailure.Reason;
import dev.redrive.cli.Subcommand.OutputFormat;
import dev.redrive.codec.Printable;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Prints a list of the API as a table of at most 100 columns, as JSON lines, or as CSV. Used by one thread. */
final class ApiRows {

    private static final int MAX_WIDTH = 100;
    private static final int PAGE = 200;

    /** Characters that make a spreadsheet take a cell for a formula. */
    private static final String FORMULA = "=+-@\t\r";

    /** Output format of lists of the API; the names are used on the command line. */
    enum Format {
        table,
        json,
        csv
    }

    /** The options of all lists. */
    static final class Options {

        private static final int MAX_LIMIT = 100_000;

        @Option(
                names = {"-o", "--output"},
                paramLabel = "FORMAT",
                defaultValue = "table",
                order = 800,
                description = "${COMPLETION-CANDIDATES}; json is one object a line. Default: ${DEFAULT-VALUE}.")
        private Format output = Format.table;

        @Option(
                names = "--limit",
                paramLabel = "N",
                defaultValue = "100",
                order = 801,
                description = "Show at most N, 1 to " + MAX_LIMIT
                        + ", and note when there are more. Default: ${DEFAULT-VALUE}.")
        private int limit;

        /** @throws CommandFailure if the limit is out of range */
        ApiRows rows(Terminal terminal, List<Column> columns) {
            if (limit < 1 || limit > MAX_LIMIT) {
                throw new CommandFailure(Reason.USAGE, "--limit takes 1 to " + MAX_LIMIT + ", not " + limit);
            }
            return new ApiRows(terminal, output, limit, columns);
        }
    }

    /** Prints one object of the API, as JSON or by {@code text}. */
    static void object(Terminal terminal, ObjectOption view, JsonNode object, BiConsumer<JsonNode, LineOutput> text) {
        LineOutput out = new LineOutput(terminal.out());
        if (view.output() == OutputFormat.json) {
            out.line(object.toString());
        } else {
            text.accept(object, out);
        }
        out.flush();
    }

    /**
     * A column of table and CSV.
     *
     * @param title in lower case, for CSV; in upper case, for the table
     * @param whole whether the table never cuts it
     * @param value returns the text; {@code null} for no value
     */
    record Column(String title, boolean whole, Function<JsonNode, @Nullable String> value) {

        /** Returns a column of a member of the object. */
        static Column of(String title, String member) {
            return new Column(title, false, row -> text(row.path(member)));
        }

        /** Returns a column of a member, which the table never cuts, such as an id. */
        static Column whole(String title, String member) {
            return new Column(title, true, row -> text(row.path(member)));
        }
    }

    private final Terminal terminal;
    private final Format format;
    private final int limit;
    private final List<Column> columns;
    private final LineOutput out;
    private final TextTable table;

    private ApiRows(Terminal terminal, Format format, int limit, List<Column> columns) {
        this.terminal = terminal;
        this.format = format;
        this.limit = limit;
        this.columns = columns;
        this.out = new LineOutput(terminal.out());
        this.table = new TextTable(columns.stream()
                .map(column -> column.title().replace('_', ' ').toUpperCase(Locale.ROOT))
                .toArray(String[]::new));
    }

    /** Returns the text of a value; {@code null} for none. */
    static @Nullable String text(JsonNode value) {
        return value.isMissingNode() || value.isNull() ? null : value.isValueNode() ? value.asText() : value.toString();
    }

    /**
     * Reads the pages of a list up to the limit, and prints them.
     *
     * @param member the name of the array in the answers
     */
    void print(ApiClient client, String path, Map<String, String> query, String member) {
        begin();
        int shown = 0;
        JsonNode page;
        String next = null;
        do {
            Map<String, String> parameters = new LinkedHashMap<>(query);
            parameters.put("limit", Integer.toString(Math.min(PAGE, limit - shown)));
            if (next != null) {
                parameters.put("cursor", next);
            }
            page = client.get(path, parameters);
            next = next(page, member, next);
            for (JsonNode row : page.path(member)) {
                if (shown == limit) {
                    break;
                }
                row(row);
                shown++;
            }
        } while (next != null && shown < limit);
        end();
        if (next != null) {
            String all = page.path("count").has("count") ? " of " + count(page.path("count")) : "";
            terminal.message("cut off: shown are the first " + shown + all + "; --limit shows more");
        }
    }

    /**
     * Returns the cursor of the page that follows; {@code null} if there is none.
     *
     * @param former the cursor of this page
     */
    private static @Nullable String next(JsonNode page, String member, @Nullable String former) {
        JsonNode rows = page.path(member);
        String next = text(page.path("next"));
        boolean proceeds = next == null || !rows.isEmpty() && !next.equals(former);
        if (!rows.isArray() || !proceeds) {
            throw new CommandFailure(Reason.API_FAILED, "the answer is not a page of " + member);
        }
        return next;
    }

    /** Prints rows that one answer holds. */
    void print(Iterable<JsonNode> rows) {
        begin();
        rows.forEach(this::row);
        end();
    }

    /** Returns a count as text; where the API has not counted to the end, with a plus sign. */
    static String count(JsonNode count) {
        return count.path("count").asLong() + (count.path("exact").asBoolean(true) ? "" : "+");
    }

    private void begin() {
        if (format == Format.csv) {
            out.line(columns.stream().map(Column::title).collect(Collectors.joining(",")));
        }
    }

    private void row(JsonNode row) {
        switch (format) {
            case json -> out.line(row.toString());
            case csv ->
                out.line(columns.stream()
                        .map(column -> field(column.value().apply(row)))
                        .collect(Collectors.joining(",")));
            case table ->
                table.row(columns.stream()
                        .map(column -> TextTable.cell(column.value().apply(row)))
                        .toArray());
        }
    }

    private void end() {
        if (format == Format.table) {
            Set<Integer> whole = IntStream.range(0, columns.size())
                    .filter(i -> columns.get(i).whole())
                    .boxed()
                    .collect(Collectors.toSet());
            table.lines(MAX_WIDTH, whole).forEach(out::line);
        }
        out.flush();
    }

    /** Returns a field by RFC 4180; an apostrophe keeps a spreadsheet from computing what came from outside. */
    private static String field(@Nullable String text) {
        if (text == null || text.isEmpty()) {
            return "";
        }
        String plain = FORMULA.indexOf(text.charAt(0)) >= 0 ? "'" + text : text;
        String escaped = Printable.line(plain);
        return escaped.matches("[^\",]*") ? escaped : "\"" + escaped.replace("\"", "\"\"") + "\"";
    }

    /** Prints names and values of one object below each other. */
    static void facts(LineOutput out, Map<String, @Nullable String> facts) {
        int width = facts.keySet().stream().mapToInt(String::length).max().orElse(0);
        facts.forEach((name, value) -> out.line(String.format("%-" + (width + 1) + "s", name) + TextTable.cell(value)));
    }

    /** Returns a map's entries as text, the largest count first. */
    static List<String> histogram(JsonNode counts) {
        List<Map.Entry<String, JsonNode>> entries = new ArrayList<>();
        counts.fields().forEachRemaining(entries::add);
        entries.sort((a, b) -> Long.compare(b.getValue().asLong(), a.getValue().asLong()));
        return entries.stream()
                .map(entry -> String.format("%9d  %s", entry.getValue().asLong(), entry.getKey()))
                .toList();
    }
}
