package dev.redrive.server.index;

import dev.redrive.avro.AuditEvent;
import dev.redrive.avro.DeadLetter;
import dev.redrive.avro.GateState;
import dev.redrive.avro.JobFailure;
import dev.redrive.avro.Outcome;
import dev.redrive.avro.Redrive;
import dev.redrive.avro.UserState;
import dev.redrive.domain.lifecycle.Effect.About;
import dev.redrive.domain.lifecycle.Effect.OutcomeKind;
import dev.redrive.server.index.Letter.Kind;
import dev.redrive.server.index.LetterWriter.Statements;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.UUID;
import org.apache.avro.message.BinaryMessageEncoder;
import org.jspecify.annotations.Nullable;

/**
 * Projects the pipeline's outputs into the index. Records of a partition come in offset order; those of different
 * partitions and topics in any. What was written since the last {@link #commit} becomes visible with it, together with
 * the offsets, so that each record has its effect exactly once. Used by one thread.
 */
final class IndexWriter {

    /** Jobs' histories are kept as long as the ledger; what is deleted there is deleted here at most so often at once. */
    private static final int HISTORY_AT_ONCE = 50_000;

    private final IndexFile file;
    private final Statements statements;
    private final LetterWriter letters;

    IndexWriter(IndexFile file) {
        this.file = file;
        this.statements = new Statements(file.writer());
        this.letters = new LetterWriter(file.writer());
    }

    /** Returns the offsets of the next records, by source and partition. */
    Map<Source, Map<Integer, Long>> offsets() throws SQLException {
        Map<Source, Map<Integer, Long>> offsets = new HashMap<>();
        try (ResultSet rows = statements.query("SELECT topic, part, next FROM offsets")) {
            while (rows.next()) {
                offsets.computeIfAbsent(Source.valueOf(rows.getString(1)), unused -> new HashMap<>())
                        .put(rows.getInt(2), rows.getLong(3));
            }
        }
        return offsets;
    }

    void letter(int partition, long offset, DeadLetter record) throws SQLException {
        JobFailure failure = record.getFailure();
        Kind kind = new Kind(
                record.getFingerprint(),
                failure.getService(),
                failure.getOperation(),
                record.getReason(),
                record.getFailureClass(),
                record.getCode(),
                failure.getHttpStatus());
        letters.add(new Letter(
                Position.of(partition, offset),
                record.getDeadLetterId(),
                record.getUserId(),
                record.getJobId(),
                record.getAttempt(),
                kind,
                failure.getBatchId(),
                failure.getLabels(),
                LetterState.OPEN,
                record.getDeadLetteredAt(),
                record.getDeadLetteredAt(),
                record.getFirstFailedAt(),
                0,
                record.getRedriveId(),
                failure.getRequest() != null));
    }

    /** Takes a step of a dead letter: what its redrive or discard, and its job since, came to. */
    void change(int partition, long offset, Outcome change) throws SQLException {
        long position = Position.of(partition, offset);
        OutcomeKind kind = OutcomeKind.valueOf(change.getOutcome());
        Instant at = change.getAt();
        if (About.valueOf(change.getInput()) == About.COMMAND) {
            command(change, kind, position);
            return;
        }
        String command = change.getRedriveId();
        UUID letter = command == null ? uuid(change.getDeadLetterId()) : letters.letterOf(command);
        if (letter == null) {
            return;
        }
        String redrive = command == null ? null : RedriveCommandId.redrive(command);
        LetterResult result = null;
        switch (kind) {
            case RELEASED -> {
                letters.move(letter, LetterState.REDRIVEN, at, position);
                result = LetterResult.RELEASED;
            }
            case DEAD_LETTERED -> {
                letters.move(letter, LetterState.REDRIVEN, at, position);
                result = LetterResult.DEAD_AGAIN;
            }
            case APPLIED -> {
                if ("SUCCEEDED".equals(change.getReason())) {
                    letters.move(letter, LetterState.RESOLVED, at, position);
                    result = LetterResult.SUCCEEDED;
                } else if ("CANCELLED".equals(change.getReason())) {
                    letters.move(letter, LetterState.DISCARDED, at, position);
                }
            }
            case CANCELLED, DISCARDED, DROPPED -> letters.move(letter, LetterState.DISCARDED, at, position);
            case SCHEDULED -> result = LetterResult.RETRYING;
            case DUPLICATE, STALE, SUPERSEDED, IGNORED, REJECTED, FORWARDED, QUARANTINED -> {}
        }
        if (redrive != null && result != null) {
            letters.result(redrive, letter, result, change.getReason(), at);
        }
    }

    private void command(Outcome change, OutcomeKind kind, long position) throws SQLException {
        UUID letter = uuid(change.getDeadLetterId());
        String command = change.getCommandId();
        if (letter == null || command == null) {
            return;
        }
        Instant at = change.getAt();
        String redrive = RedriveCommandId.redrive(command);
        if (kind == OutcomeKind.SCHEDULED) {
            letters.move(letter, LetterState.REDRIVING, at, position);
            if (redrive == null) {
                letters.remember(command, letter, at);
            } else {
                letters.result(redrive, letter, LetterResult.SCHEDULED, change.getDetail(), at);
            }
        } else if (kind == OutcomeKind.DISCARDED) {
            letters.move(letter, LetterState.DISCARDED, at, position);
        } else if (kind == OutcomeKind.REJECTED && redrive != null && !"REDRIVE_ID_USED".equals(change.getReason())) {
            letters.result(redrive, letter, LetterResult.BLOCKED, change.getReason(), at);
        }
    }

    /** Takes an entry of the ledger: the job's history, and whether its retry is pending. */
    void outcome(int partition, long offset, Outcome outcome) throws SQLException {
        String jobId = outcome.getJobId();
        if (jobId == null) {
            return;
        }
        statements.update(
                "INSERT OR IGNORE INTO history(pos, job) VALUES (?, ?)",
                Position.of(partition, offset),
                jobHash(outcome.getUserId(), jobId));
        OutcomeKind kind = OutcomeKind.valueOf(outcome.getOutcome());
        About about = About.valueOf(outcome.getInput());
        if (kind == OutcomeKind.SCHEDULED) {
            schedule(outcome, jobId);
        } else if (about == About.COMMAND && "EXPEDITE".equals(outcome.getReason())) {
            statements.update(
                    "UPDATE pending SET due_at = min(due_at, ?) WHERE owner = ? AND job = ?",
                    outcome.getAt().toEpochMilli(),
                    letters.owner(outcome.getUserId()),
                    jobId);
        } else if (endsRetry(about, kind, outcome.getReason())) {
            statements.update(
                    "DELETE FROM pending WHERE owner = ? AND job = ?", letters.owner(outcome.getUserId()), jobId);
        }
    }

    private static boolean endsRetry(About about, OutcomeKind kind, @Nullable String reason) {
        return switch (about) {
            case RETRY -> kind != OutcomeKind.FORWARDED && kind != OutcomeKind.IGNORED;
            case FAILURE -> kind == OutcomeKind.DEAD_LETTERED || kind == OutcomeKind.DROPPED;
            case LIFECYCLE -> kind == OutcomeKind.APPLIED && ("SUCCEEDED".equals(reason) || "CANCELLED".equals(reason));
            case COMMAND -> kind == OutcomeKind.APPLIED && "CANCEL".equals(reason);
            case ACCOUNT, ERROR_RATE -> false;
        };
    }

    private void schedule(Outcome outcome, String jobId) throws SQLException {
        Instant due = outcome.getDueAt() == null ? outcome.getAt() : outcome.getDueAt();
        statements.update(
                "INSERT OR REPLACE INTO pending(owner, job, attempt, due_at, service, operation, batch, tier, since)"
                        + " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                letters.owner(outcome.getUserId()),
                jobId,
                outcome.getAttempt(),
                due.toEpochMilli(),
                outcome.getService(),
                outcome.getOperation(),
                outcome.getBatchId(),
                outcome.getTier(),
                outcome.getAt().toEpochMilli());
    }

    /** Takes the state of a user; {@code null} where it is forgotten. */
    void user(String userId, @Nullable UserState user) throws SQLException {
        long owner = letters.owner(userId);
        if (user == null) {
            statements.update("DELETE FROM users WHERE owner = ?", owner);
            return;
        }
        TreeSet<String> gates = new TreeSet<>();
        for (GateState gate : user.getGates()) {
            gates.add(gate.getGate());
        }
        statements.update(
                "INSERT OR REPLACE INTO users(owner, updated_at, active, pending, quota, gates, record) VALUES (?, ?, ?,"
                        + " ?, ?, ?, ?)",
                owner,
                user.getUpdatedAt().toEpochMilli(),
                user.getActiveJobs(),
                user.getPendingRetries(),
                user.getQuota().getStatus(),
                String.join(" ", gates),
                bytes(UserState.getEncoder(), user));
    }

    /** Takes a decision about a redrive, or its progress; {@code null} where it is forgotten. */
    void redrive(String key, @Nullable Redrive redrive) throws SQLException {
        boolean progress = key.endsWith(RedriveIndex.PROGRESS);
        String id = progress ? key.substring(0, key.length() - RedriveIndex.PROGRESS.length()) : key;
        if (redrive == null) {
            for (String table : List.of("results", "result_counts")) {
                statements.update("DELETE FROM " + table + " WHERE redrive = ?", id);
            }
            statements.update("DELETE FROM redrives WHERE id = ?", id);
            return;
        }
        statements.update(
                "INSERT INTO redrives(id, planned_at, " + (progress ? "progress" : "record")
                        + ") VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET "
                        + (progress ? "progress = excluded.progress" : "record = excluded.record"),
                id,
                redrive.getPlannedAt().toEpochMilli(),
                bytes(Redrive.getEncoder(), redrive));
    }

    /** Takes what somebody did with a group; the latest of each group counts, whatever partition it comes from. */
    void audit(AuditEvent event) throws SQLException {
        GroupState state = GroupState.of(event.getAction());
        if (state == null || event.getTarget() == null || !event.getOutcome().equals("DONE")) {
            return;
        }
        statements.update(
                "INSERT INTO groups(grp, state, until, note, by, at) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET"
                        + " state = CASE WHEN excluded.state = 'NOTED' THEN state ELSE excluded.state END, note ="
                        + " coalesce(excluded.note, note), by = excluded.by, at = excluded.at, until = excluded.until"
                        + " WHERE excluded.at >= at",
                event.getTarget(),
                state.name(),
                state == GroupState.IGNORED ? event.getCount() : null,
                event.getReason(),
                event.getActor(),
                event.getAt().toEpochMilli());
    }

    /** What is written becomes visible, together with the offsets of the next records. */
    void commit(Map<Source, Map<Integer, Long>> next) throws SQLException {
        letters.flush();
        for (Map.Entry<Source, Map<Integer, Long>> source : next.entrySet()) {
            for (Map.Entry<Integer, Long> partition : source.getValue().entrySet()) {
                statements.update(
                        "INSERT OR REPLACE INTO offsets(topic, part, next) VALUES (?, ?, ?)",
                        source.getKey().name(),
                        partition.getKey(),
                        partition.getValue());
            }
        }
        file.writer().commit();
    }

    /** Undoes what was written since the last commit. */
    void rollback() throws SQLException {
        letters.reset();
        file.writer().rollback();
    }

    /** Deletes everything, so that the index is built again from the beginning of the topics. */
    void clear() throws SQLException {
        letters.reset();
        file.clear();
        file.writer().commit();
    }

    /**
     * Removes what is over, a bounded part of it.
     *
     * @param retention of dead letters
     * @param begins the first offsets that the ledger still has, by partition
     */
    void expire(Instant now, Duration retention, Map<Integer, Long> begins) throws SQLException {
        letters.expire(now, retention);
        for (Map.Entry<Integer, Long> begin : begins.entrySet()) {
            statements.update(
                    "DELETE FROM history WHERE pos IN (SELECT pos FROM history WHERE pos >= ? AND pos < ? LIMIT "
                            + HISTORY_AT_ONCE + ")",
                    Position.of(begin.getKey(), 0),
                    Position.of(begin.getKey(), begin.getValue()));
        }
        file.writer().commit();
    }

    /** Returns a number for a job; different jobs may have the same. FNV-1a, 64 bits. */
    static long jobHash(String userId, String jobId) {
        long hash = 0xcbf29ce484222325L;
        for (byte each : (userId.length() + ":" + userId + jobId).getBytes(StandardCharsets.UTF_8)) {
            hash = (hash ^ (each & 0xff)) * 0x100000001b3L;
        }
        return hash;
    }

    private static @Nullable UUID uuid(@Nullable String text) {
        return text == null ? null : RedriveCommandId.uuid(text);
    }

    /** Encodes a record for the index file: with its schema's fingerprint, so that a later version can read it. */
    private static <T> byte[] bytes(BinaryMessageEncoder<T> encoder, T record) {
        try {
            ByteBuffer buffer = encoder.encode(record);
            byte[] bytes = new byte[buffer.remaining()];
            buffer.get(bytes);
            return bytes;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
