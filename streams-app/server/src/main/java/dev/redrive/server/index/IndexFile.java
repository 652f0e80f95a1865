package dev.redrive.server.index;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sqlite.ProgressHandler;
import org.sqlite.SQLiteConfig;

/**
 * The SQLite file of the index: one connection that writes, used by one thread, and a few that read, each used by one
 * thread at a time. Readers see the last committed transaction and never wait for the writer (write-ahead log).
 *
 * <p>The file holds nothing that the topics do not hold. One of another version, or one that is damaged, is deleted and
 * built again.
 */
public final class IndexFile implements AutoCloseable {

    /** Layout of the tables; another one in a file causes a rebuild. */
    static final int VERSION = 1;

    /** Connections that read; more queries at once wait. */
    static final int READERS = 4;

    private static final Logger LOG = LoggerFactory.getLogger(IndexFile.class);
    private static final String NAME = "index.sqlite";
    private static final int WRITER_CACHE_KIB = 64 * 1024;
    private static final int READER_CACHE_KIB = 8 * 1024;
    private static final long QUERY_MAX_NANOS = TimeUnit.SECONDS.toNanos(5);
    private static final long READER_WAIT_MS = 2_000;
    private static final int STEPS_BETWEEN_CHECKS = 10_000;

    private static final List<String> TABLES = List.of(
            "CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
            "CREATE TABLE offsets(topic TEXT, part INTEGER, next INTEGER NOT NULL, PRIMARY KEY(topic, part))"
                    + " WITHOUT ROWID",
            "CREATE TABLE owners(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE)",
            "CREATE TABLE kinds(id INTEGER PRIMARY KEY, grp TEXT NOT NULL, service TEXT NOT NULL, operation TEXT NOT"
                    + " NULL, reason TEXT NOT NULL, class TEXT NOT NULL, code TEXT, status INTEGER, first_at INTEGER NOT"
                    + " NULL, last_at INTEGER NOT NULL)",
            "CREATE INDEX kinds_grp ON kinds(grp)",
            "CREATE TABLE letters(pos INTEGER PRIMARY KEY, id_hi INTEGER NOT NULL, id_lo INTEGER NOT NULL, kind INTEGER"
                    + " NOT NULL, state INTEGER NOT NULL, owner INTEGER NOT NULL, job TEXT NOT NULL, attempt INTEGER NOT"
                    + " NULL, batch TEXT, labels TEXT, state_at INTEGER NOT NULL, left_open INTEGER, dead_at INTEGER NOT"
                    + " NULL, first_at INTEGER NOT NULL, redrives INTEGER NOT NULL, redrive TEXT, request INTEGER NOT NULL)",
            "CREATE INDEX letters_id ON letters(id_hi)",
            "CREATE INDEX letters_dead ON letters(dead_at)",
            "CREATE INDEX letters_kind ON letters(kind, state, dead_at)",
            "CREATE INDEX letters_owner ON letters(owner, dead_at)",
            "CREATE INDEX letters_batch ON letters(batch, dead_at) WHERE batch IS NOT NULL",
            "CREATE INDEX letters_state ON letters(state, dead_at) WHERE state <> 0",
            "CREATE INDEX letters_redrive ON letters(redrive) WHERE redrive IS NOT NULL",
            "CREATE TABLE labels(name TEXT, value TEXT, pos INTEGER, PRIMARY KEY(name, value, pos)) WITHOUT ROWID",
            "CREATE TABLE kind_states(kind INTEGER, state INTEGER, n INTEGER NOT NULL, PRIMARY KEY(kind, state))"
                    + " WITHOUT ROWID",
            "CREATE TABLE kind_owners(kind INTEGER, owner INTEGER, n INTEGER NOT NULL, PRIMARY KEY(kind, owner))"
                    + " WITHOUT ROWID",
            "CREATE TABLE early(id_hi INTEGER, id_lo INTEGER, state INTEGER NOT NULL, at INTEGER NOT NULL, left_open"
                    + " INTEGER NOT NULL, PRIMARY KEY(id_hi, id_lo)) WITHOUT ROWID",
            "CREATE TABLE letter_commands(command TEXT PRIMARY KEY, id_hi INTEGER NOT NULL, id_lo INTEGER NOT NULL, at"
                    + " INTEGER NOT NULL) WITHOUT ROWID",
            "CREATE TABLE redrives(id TEXT PRIMARY KEY, planned_at INTEGER NOT NULL, record BLOB, progress BLOB)",
            "CREATE INDEX redrives_planned ON redrives(planned_at)",
            "CREATE TABLE results(redrive TEXT, id_hi INTEGER, id_lo INTEGER, result INTEGER NOT NULL, detail TEXT, at"
                    + " INTEGER NOT NULL, PRIMARY KEY(redrive, id_hi, id_lo)) WITHOUT ROWID",
            "CREATE TABLE result_counts(redrive TEXT, result INTEGER, n INTEGER NOT NULL, PRIMARY KEY(redrive, result))"
                    + " WITHOUT ROWID",
            "CREATE TABLE pending(owner INTEGER, job TEXT, attempt INTEGER NOT NULL, due_at INTEGER NOT NULL, service"
                    + " TEXT, operation TEXT, batch TEXT, tier TEXT, since INTEGER NOT NULL, PRIMARY KEY(owner, job))"
                    + " WITHOUT ROWID",
            "CREATE INDEX pending_due ON pending(due_at)",
            "CREATE TABLE history(pos INTEGER PRIMARY KEY, job INTEGER NOT NULL)",
            "CREATE INDEX history_job ON history(job)",
            "CREATE TABLE users(owner INTEGER PRIMARY KEY, updated_at INTEGER NOT NULL, active"
                    + " INTEGER NOT NULL, pending INTEGER NOT NULL, quota TEXT NOT NULL, gates TEXT NOT NULL, record BLOB"
                    + " NOT NULL)",
            "CREATE TABLE groups(grp TEXT PRIMARY KEY, state TEXT NOT NULL, until INTEGER, note TEXT, by TEXT NOT NULL,"
                    + " at INTEGER NOT NULL) WITHOUT ROWID");

    private final Path path;
    private final Connection writer;
    private final BlockingQueue<Connection> readers = new ArrayBlockingQueue<>(READERS);
    private final List<Connection> opened = new ArrayList<>();
    private final LongSupplier nanoTime;

    private IndexFile(Path path, LongSupplier nanoTime) throws SQLException {
        this.path = path;
        this.nanoTime = nanoTime;
        this.writer = connect(path, false);
        opened.add(writer);
        boolean complete = false;
        try {
            if (version(writer) == 0) {
                create(writer);
            }
            for (int i = 0; i < READERS; i++) {
                Connection reader = connect(path, true);
                opened.add(reader);
                readers.add(reader);
            }
            complete = true;
        } finally {
            if (!complete) {
                close();
            }
        }
    }

    /** A query could not be answered. */
    public static final class IndexException extends RuntimeException {

        /** Why; the names are stable. */
        public enum Reason {
            /** Too many queries at once; the same one may be sent again. */
            INDEX_BUSY,
            /** The query takes too long; a narrower one may not. */
            QUERY_TOO_LONG,
            /** The file could not be read or written. */
            INDEX_UNUSABLE
        }

        private final Reason reason;

        IndexException(Reason reason, String message, @Nullable Throwable cause) {
            super(message, cause);
            this.reason = reason;
        }

        /** Returns why. */
        public Reason reason() {
            return reason;
        }
    }

    /** Does something with a connection. */
    @FunctionalInterface
    interface Work<T> {
        T with(Connection connection) throws SQLException;
    }

    /**
     * Opens the file, or creates it.
     *
     * @param directory where it is; created if missing
     * @param nanoTime a clock for deadlines
     * @throws UncheckedIOException if the directory cannot be written
     * @throws IndexException if the file cannot be opened, nor created anew
     */
    public static IndexFile open(Path directory, LongSupplier nanoTime) {
        try {
            Files.createDirectories(directory);
            Path path = directory.resolve(NAME);
            try {
                IndexFile file = new IndexFile(path, nanoTime);
                if (version(file.writer) == VERSION) {
                    return file;
                }
                LOG.info("the index is of another version and is built again");
                file.close();
            } catch (SQLException e) {
                LOG.warn("the index cannot be read and is built again: {}", e.getMessage());
            }
            delete(path);
            return new IndexFile(path, nanoTime);
        } catch (IOException e) {
            throw new UncheckedIOException("the directory of the index cannot be used: " + directory, e);
        } catch (SQLException e) {
            throw new IndexException(IndexException.Reason.INDEX_UNUSABLE, "the index cannot be opened", e);
        }
    }

    private static void delete(Path path) throws IOException {
        for (String suffix : List.of("", "-wal", "-shm")) {
            Files.deleteIfExists(path.resolveSibling(path.getFileName() + suffix));
        }
    }

    private static Connection connect(Path path, boolean readOnly) throws SQLException {
        SQLiteConfig config = new SQLiteConfig();
        config.setJournalMode(SQLiteConfig.JournalMode.WAL);
        // A crash of the machine may lose the last transactions, rows and offsets together; they are read again.
        config.setSynchronous(SQLiteConfig.SynchronousMode.NORMAL);
        config.setCacheSize(-(readOnly ? READER_CACHE_KIB : WRITER_CACHE_KIB));
        config.setTempStore(SQLiteConfig.TempStore.MEMORY);
        config.setBusyTimeout(5_000);
        config.setReadOnly(readOnly);
        Connection connection = config.createConnection("jdbc:sqlite:" + path);
        if (!readOnly) {
            connection.setAutoCommit(false);
        }
        return connection;
    }

    private static int version(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("PRAGMA user_version")) {
            return rows.next() ? rows.getInt(1) : 0;
        }
    }

    private static void create(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            for (String table : TABLES) {
                statement.execute(table);
            }
            statement.execute("PRAGMA user_version = " + VERSION);
        }
        connection.commit();
    }

    /** Returns the connection of the one thread that writes. */
    Connection writer() {
        return writer;
    }

    /**
     * Answers a query from the last committed transaction, within 5 s; callable by any thread.
     *
     * @throws IndexException if it takes too long, too many are asked at once, or the file cannot be read
     */
    <T> T query(Work<T> work) {
        Connection reader = reader();
        long deadline = nanoTime.getAsLong() + QUERY_MAX_NANOS;
        try {
            ProgressHandler.setHandler(reader, STEPS_BETWEEN_CHECKS, new ProgressHandler() {
                @Override
                protected int progress() {
                    return nanoTime.getAsLong() - deadline > 0 ? 1 : 0;
                }
            });
            return work.with(reader);
        } catch (SQLException e) {
            if (nanoTime.getAsLong() - deadline > 0) {
                throw new IndexException(
                        IndexException.Reason.QUERY_TOO_LONG, "the query takes too long; narrow the filter", e);
            }
            throw new IndexException(IndexException.Reason.INDEX_UNUSABLE, "the index cannot be read", e);
        } finally {
            readers.add(reader);
        }
    }

    private Connection reader() {
        try {
            Connection reader = readers.poll(READER_WAIT_MS, TimeUnit.MILLISECONDS);
            if (reader != null) {
                return reader;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        throw new IndexException(IndexException.Reason.INDEX_BUSY, "too many queries at once", null);
    }

    /** Empties all tables, on the writing thread, in its transaction. */
    void clear() throws SQLException {
        List<String> names = new ArrayList<>();
        try (Statement statement = writer.createStatement();
                ResultSet rows = statement.executeQuery("SELECT name FROM sqlite_master WHERE type = 'table'")) {
            while (rows.next()) {
                names.add(rows.getString(1));
            }
        }
        for (String name : names) {
            try (PreparedStatement delete = writer.prepareStatement("DELETE FROM " + name)) {
                delete.executeUpdate();
            }
        }
    }

    /** Returns the size of the file without its write-ahead log, in bytes. */
    public long bytes() {
        try {
            return Files.size(path);
        } catch (IOException e) {
            return 0;
        }
    }

    @Override
    public void close() {
        // The writer last: only it can move the write-ahead log into the file.
        Collections.reverse(opened);
        for (Connection connection : opened) {
            try {
                connection.close();
            } catch (SQLException e) {
                LOG.warn("the index did not close cleanly: {}", e.getMessage());
            }
        }
    }
}
