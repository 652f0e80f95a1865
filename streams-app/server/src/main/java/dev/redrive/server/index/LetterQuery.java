package dev.redrive.server.index;

import dev.redrive.server.index.Filter.Field;
import dev.redrive.server.index.Filter.Values;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A filter as a condition of SQL: on the kinds of letters, which are few, and on the letters. All values are bound
 * parameters. It chooses the index to walk, because only it knows how many letters the kinds have.
 */
final class LetterQuery {

    /** Up to so many letters are sorted; of more the index by time is walked instead. */
    private static final long SORTED_MAX = 50_000;

    private final Filter filter;
    private final List<Object> kindValues = new ArrayList<>();
    private final @Nullable String kindCondition;
    private final Set<LetterState> states;

    LetterQuery(Filter filter) {
        this.filter = filter;
        this.states = states(filter.of(Field.STATE));
        List<String> conditions = new ArrayList<>();
        add(conditions, kindValues, "grp", filter.of(Field.GROUP));
        add(conditions, kindValues, "service", filter.of(Field.SERVICE));
        add(conditions, kindValues, "operation", filter.of(Field.OPERATION));
        add(conditions, kindValues, "reason", filter.of(Field.REASON));
        add(conditions, kindValues, "class", filter.of(Field.CLASS));
        add(conditions, kindValues, "code", filter.of(Field.CODE));
        add(conditions, kindValues, "status", filter.of(Field.STATUS));
        this.kindCondition = conditions.isEmpty() ? null : String.join(" AND ", conditions);
    }

    private static Set<LetterState> states(Values values) {
        Set<LetterState> states = new LinkedHashSet<>();
        for (LetterState state : LetterState.values()) {
            if (values.allows(state.name())) {
                states.add(state);
            }
        }
        return states;
    }

    private static void add(List<String> conditions, List<Object> bound, String column, Values values) {
        if (!values.allowed().isEmpty()) {
            conditions.add(column + " IN (" + marks(values.allowed().size()) + ")");
            bound.addAll(values.allowed());
        }
        if (!values.excluded().isEmpty()) {
            conditions.add("(" + column + " IS NULL OR " + column + " NOT IN ("
                    + marks(values.excluded().size()) + "))");
            bound.addAll(values.excluded());
        }
    }

    static String marks(int count) {
        return String.join(", ", Collections.nCopies(count, "?"));
    }

    /** A part of a statement and what is bound to it, in order. */
    record Sql(String text, List<Object> values) {

        PreparedStatement prepare(Connection connection) throws SQLException {
            PreparedStatement statement = connection.prepareStatement(text);
            LetterWriter.Statements.bind(statement, values.toArray());
            return statement;
        }
    }

    /** Returns the condition on kinds; always true where the filter has none. */
    Sql kinds() {
        return new Sql(kindCondition == null ? "1" : kindCondition, kindValues);
    }

    /** Returns the states that pass. */
    Set<LetterState> states() {
        return states;
    }

    /** Returns whether kinds and states decide alone, so that the sums of the index are the counts. */
    boolean decidedByKinds() {
        return filter.of(Field.USER).equals(Values.NONE)
                && filter.of(Field.BATCH).equals(Values.NONE)
                && filter.of(Field.REDRIVE).equals(Values.NONE)
                && filter.labels().isEmpty()
                && filter.since() == null
                && filter.until() == null;
    }

    /** Returns the number of letters of the kinds and states that pass, whatever else the filter demands. */
    long ofKinds(Connection connection) throws SQLException {
        List<Object> values = new ArrayList<>(kindValues);
        states.forEach(state -> values.add(state.ordinal()));
        Sql sql = new Sql(
                "SELECT coalesce(sum(n), 0) FROM kind_states JOIN kinds ON kinds.id = kind WHERE " + kinds().text()
                        + " AND state IN (" + marks(states.size()) + ")",
                values);
        try (PreparedStatement statement = sql.prepare(connection);
                ResultSet row = statement.executeQuery()) {
            return row.next() ? row.getLong(1) : 0;
        }
    }

    /**
     * Returns {@code FROM letters … WHERE …}, with the table of letters as {@code letters}.
     *
     * @param byTime whether the result is taken in the order of time, up to a limit
     */
    Sql from(Connection connection, boolean byTime) throws SQLException {
        List<String> conditions = new ArrayList<>();
        List<Object> values = new ArrayList<>();
        if (kindCondition != null) {
            conditions.add("kind IN (SELECT id FROM kinds WHERE " + kindCondition + ")");
            values.addAll(kindValues);
        }
        if (states.size() < LetterState.values().length) {
            conditions.add("state IN (" + marks(states.size()) + ")");
            states.forEach(state -> values.add(state.ordinal()));
            if (!states.contains(LetterState.OPEN)) {
                // What the condition above implies, in the words of the partial index.
                conditions.add("state <> 0");
            }
        }
        users(conditions, values);
        add(conditions, values, "batch", filter.of(Field.BATCH));
        redrives(conditions, values);
        for (Map.Entry<String, Values> label : filter.labels().entrySet()) {
            label(label.getKey(), label.getValue().allowed(), "", conditions, values);
            label(label.getKey(), label.getValue().excluded(), "NOT ", conditions, values);
        }
        Instant since = filter.since();
        Instant until = filter.until();
        if (since != null) {
            conditions.add("dead_at >= ?");
            values.add(millisUp(since));
        }
        if (until != null) {
            conditions.add("dead_at < ?");
            values.add(millisUp(until));
        }
        String where = conditions.isEmpty() ? "" : " WHERE " + String.join(" AND ", conditions);
        return new Sql(" FROM letters" + index(connection, byTime) + where, values);
    }

    /** A letter's time has whole milliseconds: it is not before an instant if it is not before the next of these. */
    private static long millisUp(Instant instant) {
        long millis = instant.toEpochMilli();
        return Instant.ofEpochMilli(millis).isBefore(instant) ? millis + 1 : millis;
    }

    private void users(List<String> conditions, List<Object> values) {
        Values users = filter.of(Field.USER);
        for (boolean allowed : new boolean[] {true, false}) {
            List<String> names = allowed ? users.allowed() : users.excluded();
            if (!names.isEmpty()) {
                conditions.add("owner " + (allowed ? "" : "NOT ") + "IN (SELECT id FROM owners WHERE name IN ("
                        + marks(names.size()) + "))");
                values.addAll(names);
            }
        }
    }

    /** The command ids of a redrive are its id, a colon and a letter's id; a semicolon is the character after a colon. */
    private void redrives(List<String> conditions, List<Object> values) {
        Values redrives = filter.of(Field.REDRIVE);
        String of = "(redrive IS NOT NULL AND redrive > ? || ':' AND redrive < ? || ';')";
        if (!redrives.allowed().isEmpty()) {
            conditions.add("("
                    + String.join(" OR ", Collections.nCopies(redrives.allowed().size(), of)) + ")");
        }
        for (String redrive : redrives.allowed()) {
            values.add(redrive);
            values.add(redrive);
        }
        for (String redrive : redrives.excluded()) {
            conditions.add("NOT " + of);
            values.add(redrive);
            values.add(redrive);
        }
    }

    private static void label(
            String name, List<String> texts, String not, List<String> conditions, List<Object> values) {
        if (!texts.isEmpty()) {
            conditions.add("letters.pos " + not + "IN (SELECT pos FROM labels WHERE name = ? AND value IN ("
                    + marks(texts.size()) + "))");
            values.add(name);
            values.addAll(texts);
        }
    }

    private String index(Connection connection, boolean byTime) throws SQLException {
        if (!filter.of(Field.USER).allowed().isEmpty()) {
            return " INDEXED BY letters_owner";
        }
        if (!filter.of(Field.BATCH).allowed().isEmpty()) {
            return " INDEXED BY letters_batch";
        }
        if (!filter.of(Field.REDRIVE).allowed().isEmpty()) {
            return "";
        }
        boolean byLabel = filter.labels().values().stream()
                .anyMatch(values -> !values.allowed().isEmpty());
        if (byLabel) {
            return "";
        }
        if (kindCondition != null && (!byTime || ofKinds(connection) <= SORTED_MAX)) {
            return " INDEXED BY letters_kind";
        }
        if (!states.contains(LetterState.OPEN) && !states.isEmpty()) {
            return " INDEXED BY letters_state";
        }
        return byTime || filter.since() != null || filter.until() != null ? " INDEXED BY letters_dead" : "";
    }

    /** Joins parts of a statement. */
    static Sql join(Sql first, String text, Object... values) {
        List<Object> all = new ArrayList<>(first.values());
        all.addAll(Arrays.asList(values));
        return new Sql(first.text() + text, all);
    }
}
