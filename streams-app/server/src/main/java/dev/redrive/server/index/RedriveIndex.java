package dev.redrive.server.index;

import dev.redrive.avro.Cutoff;
import dev.redrive.avro.Redrive;
import dev.redrive.server.index.Filter.Field;
import dev.redrive.server.index.Filter.FilterException;
import dev.redrive.server.index.LetterIndex.Cursor;
import dev.redrive.server.index.LetterQuery.Sql;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Redrives, which letters they cover, and what became of each. Which letters a plan covers is a function of the plan
 * and of letters below its cut-off positions, so that every instance finds the same ones at any time. Thread-safe.
 */
public final class RedriveIndex {

    /** End of the key of a redrive's progress. */
    public static final String PROGRESS = "/progress";

    /** Max number of letters that are listed by id, and of users that are left out. */
    public static final int MAX_LISTED = 20_000;

    /** Max number of users that are left out of a redrive. */
    public static final int MAX_EXCLUDED_USERS = 5_000;

    private static final int ID_BYTES = 16;

    /** Reasons of letters that no redrive helps without another input. */
    private static final List<String> INPUT_REASONS = List.of("INVALID_REQUEST", "NOT_FOUND", "UNSUPPORTED");

    private static final String MEMBER_COLUMNS =
            "letters.pos, id_hi, id_lo, owners.name, job, attempt, dead_at, state, redrives, reason, quota";
    private static final String MEMBER_JOINS = " JOIN owners ON owners.id = letters.owner JOIN kinds ON kinds.id ="
            + " letters.kind LEFT JOIN users ON users.owner = letters.owner";

    private final IndexFile file;

    /** Creates the queries on a file. */
    public RedriveIndex(IndexFile file) {
        this.file = file;
    }

    /**
     * A redrive as the topic has it.
     *
     * @param control what people want
     * @param progress how far it is; {@code null} before it was started
     */
    public record Stored(Redrive control, @Nullable Redrive progress) {}

    /** Why a letter that matches is left out of a plan; the name is stable in API and CLI. */
    public enum Blocked {
        /** It is not open: a redrive is on its way, or it was redriven, resolved, discarded or has expired. */
        NOT_OPEN,
        /** Its job was redriven as often as is allowed. */
        LOOP_CAP,
        /** The API has refused the input, which is unchanged. */
        INPUT_UNCHANGED,
        /** Its user's allowance is still exhausted, or the spend cap still reached. */
        QUOTA_EXHAUSTED,
        /** There is no letter with the id that was listed. */
        UNKNOWN_LETTER
    }

    /**
     * One letter of a redrive, in its order.
     *
     * @param order its place: the position of the letter, or its index in the list
     * @param position position of the letter in its topic
     */
    public record Member(
            long order,
            long position,
            String letterId,
            String userId,
            String jobId,
            int attempt,
            long deadLetteredAtMs) {}

    /**
     * What a plan covers.
     *
     * @param planned letters that it releases
     * @param blocked letters that it leaves out
     * @param reasons planned letters by reason
     * @param samples at most five of the planned letters
     * @param excludedUsers users whose letters are left out for their quota
     */
    public record Coverage(
            long planned,
            Map<Blocked, Long> blocked,
            Map<String, Long> reasons,
            List<String> samples,
            Set<String> excludedUsers) {}

    /**
     * What became of one letter of a redrive.
     *
     * @param letterId the letter
     * @param result what became of it
     * @param detail a stable word: of BLOCKED the reason, of SCHEDULED the gate that it waits for, if any
     * @param at since when
     */
    public record Result(
            String letterId, LetterResult result, @Nullable String detail, Instant at) {}

    private record Row(
            Member member,
            LetterState state,
            int redrives,
            String reason,
            @Nullable String quota) {}

    /** Returns a redrive; {@code null} if there is none with this id. */
    public @Nullable Stored redrive(String id) {
        List<Stored> found = file.query(connection -> stored(connection, new Sql(" WHERE id = ?", List.of(id))));
        return found.isEmpty() ? null : found.get(0);
    }

    /** Returns the redrives planned before an instant, the newest first. */
    public List<Stored> redrives(Instant before, int limit) {
        return file.query(connection -> stored(
                connection,
                new Sql(
                        " WHERE planned_at < ? ORDER BY planned_at DESC, id LIMIT ?",
                        List.of(before.toEpochMilli(), limit))));
    }

    private static List<Stored> stored(Connection connection, Sql where) throws SQLException {
        List<Stored> found = new ArrayList<>();
        Sql sql = new Sql("SELECT record, progress FROM redrives" + where.text(), where.values());
        try (PreparedStatement statement = sql.prepare(connection);
                ResultSet row = statement.executeQuery()) {
            while (row.next()) {
                byte[] control = row.getBytes(1);
                byte[] progress = row.getBytes(2);
                if (control != null) {
                    found.add(new Stored(decode(control), progress == null ? null : decode(progress)));
                }
            }
        }
        return found;
    }

    private static Redrive decode(byte[] bytes) {
        try {
            return Redrive.fromByteBuffer(ByteBuffer.wrap(bytes));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns the letters of a redrive by result. */
    public Map<LetterResult, Long> counts(String id) {
        return file.query(connection -> {
            Map<LetterResult, Long> counts = new EnumMap<>(LetterResult.class);
            Sql sql = new Sql("SELECT result, n FROM result_counts WHERE redrive = ? AND n > 0", List.of(id));
            try (PreparedStatement statement = sql.prepare(connection);
                    ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    counts.put(LetterResult.values()[row.getInt(1)], row.getLong(2));
                }
            }
            return counts;
        });
    }

    /**
     * Returns results of a redrive in the order of the letters' ids.
     *
     * @param only results of this kind; {@code null} for all
     * @param after id of the last letter of the page before; {@code null} for the first
     * @param limit max number
     */
    public List<Result> results(String id, @Nullable LetterResult only, @Nullable UUID after, int limit) {
        return file.query(connection -> {
            String where = "redrive = ?";
            List<Object> values = new ArrayList<>(List.of(id));
            if (after != null) {
                where += " AND (id_hi, id_lo) > (?, ?)";
                values.add(after.getMostSignificantBits());
                values.add(after.getLeastSignificantBits());
            }
            if (only != null) {
                where += " AND result = ?";
                values.add(only.ordinal());
            }
            values.add(limit);
            Sql sql = new Sql(
                    "SELECT id_hi, id_lo, result, detail, at FROM results WHERE " + where
                            + " ORDER BY id_hi, id_lo LIMIT ?",
                    values);
            List<Result> results = new ArrayList<>();
            try (PreparedStatement statement = sql.prepare(connection);
                    ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    results.add(new Result(
                            new UUID(row.getLong(1), row.getLong(2)).toString(),
                            LetterResult.values()[row.getInt(3)],
                            row.getString(4),
                            Instant.ofEpochMilli(row.getLong(5))));
                }
            }
            return results;
        });
    }

    /** Returns the positions that the index has now in letters and changes, by partition. */
    public List<Cutoff> cutoffs() {
        return file.query(connection -> {
            Map<Integer, long[]> positions = new TreeMap<>();
            try (PreparedStatement statement = connection.prepareStatement(
                            "SELECT topic, part, next FROM offsets WHERE topic IN ('LETTERS', 'CHANGES')");
                    ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    positions
                                    .computeIfAbsent(row.getInt(2), unused -> new long[2])[
                                    row.getString(1).equals("LETTERS") ? 0 : 1] =
                            row.getLong(3);
                }
            }
            List<Cutoff> cutoffs = new ArrayList<>();
            positions.forEach((partition, next) -> cutoffs.add(new Cutoff(partition, next[0], next[1])));
            return cutoffs;
        });
    }

    /**
     * Returns what a plan covers; its excluded users and counts are not read.
     *
     * @throws FilterException if the plan's filter is none
     */
    public Coverage coverage(Redrive plan) throws FilterException {
        Filter filter = Filter.parse(plan.getFilter(), plan.getPlannedAt());
        Tally tally = new Tally(plan);
        if (plan.getLetterIds().hasRemaining()) {
            listed(plan, -1, MAX_LISTED).forEach(tally::add);
            return tally.coverage();
        }
        Cursor last = new Cursor(-1, -1);
        while (true) {
            List<Row> page = matching(plan, filter, last, MAX_LISTED);
            page.forEach(tally::add);
            if (page.size() < MAX_LISTED) {
                return tally.coverage();
            }
            Member end = page.get(page.size() - 1).member();
            last = new Cursor(end.deadLetteredAtMs(), end.position());
        }
    }

    /** Sums up what a plan covers. */
    private static final class Tally {

        private static final int SAMPLES = 5;

        private final Redrive plan;
        private final Map<Blocked, Long> blocked = new EnumMap<>(Blocked.class);
        private final Map<String, Long> reasons = new TreeMap<>();
        private final List<String> samples = new ArrayList<>();
        private final Set<String> excluded = new HashSet<>();
        private long planned;

        Tally(Redrive plan) {
            this.plan = plan;
        }

        void add(Row row) {
            Blocked why = why(row);
            if (why != null) {
                blocked.merge(why, 1L, Long::sum);
                return;
            }
            planned++;
            reasons.merge(row.reason(), 1L, Long::sum);
            if (samples.size() < SAMPLES) {
                samples.add(row.member().letterId());
            }
        }

        private @Nullable Blocked why(Row row) {
            if (row.member().position() < 0) {
                return Blocked.UNKNOWN_LETTER;
            }
            if (row.state() != LetterState.OPEN) {
                return Blocked.NOT_OPEN;
            }
            return plan.getOverride() ? null : blocked(row, plan, excluded, true);
        }

        Coverage coverage() {
            return new Coverage(planned, blocked, reasons, samples, excluded);
        }
    }

    private static @Nullable Blocked blocked(Row row, Redrive plan, Collection<String> excluded, boolean planning) {
        if (!plan.getAction().equals("REDRIVE")) {
            return null;
        }
        if (row.redrives() >= plan.getMaxRedrives()) {
            return Blocked.LOOP_CAP;
        }
        if (INPUT_REASONS.contains(row.reason())) {
            return Blocked.INPUT_UNCHANGED;
        }
        String user = row.member().userId();
        if (excluded.contains(user)) {
            return Blocked.QUOTA_EXHAUSTED;
        }
        boolean spent = planning && row.quota() != null && !row.quota().equals("AVAILABLE");
        if (spent && excluded.size() < MAX_EXCLUDED_USERS) {
            excluded.add(user);
            return Blocked.QUOTA_EXHAUSTED;
        }
        return null;
    }

    /**
     * Returns the next letters of a redrive in its order: by time, then position, or as they are listed.
     *
     * @param after place and time of the last one; -1 for the first
     * @param max max number
     */
    public List<Member> next(Redrive plan, long after, long afterMs, int max) throws FilterException {
        Set<String> excluded = new HashSet<>(plan.getExcludedUsers());
        List<Member> members = new ArrayList<>();
        long last = after;
        long lastMs = afterMs;
        while (members.size() < max) {
            List<Row> rows = plan.getLetterIds().hasRemaining()
                    ? listed(plan, last, max)
                    : matching(
                            plan, Filter.parse(plan.getFilter(), plan.getPlannedAt()), new Cursor(lastMs, last), max);
            if (rows.isEmpty()) {
                break;
            }
            for (Row row : rows) {
                last = row.member().order();
                lastMs = row.member().deadLetteredAtMs();
                boolean member = row.member().position() >= 0
                        && row.state() == LetterState.OPEN
                        && (plan.getOverride() || blocked(row, plan, excluded, false) == null);
                if (member && members.size() < max) {
                    members.add(row.member());
                }
            }
        }
        return members;
    }

    /** Returns letters below the cut-off that were open there; their state is the one that they had there. */
    private List<Row> matching(Redrive plan, Filter filter, Cursor after, int max) {
        if (!filter.of(Field.STATE).allows(LetterState.OPEN.name())) {
            return List.of();
        }
        Map<Field, Filter.Values> fields = new HashMap<>(filter.fields());
        fields.remove(Field.STATE);
        Filter stateless = new Filter(fields, filter.labels(), filter.since(), filter.until());
        return file.query(connection -> {
            Sql from = new LetterQuery(stateless).from(connection, true);
            Sql sql = LetterQuery.join(
                    new Sql("SELECT letters.*" + from.text(), from.values()),
                    (from.text().contains(" WHERE ") ? " AND" : " WHERE")
                            + " dead_at >= ? AND (dead_at > ? OR letters.pos > ?) AND letters.pos < "
                            + byPartition(plan, true) + " AND (left_open IS NULL OR left_open >= "
                            + byPartition(plan, false) + ") ORDER BY dead_at, letters.pos LIMIT ?",
                    after.deadLetteredAtMs(),
                    after.deadLetteredAtMs(),
                    after.position(),
                    max);
            Sql joined = new Sql(
                    "SELECT " + MEMBER_COLUMNS + " FROM (" + sql.text() + ") AS letters" + MEMBER_JOINS
                            + " ORDER BY dead_at, letters.pos",
                    sql.values());
            List<Row> rows = new ArrayList<>();
            try (PreparedStatement statement = joined.prepare(connection);
                    ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    rows.add(row(row, row.getLong(1), LetterState.OPEN));
                }
            }
            return rows;
        });
    }

    private static Row row(ResultSet row, long order, LetterState state) throws SQLException {
        Member member = new Member(
                order,
                row.getLong(1),
                new UUID(row.getLong(2), row.getLong(3)).toString(),
                row.getString(4),
                row.getString(5),
                row.getInt(6),
                row.getLong(7));
        return new Row(member, state, row.getInt(9), row.getString(10), row.getString(11));
    }

    /** Returns an SQL expression: the cut-off position of a letter's partition, or of its changes. */
    private static String byPartition(Redrive plan, boolean letters) {
        StringBuilder sql = new StringBuilder("CASE letters.pos >> 48");
        for (Cutoff cutoff : plan.getCutoffs()) {
            sql.append(" WHEN ")
                    .append(cutoff.getPartition())
                    .append(" THEN ")
                    .append(Position.of(cutoff.getPartition(), letters ? cutoff.getLetters() : cutoff.getChanges()));
        }
        return plan.getCutoffs().isEmpty() ? "0" : sql.append(" ELSE 0 END").toString();
    }

    /** Returns listed letters, also those that are unknown (position -1) or were not open at the cut-off. */
    private List<Row> listed(Redrive plan, long after, int max) {
        ByteBuffer ids = plan.getLetterIds().duplicate();
        int count = ids.remaining() / ID_BYTES;
        int start = ids.position();
        return file.query(connection -> {
            List<Row> rows = new ArrayList<>();
            String text = "SELECT " + MEMBER_COLUMNS + ", (letters.pos < " + byPartition(plan, true)
                    + " AND (left_open IS NULL OR left_open >= " + byPartition(plan, false) + ")) FROM letters"
                    + MEMBER_JOINS + " WHERE id_hi = ? AND id_lo = ?";
            try (PreparedStatement statement = connection.prepareStatement(text)) {
                for (long i = after + 1; i < count && rows.size() < max; i++) {
                    UUID id = new UUID(
                            ids.getLong(start + (int) i * ID_BYTES), ids.getLong(start + (int) i * ID_BYTES + 8));
                    LetterWriter.Statements.bind(statement, id.getMostSignificantBits(), id.getLeastSignificantBits());
                    rows.add(listed(statement, id, i));
                }
            }
            return rows;
        });
    }

    private static Row listed(PreparedStatement statement, UUID id, long order) throws SQLException {
        try (ResultSet row = statement.executeQuery()) {
            if (row.next()) {
                return row(row, order, row.getInt(12) != 0 ? LetterState.OPEN : LetterState.REDRIVEN);
            }
            return new Row(new Member(order, -1, id.toString(), "", "", 0, 0), LetterState.EXPIRED, 0, "", null);
        }
    }
}
