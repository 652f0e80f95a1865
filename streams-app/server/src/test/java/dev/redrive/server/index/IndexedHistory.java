package dev.redrive.server.index;

import dev.redrive.avro.DeadLetter;
import dev.redrive.avro.Redrive;
import dev.redrive.server.index.Histories.Written;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** An index of a random history, for tests of what reads it. */
public final class IndexedHistory implements AutoCloseable {

    private final Histories histories;
    private final Map<Long, DeadLetter> records = new HashMap<>();
    private final IndexFile file;
    private final IndexWriter writer;

    /** Writes the history of so many jobs of a fifth as many users. */
    public IndexedHistory(Path directory, long seed, int jobs) throws SQLException {
        this.histories = new Histories(seed);
        this.file = IndexFile.open(directory, System::nanoTime);
        this.writer = new IndexWriter(file);
        Map<Source, Map<Integer, Long>> next = new EnumMap<>(Source.class);
        for (Written written : histories.write(jobs)) {
            next.computeIfAbsent(written.letter() == null ? Source.CHANGES : Source.LETTERS, unused -> new HashMap<>())
                    .put(written.partition(), written.offset() + 1);
            DeadLetter letter = written.letter();
            if (letter != null) {
                records.put(Position.of(written.partition(), written.offset()), letter);
                writer.letter(written.partition(), written.offset(), letter);
            } else if (written.change() != null) {
                writer.change(written.partition(), written.offset(), written.change());
            }
        }
        writer.commit(next);
    }

    /** Adds a record of the topic of redrives. */
    public synchronized void redrive(String key, Redrive record) {
        try {
            writer.redrive(key, record);
            writer.commit(Map.of());
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    public RedriveIndex redrives() {
        return new RedriveIndex(file);
    }

    /** Returns what a query throws that cannot be answered. */
    public static IndexFile.IndexException failure(IndexFile.IndexException.Reason reason) {
        return new IndexFile.IndexException(reason, "no answer", null);
    }

    public LetterIndex index() {
        return new LetterIndex(file);
    }

    /** Returns the letters as they are in the end. */
    public List<Letter> letters() {
        return histories.model();
    }

    /** Returns the record of a letter. */
    public DeadLetter record(Letter letter) {
        return Objects.requireNonNull(records.get(letter.position()));
    }

    @Override
    public void close() {
        file.close();
    }
}
