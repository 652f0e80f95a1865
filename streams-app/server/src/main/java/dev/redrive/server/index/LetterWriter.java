package dev.redrive.server.index;

import dev.redrive.server.index.Letter.Kind;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Writes letters, their states and the results of redrives into the index. Used by the writing thread only; counts are
 * summed up until {@link #flush}, which belongs into the same transaction.
 */
final class LetterWriter {

    private static final int CACHED = 20_000;

    /** How long a change of a letter that is not in the index is kept, for the letter to arrive. */
    private static final Duration EARLY = Duration.ofDays(1);

    private static final int EXPIRED_AT_ONCE = 10_000;

    private final Statements statements;
    private final Map<Kind, Long> kinds = new Cache<>();
    private final Map<String, Long> owners = new Cache<>();
    private final Map<KindState, Long> stateCounts = new HashMap<>();
    private final Map<KindOwner, Long> ownerCounts = new HashMap<>();
    private final Map<Long, long[]> seen = new HashMap<>();
    private final Map<RedriveResult, Long> resultCounts = new HashMap<>();

    private record KindState(long kind, int state) {}

    private record KindOwner(long kind, long owner) {}

    private record RedriveResult(String redrive, int result) {}

    /** What a change that was read before its letter left behind. */
    private record Early(LetterState state, Instant at, long leftOpen) {}

    private record Row(long pos, long kind, LetterState state, long owner) {}

    private static final class Cache<K, V> extends LinkedHashMap<K, V> {
        private static final long serialVersionUID = 1;

        Cache() {
            super(16, 0.75f, true);
        }

        @Override
        protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
            return size() > CACHED;
        }
    }

    LetterWriter(Connection connection) {
        this.statements = new Statements(connection);
    }

    /** Adds a letter. A change that was read before it is applied. */
    void add(Letter letter) throws SQLException {
        UUID id = UUID.fromString(letter.id());
        long kind = kind(letter.kind(), letter.deadLetteredAt());
        long owner = owner(letter.userId());
        LetterState state = letter.state();
        Instant stateAt = letter.stateAt();
        Early early = early(id);
        Long leftOpen = early == null ? null : Long.valueOf(early.leftOpen());
        if (early != null) {
            state = early.state();
            stateAt = early.at();
        }
        if (leftOpen != null) {
            statements.update(
                    "DELETE FROM early WHERE id_hi = ? AND id_lo = ?",
                    id.getMostSignificantBits(),
                    id.getLeastSignificantBits());
        }
        int added = statements.update(
                "INSERT OR IGNORE INTO letters(pos, id_hi, id_lo, kind, state, owner, job, attempt, batch, labels,"
                        + " state_at, left_open, dead_at, first_at, redrives, redrive, request)"
                        + " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                letter.position(),
                id.getMostSignificantBits(),
                id.getLeastSignificantBits(),
                kind,
                state.ordinal(),
                owner,
                letter.jobId(),
                letter.attempt(),
                letter.batchId(),
                Labels.write(letter.labels()),
                stateAt.toEpochMilli(),
                leftOpen,
                letter.deadLetteredAt().toEpochMilli(),
                letter.firstFailedAt().toEpochMilli(),
                letter.redriveId() == null ? 0 : redrivesBefore(letter.redriveId()) + 1,
                letter.redriveId(),
                letter.withRequest() ? 1 : 0);
        if (added == 0) {
            return;
        }
        for (Map.Entry<String, String> label : letter.labels().entrySet()) {
            statements.update(
                    "INSERT OR IGNORE INTO labels(name, value, pos) VALUES (?, ?, ?)",
                    label.getKey(),
                    label.getValue(),
                    letter.position());
        }
        stateCounts.merge(new KindState(kind, state.ordinal()), 1L, Long::sum);
        ownerCounts.merge(new KindOwner(kind, owner), 1L, Long::sum);
        long at = letter.deadLetteredAt().toEpochMilli();
        long[] range = seen.computeIfAbsent(kind, unused -> new long[] {at, at});
        range[0] = Math.min(range[0], at);
        range[1] = Math.max(range[1], at);
    }

    private @Nullable Early early(UUID id) throws SQLException {
        try (ResultSet row = statements.query(
                "SELECT state, at, left_open FROM early WHERE id_hi = ? AND id_lo = ?",
                id.getMostSignificantBits(),
                id.getLeastSignificantBits())) {
            return row.next()
                    ? new Early(
                            LetterState.values()[row.getInt(1)], Instant.ofEpochMilli(row.getLong(2)), row.getLong(3))
                    : null;
        }
    }

    private int redrivesBefore(String command) throws SQLException {
        UUID id = letterOf(command);
        if (id == null) {
            return 0;
        }
        try (ResultSet row = statements.query(
                "SELECT redrives FROM letters WHERE id_hi = ? AND id_lo = ?",
                id.getMostSignificantBits(),
                id.getLeastSignificantBits())) {
            return row.next() ? row.getInt(1) : 0;
        }
    }

    /** Returns the letter that a redrive's command is about; {@code null} if it is not known. */
    @Nullable
    UUID letterOf(String command) throws SQLException {
        UUID id = RedriveCommandId.letter(command);
        if (id != null) {
            return id;
        }
        try (ResultSet row = statements.query("SELECT id_hi, id_lo FROM letter_commands WHERE command = ?", command)) {
            return row.next() ? new UUID(row.getLong(1), row.getLong(2)) : null;
        }
    }

    /** Remembers which letter a command is about whose id does not contain it. */
    void remember(String command, UUID letter, Instant at) throws SQLException {
        statements.update(
                "INSERT OR REPLACE INTO letter_commands(command, id_hi, id_lo, at) VALUES (?, ?, ?, ?)",
                command,
                letter.getMostSignificantBits(),
                letter.getLeastSignificantBits(),
                at.toEpochMilli());
    }

    /**
     * Sets the state of a letter. A resolved letter keeps its state, and so does one that the change does not move on.
     *
     * @param change position of the change in its topic
     */
    void move(UUID id, LetterState to, Instant at, long change) throws SQLException {
        Row row = row(id);
        if (row == null) {
            // The first change is what took the letter out of OPEN.
            statements.update(
                    "INSERT INTO early(id_hi, id_lo, state, at, left_open) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE"
                            + " SET state = excluded.state, at = excluded.at WHERE state <> excluded.state AND state <> "
                            + LetterState.RESOLVED.ordinal(),
                    id.getMostSignificantBits(),
                    id.getLeastSignificantBits(),
                    to.ordinal(),
                    at.toEpochMilli(),
                    change);
            return;
        }
        if (row.state() == to || row.state() == LetterState.RESOLVED) {
            return;
        }
        statements.update(
                "UPDATE letters SET state = ?, state_at = ?, left_open = coalesce(left_open, ?) WHERE pos = ?",
                to.ordinal(),
                at.toEpochMilli(),
                change,
                row.pos());
        stateCounts.merge(new KindState(row.kind(), row.state().ordinal()), -1L, Long::sum);
        stateCounts.merge(new KindState(row.kind(), to.ordinal()), 1L, Long::sum);
    }

    private @Nullable Row row(UUID id) throws SQLException {
        try (ResultSet row = statements.query(
                "SELECT pos, kind, state, owner FROM letters WHERE id_hi = ? AND id_lo = ?",
                id.getMostSignificantBits(),
                id.getLeastSignificantBits())) {
            return row.next()
                    ? new Row(row.getLong(1), row.getLong(2), LetterState.values()[row.getInt(3)], row.getLong(4))
                    : null;
        }
    }

    /** Sets the result of one letter of a redrive; one that has ended keeps its result. */
    void result(String redrive, UUID letter, LetterResult result, @Nullable String detail, Instant at)
            throws SQLException {
        LetterResult before = null;
        try (ResultSet row = statements.query(
                "SELECT result FROM results WHERE redrive = ? AND id_hi = ? AND id_lo = ?",
                redrive,
                letter.getMostSignificantBits(),
                letter.getLeastSignificantBits())) {
            if (row.next()) {
                before = LetterResult.values()[row.getInt(1)];
            }
        }
        if (before != null && !before.precedes(result)) {
            return;
        }
        statements.update(
                "INSERT OR REPLACE INTO results(redrive, id_hi, id_lo, result, detail, at) VALUES (?, ?, ?, ?, ?, ?)",
                redrive,
                letter.getMostSignificantBits(),
                letter.getLeastSignificantBits(),
                result.ordinal(),
                detail,
                at.toEpochMilli());
        if (before != null) {
            resultCounts.merge(new RedriveResult(redrive, before.ordinal()), -1L, Long::sum);
        }
        resultCounts.merge(new RedriveResult(redrive, result.ordinal()), 1L, Long::sum);
    }

    /** Marks open letters whose retention is over, and deletes all a day later; at most 10,000 of each. */
    void expire(Instant now, Duration retention) throws SQLException {
        long ended = now.minus(retention).toEpochMilli();
        try (ResultSet rows = statements.query(
                "SELECT pos, kind FROM letters INDEXED BY letters_dead WHERE dead_at < ? AND state = 0 LIMIT "
                        + EXPIRED_AT_ONCE,
                ended)) {
            while (rows.next()) {
                statements.update(
                        "UPDATE letters SET state = ?, state_at = dead_at + ? WHERE pos = ?",
                        LetterState.EXPIRED.ordinal(),
                        retention.toMillis(),
                        rows.getLong(1));
                stateCounts.merge(new KindState(rows.getLong(2), LetterState.OPEN.ordinal()), -1L, Long::sum);
                stateCounts.merge(new KindState(rows.getLong(2), LetterState.EXPIRED.ordinal()), 1L, Long::sum);
            }
        }
        long gone = now.minus(retention).minus(EARLY).toEpochMilli();
        try (ResultSet rows = statements.query(
                "SELECT pos, kind, state, owner, labels FROM letters INDEXED BY letters_dead WHERE dead_at < ? LIMIT "
                        + EXPIRED_AT_ONCE,
                gone)) {
            while (rows.next()) {
                delete(rows);
            }
        }
        statements.update("DELETE FROM early WHERE at < ?", now.minus(EARLY).toEpochMilli());
        statements.update("DELETE FROM letter_commands WHERE at < ?", gone);
        flush();
        statements.update("DELETE FROM kind_states WHERE n <= 0");
        statements.update("DELETE FROM kind_owners WHERE n <= 0");
        int forgotten = statements.update(
                "DELETE FROM kinds WHERE last_at < ? AND NOT EXISTS (SELECT 1 FROM kind_states WHERE kind = kinds.id)",
                gone);
        if (forgotten > 0) {
            kinds.clear();
        }
    }

    private void delete(ResultSet row) throws SQLException {
        long pos = row.getLong(1);
        long kind = row.getLong(2);
        for (Map.Entry<String, String> label : Labels.read(row.getString(5)).entrySet()) {
            statements.update(
                    "DELETE FROM labels WHERE name = ? AND value = ? AND pos = ?",
                    label.getKey(),
                    label.getValue(),
                    pos);
        }
        statements.update("DELETE FROM letters WHERE pos = ?", pos);
        stateCounts.merge(new KindState(kind, row.getInt(3)), -1L, Long::sum);
        ownerCounts.merge(new KindOwner(kind, row.getLong(4)), -1L, Long::sum);
    }

    /** Writes the counts that were summed up. */
    void flush() throws SQLException {
        for (Map.Entry<KindState, Long> count : stateCounts.entrySet()) {
            statements.update(
                    "INSERT INTO kind_states(kind, state, n) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET n = n +"
                            + " excluded.n",
                    count.getKey().kind(),
                    count.getKey().state(),
                    count.getValue());
        }
        for (Map.Entry<KindOwner, Long> count : ownerCounts.entrySet()) {
            statements.update(
                    "INSERT INTO kind_owners(kind, owner, n) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET n = n +"
                            + " excluded.n",
                    count.getKey().kind(),
                    count.getKey().owner(),
                    count.getValue());
        }
        for (Map.Entry<RedriveResult, Long> count : resultCounts.entrySet()) {
            statements.update(
                    "INSERT INTO result_counts(redrive, result, n) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET n = n +"
                            + " excluded.n",
                    count.getKey().redrive(),
                    count.getKey().result(),
                    count.getValue());
        }
        for (Map.Entry<Long, long[]> range : seen.entrySet()) {
            statements.update(
                    "UPDATE kinds SET first_at = min(first_at, ?), last_at = max(last_at, ?) WHERE id = ?",
                    range.getValue()[0],
                    range.getValue()[1],
                    range.getKey());
        }
        forget();
    }

    /** Drops what was summed up, and the ids known, after a transaction that was rolled back. */
    void reset() {
        forget();
        kinds.clear();
        owners.clear();
    }

    private void forget() {
        stateCounts.clear();
        ownerCounts.clear();
        resultCounts.clear();
        seen.clear();
    }

    private long kind(Kind kind, Instant at) throws SQLException {
        Long known = kinds.get(kind);
        if (known != null) {
            return known;
        }
        long id;
        try (ResultSet row = statements.query(
                "SELECT id FROM kinds WHERE grp = ? AND service = ? AND operation = ? AND reason = ? AND class = ? AND"
                        + " code IS ? AND status IS ?",
                kind.group(),
                kind.service(),
                kind.operation(),
                kind.reason(),
                kind.failureClass(),
                kind.code(),
                kind.status())) {
            id = row.next() ? row.getLong(1) : 0;
        }
        if (id == 0) {
            id = statements.insert(
                    "INSERT INTO kinds(grp, service, operation, reason, class, code, status, first_at, last_at) VALUES"
                            + " (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    kind.group(),
                    kind.service(),
                    kind.operation(),
                    kind.reason(),
                    kind.failureClass(),
                    kind.code(),
                    kind.status(),
                    at.toEpochMilli(),
                    at.toEpochMilli());
        }
        kinds.put(kind, id);
        return id;
    }

    /** Returns the number of a user in the index. */
    long owner(String userId) throws SQLException {
        Long known = owners.get(userId);
        if (known != null) {
            return known;
        }
        long id;
        try (ResultSet row = statements.query("SELECT id FROM owners WHERE name = ?", userId)) {
            id = row.next() ? row.getLong(1) : 0;
        }
        if (id == 0) {
            id = statements.insert("INSERT INTO owners(name) VALUES (?)", userId);
        }
        owners.put(userId, id);
        return id;
    }

    /** Prepared statements of one connection, by their text. */
    static final class Statements {

        private final Connection connection;
        private final Map<String, PreparedStatement> prepared = new HashMap<>();

        Statements(Connection connection) {
            this.connection = connection;
        }

        int update(String sql, @Nullable Object... values) throws SQLException {
            return bound(sql, values).executeUpdate();
        }

        /** Inserts a row; returns its rowid. */
        long insert(String sql, @Nullable Object... values) throws SQLException {
            update(sql, values);
            try (ResultSet row = query("SELECT last_insert_rowid()")) {
                row.next();
                return row.getLong(1);
            }
        }

        /** The result must be closed before the same text is executed again. */
        ResultSet query(String sql, @Nullable Object... values) throws SQLException {
            return bound(sql, values).executeQuery();
        }

        private PreparedStatement bound(String sql, @Nullable Object... values) throws SQLException {
            PreparedStatement statement = prepared.get(sql);
            if (statement == null) {
                statement = connection.prepareStatement(sql);
                prepared.put(sql, statement);
            }
            bind(statement, values);
            return statement;
        }

        static void bind(PreparedStatement statement, @Nullable Object... values) throws SQLException {
            for (int i = 0; i < values.length; i++) {
                Object value = values[i];
                if (value == null) {
                    statement.setNull(i + 1, Types.NULL);
                } else if (value instanceof Long number) {
                    statement.setLong(i + 1, number);
                } else if (value instanceof Integer number) {
                    statement.setInt(i + 1, number);
                } else if (value instanceof byte[] bytes) {
                    statement.setBytes(i + 1, bytes);
                } else {
                    statement.setString(i + 1, value.toString());
                }
            }
        }
    }
}
