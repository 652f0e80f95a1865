package dev.redrive.server.index;

import dev.redrive.server.index.Filter.Field;
import dev.redrive.server.index.Letter.Kind;
import dev.redrive.server.index.LetterQuery.Sql;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Finds dead letters and groups of them. Thread-safe; each answer is of one committed state of the index. */
public final class LetterIndex {

    /** Max number of letters or groups of a page. */
    public static final int MAX_PAGE = 500;

    /** Counts that are no sums of the index stop here. */
    public static final long MAX_COUNT = 50_000;

    private static final int MAX_VALUES = 50;

    private static final String LETTER = "SELECT letters.pos, id_hi, id_lo, owners.name, job, attempt, grp, service,"
            + " operation, reason, class, code, status, batch, labels, state, state_at, dead_at, letters.first_at, redrives,"
            + " redrive, request, kind";
    private static final String JOINED = " JOIN owners ON owners.id = letters.owner JOIN kinds ON kinds.id = kind";

    private final IndexFile file;

    /** Creates the queries on a file. */
    public LetterIndex(IndexFile file) {
        this.file = file;
    }

    /**
     * A place in a list of letters, the same on all instances.
     *
     * @param deadLetteredAtMs time of the last letter of the page, epoch milliseconds
     * @param position its position
     */
    public record Cursor(long deadLetteredAtMs, long position) {}

    /**
     * A place in a list of groups.
     *
     * @param lastSeenAtMs time of the newest letter of the page's last group, epoch milliseconds
     * @param group its fingerprint
     */
    public record GroupCursor(long lastSeenAtMs, String group) {}

    /**
     * A page of letters.
     *
     * @param letters the newest first
     * @param next where the next page begins; {@code null} if there is none
     */
    public record Page(List<Letter> letters, @Nullable Cursor next) {

        /** Copies the list. */
        public Page {
            letters = List.copyOf(letters);
        }
    }

    /**
     * A number of letters.
     *
     * @param count the number; the max counted where it is not exact
     * @param exact whether there are no more
     */
    public record Count(long count, boolean exact) {}

    /**
     * Letters with the same fingerprint.
     *
     * @param kind what they have in common; class and status of the most recent kind
     * @param open letters in state OPEN
     * @param total letters in any state
     * @param users users with such letters, each counted once for each kind of the group
     * @param firstSeenAt time of the oldest
     * @param lastSeenAt time of the newest
     * @param state what people decided
     * @param until until when it is ignored, if it is
     * @param regressed whether letters came after it was resolved
     * @param note a note, if any
     * @param decidedBy who decided or noted last, if anybody did
     * @param decidedAt when
     */
    public record Group(
            Kind kind,
            long open,
            long total,
            long users,
            Instant firstSeenAt,
            Instant lastSeenAt,
            GroupState state,
            @Nullable Instant until,
            boolean regressed,
            @Nullable String note,
            @Nullable String decidedBy,
            @Nullable Instant decidedAt) {}

    /**
     * Returns letters in the order of their times, the newest first; those of the same time by their positions.
     *
     * @param after where the page before ended; {@code null} for the first
     * @param limit max number, 1 to {@link #MAX_PAGE}
     */
    public Page list(Filter filter, @Nullable Cursor after, int limit) {
        if (limit < 1 || limit > MAX_PAGE) {
            throw new IllegalArgumentException("limit out of range: " + limit);
        }
        return file.query(connection -> {
            LetterQuery query = new LetterQuery(filter);
            if (query.states().isEmpty()) {
                return new Page(List.of(), null);
            }
            Sql sql = query.from(connection, true);
            if (after != null) {
                sql = LetterQuery.join(
                        sql,
                        (sql.text().contains(" WHERE ") ? " AND" : " WHERE")
                                + " dead_at <= ? AND (dead_at < ? OR letters.pos < ?)",
                        after.deadLetteredAtMs(),
                        after.deadLetteredAtMs(),
                        after.position());
            }
            sql = LetterQuery.join(sql, " ORDER BY dead_at DESC, letters.pos DESC LIMIT ?", limit + 1);
            // The rows are chosen before they are joined, so that only those of the page are.
            sql = new Sql(
                    LETTER + " FROM (SELECT *" + sql.text() + ") AS letters" + JOINED
                            + " ORDER BY dead_at DESC, letters.pos DESC",
                    sql.values());
            List<Letter> letters = read(connection, sql);
            boolean more = letters.size() > limit;
            List<Letter> page = more ? letters.subList(0, limit) : letters;
            Letter last = more ? page.get(limit - 1) : null;
            return new Page(
                    page, last == null ? null : new Cursor(last.deadLetteredAt().toEpochMilli(), last.position()));
        });
    }

    /** Returns a letter; {@code null} if the index has none with this id. */
    public @Nullable Letter letter(UUID id) {
        Sql sql = new Sql(
                LETTER + " FROM letters" + JOINED + " WHERE id_hi = ? AND id_lo = ?",
                List.of(id.getMostSignificantBits(), id.getLeastSignificantBits()));
        List<Letter> found = file.query(connection -> read(connection, sql));
        return found.isEmpty() ? null : found.get(0);
    }

    /** Returns the letters of a job, the oldest first; at most {@link #MAX_PAGE}. */
    public List<Letter> ofJob(String userId, String jobId) {
        return file.query(connection -> read(
                connection,
                new Sql(
                        LETTER + " FROM letters INDEXED BY letters_owner" + JOINED
                                + " WHERE owner = (SELECT id FROM owners WHERE name = ?) AND job = ? ORDER BY dead_at,"
                                + " letters.pos LIMIT " + MAX_PAGE,
                        List.of(userId, jobId))));
    }

    static List<Letter> read(Connection connection, Sql sql) throws SQLException {
        List<Letter> letters = new ArrayList<>();
        try (PreparedStatement statement = sql.prepare(connection);
                ResultSet row = statement.executeQuery()) {
            while (row.next()) {
                letters.add(letter(row));
            }
        }
        return letters;
    }

    private static Letter letter(ResultSet row) throws SQLException {
        return new Letter(
                row.getLong(1),
                new UUID(row.getLong(2), row.getLong(3)).toString(),
                row.getString(4),
                row.getString(5),
                row.getInt(6),
                kind(row, 7),
                row.getString(14),
                Labels.read(row.getString(15)),
                LetterState.values()[row.getInt(16)],
                Instant.ofEpochMilli(row.getLong(17)),
                Instant.ofEpochMilli(row.getLong(18)),
                Instant.ofEpochMilli(row.getLong(19)),
                row.getInt(20),
                row.getString(21),
                row.getInt(22) != 0);
    }

    private static Kind kind(ResultSet row, int from) throws SQLException {
        int status = row.getInt(from + 6);
        Integer known = row.wasNull() ? null : Integer.valueOf(status);
        return new Kind(
                row.getString(from),
                row.getString(from + 1),
                row.getString(from + 2),
                row.getString(from + 3),
                row.getString(from + 4),
                row.getString(from + 5),
                known);
    }

    /** Returns how many letters pass; exact where the index has the sums, else up to {@link #MAX_COUNT}. */
    public Count count(Filter filter) {
        return file.query(connection -> {
            LetterQuery query = new LetterQuery(filter);
            if (query.states().isEmpty()) {
                return new Count(0, true);
            }
            if (query.decidedByKinds()) {
                return new Count(query.ofKinds(connection), true);
            }
            Sql from = query.from(connection, false);
            Sql sql = LetterQuery.join(
                    new Sql("SELECT count(*) FROM (SELECT 1" + from.text(), from.values()), " LIMIT ?)", MAX_COUNT + 1);
            try (PreparedStatement statement = sql.prepare(connection);
                    ResultSet row = statement.executeQuery()) {
                long count = row.next() ? row.getLong(1) : 0;
                return new Count(Math.min(count, MAX_COUNT), count <= MAX_COUNT);
            }
        });
    }

    /**
     * Returns how many letters pass by a value that their kinds have, the most first; at most 50, further ones as
     * {@code OTHER}. Of more than {@link #MAX_COUNT} only so many are counted.
     *
     * @param by CODE, CLASS, REASON, SERVICE, OPERATION or STATUS
     */
    public Map<String, Long> histogram(Filter filter, Field by) {
        String column = switch (by) {
            case CODE -> "code";
            case CLASS -> "class";
            case REASON -> "reason";
            case SERVICE -> "service";
            case OPERATION -> "operation";
            case STATUS -> "status";
            case GROUP -> "grp";
            case USER, BATCH, STATE, REDRIVE -> throw new IllegalArgumentException("no histogram by " + by);
        };
        return file.query(connection -> {
            LetterQuery query = new LetterQuery(filter);
            if (query.states().isEmpty()) {
                return Map.of();
            }
            Sql sql;
            if (query.decidedByKinds()) {
                List<Object> values = new ArrayList<>(query.kinds().values());
                query.states().forEach(state -> values.add(state.ordinal()));
                sql = new Sql(
                        "SELECT " + column + ", sum(n) AS c FROM kind_states JOIN kinds ON kinds.id = kind WHERE "
                                + query.kinds().text() + " AND state IN ("
                                + LetterQuery.marks(query.states().size()) + ") GROUP BY 1 HAVING c > 0 ORDER BY c"
                                + " DESC, 1",
                        values);
            } else {
                Sql from = query.from(connection, false);
                sql = new Sql(
                        "SELECT " + column + ", sum(c) AS s FROM (SELECT kind AS k, count(*) AS c FROM (SELECT kind"
                                + from.text() + " LIMIT " + MAX_COUNT + ") GROUP BY kind) JOIN kinds ON kinds.id = k"
                                + " GROUP BY 1 ORDER BY s DESC, 1",
                        from.values());
            }
            Map<String, Long> counts = new LinkedHashMap<>();
            try (PreparedStatement statement = sql.prepare(connection);
                    ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    String value = row.getString(1);
                    counts.merge(
                            counts.size() < MAX_VALUES ? (value == null ? "" : value) : "OTHER",
                            row.getLong(2),
                            Long::sum);
                }
            }
            return counts;
        });
    }

    /**
     * Returns groups, those with the newest letters first.
     *
     * @param filter terms about kinds; others are ignored, for groups have all their letters
     * @param now whether a group is still ignored
     * @param after where the page before ended; {@code null} for the first
     * @param limit max number, 1 to {@link #MAX_PAGE}
     */
    public List<Group> groups(Filter filter, Instant now, @Nullable GroupCursor after, int limit) {
        return file.query(connection -> {
            LetterQuery query = new LetterQuery(filter);
            List<Object> values = new ArrayList<>(query.kinds().values());
            String having = "";
            if (after != null) {
                having = " AND (last < ? OR last = ? AND kinds.grp < ?)";
                values.add(after.lastSeenAtMs());
                values.add(after.lastSeenAtMs());
                values.add(after.group());
            }
            values.add(limit);
            // With max() the other columns are of the row with the maximum.
            Sql sql = new Sql(
                    "SELECT kinds.grp, service, operation, reason, class, code, status, max(last_at) AS last,"
                            + " min(first_at), sum((SELECT coalesce(sum(n), 0) FROM kind_states WHERE kind = kinds.id AND"
                            + " state = 0)), sum((SELECT coalesce(sum(n), 0) FROM kind_states WHERE kind = kinds.id)) AS total,"
                            + " sum((SELECT count(*) FROM (SELECT 1 FROM kind_owners WHERE kind = kinds.id LIMIT 50000))),"
                            + " groups.state, groups.until, groups.note, groups.by, groups.at"
                            + " FROM kinds LEFT JOIN groups ON groups.grp = kinds.grp WHERE "
                            + query.kinds().text().replace("grp ", "kinds.grp ")
                            + " GROUP BY kinds.grp HAVING total > 0" + having
                            + " ORDER BY last DESC, kinds.grp DESC LIMIT ?",
                    values);
            List<Group> groups = new ArrayList<>();
            try (PreparedStatement statement = sql.prepare(connection);
                    ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    groups.add(group(row, now));
                }
            }
            return groups;
        });
    }

    private static Group group(ResultSet row, Instant now) throws SQLException {
        String decided = row.getString(13);
        GroupState state = decided == null ? GroupState.OPEN : GroupState.valueOf(decided);
        long untilMs = row.getLong(14);
        Instant until = row.wasNull() || untilMs == 0 ? null : Instant.ofEpochMilli(untilMs);
        if (state == GroupState.NOTED || state == GroupState.IGNORED && until != null && !until.isAfter(now)) {
            state = GroupState.OPEN;
        }
        Instant decidedAt = decided == null ? null : Instant.ofEpochMilli(row.getLong(17));
        Instant last = Instant.ofEpochMilli(row.getLong(8));
        boolean regressed = state == GroupState.RESOLVED && decidedAt != null && last.isAfter(decidedAt);
        return new Group(
                kind(row, 1),
                row.getLong(10),
                row.getLong(11),
                row.getLong(12),
                Instant.ofEpochMilli(row.getLong(9)),
                last,
                state,
                until,
                regressed,
                row.getString(15),
                row.getString(16),
                decidedAt);
    }
}
