package dev.redrive.server.index;

import static org.assertj.core.api.Assertions.assertThat;

import dev.redrive.server.index.Filter.Field;
import dev.redrive.server.index.Filter.FilterException;
import dev.redrive.server.index.Histories.Written;
import dev.redrive.server.index.LetterIndex.Count;
import dev.redrive.server.index.LetterIndex.Cursor;
import dev.redrive.server.index.LetterIndex.Group;
import dev.redrive.server.index.LetterIndex.GroupCursor;
import dev.redrive.server.index.LetterIndex.Page;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Collectors;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LetterIndexTest {

    private static final Comparator<Letter> NEWEST_FIRST = Comparator.comparing(Letter::deadLetteredAt)
            .thenComparing(Letter::position)
            .reversed();

    /** Filters of each kind of condition, and of several. */
    private static final List<String> FILTERS = List.of(
            "",
            "code:FORBIDDEN",
            "code:FORBIDDEN code:INSUFFICIENT_CREDITS -service:music",
            "-code:FORBIDDEN",
            "reason:ATTEMPTS_EXHAUSTED state:OPEN",
            "state:RESOLVED state:DISCARDED",
            "-state:OPEN",
            "user:u1",
            "user:u1 user:u2 -user:u2",
            "-user:u1 status:402",
            "batch:b1",
            "-batch:b1 class:UNKNOWN",
            "label.team:t1",
            "-label.team:t1 label.a:b",
            "since:2026-01-02T00:30:00Z",
            "since:2026-01-02T00:30:00.0005Z until:2026-01-02T01:00:00Z service:speech",
            "operation:music.generate until:2026-01-02T01:00:00Z",
            "redrive:r1",
            "redrive:r1 redrive:r2 state:OPEN",
            "-redrive:r1 -redrive:r3",
            "user:nobody",
            "user:\"u1' OR 1=1 --\"",
            "code:\"%\"",
            "state:OPEN -state:OPEN");

    @TempDir
    Path directory;

    private static Filter filter(String text) {
        try {
            return Filter.parse(text, Histories.START);
        } catch (FilterException e) {
            throw new AssertionError(e);
        }
    }

    /** Writes a history in batches, with the two topics of a partition interleaved at random. */
    private static void project(IndexWriter writer, List<Written> written, Random random) throws SQLException {
        List<Queue<Written>> queues = new ArrayList<>();
        for (int i = 0; i < 2 * Histories.PARTITIONS; i++) {
            queues.add(new ArrayDeque<>());
        }
        written.forEach(one ->
                queues.get(2 * one.partition() + (one.letter() == null ? 1 : 0)).add(one));
        while (queues.stream().anyMatch(queue -> !queue.isEmpty())) {
            Queue<Written> queue = queues.get(random.nextInt(queues.size()));
            for (int i = random.nextInt(4); i > 0 && !queue.isEmpty(); i--) {
                Written next = queue.remove();
                if (next.letter() != null) {
                    writer.letter(next.partition(), next.offset(), next.letter());
                } else if (next.change() != null) {
                    writer.change(next.partition(), next.offset(), next.change());
                }
            }
            if (random.nextInt(3) == 0) {
                writer.commit(Map.of());
            }
        }
        writer.commit(Map.of());
    }

    private static List<Letter> all(LetterIndex index, Filter filter, int pageSize) {
        List<Letter> letters = new ArrayList<>();
        Cursor cursor = null;
        do {
            Page page = index.list(filter, cursor, pageSize);
            letters.addAll(page.letters());
            cursor = page.next();
        } while (cursor != null);
        return letters;
    }

    @Test
    void shouldFindWhatTheFilterMatchesInPagesCountsAndHistograms() throws SQLException {
        Histories histories = new Histories(7);
        try (IndexFile file = IndexFile.open(directory, System::nanoTime)) {
            project(new IndexWriter(file), histories.write(600), new Random(7));
            LetterIndex index = new LetterIndex(file);
            for (String text : FILTERS) {
                Filter filter = filter(text);
                List<Letter> expected = histories.model().stream()
                        .filter(filter::matches)
                        .sorted(NEWEST_FIRST)
                        .toList();

                assertThat(all(index, filter, 37)).as(text).isEqualTo(expected);
                assertThat(index.count(filter)).as(text).isEqualTo(new Count(expected.size(), true));
                assertThat(new TreeMap<>(index.histogram(filter, Field.REASON)))
                        .as(text)
                        .isEqualTo(expected.stream()
                                .collect(Collectors.groupingBy(
                                        letter -> letter.kind().reason(), TreeMap::new, Collectors.counting())));
            }
        }
    }

    @Test
    void shouldGroupByFingerprint() throws SQLException {
        Histories histories = new Histories(11);
        try (IndexFile file = IndexFile.open(directory, System::nanoTime)) {
            project(new IndexWriter(file), histories.write(300), new Random(1));
            LetterIndex index = new LetterIndex(file);
            Map<String, List<Letter>> expected = histories.model().stream()
                    .collect(Collectors.groupingBy(letter -> letter.kind().group()));

            List<Group> groups = new ArrayList<>();
            GroupCursor after = null;
            while (true) {
                List<Group> page = index.groups(Filter.ALL, Histories.START, after, 2);
                if (page.isEmpty()) {
                    break;
                }
                groups.addAll(page);
                Group last = page.get(page.size() - 1);
                after = new GroupCursor(
                        last.lastSeenAt().toEpochMilli(), last.kind().group());
            }

            assertThat(groups).hasSameSizeAs(expected.keySet());
            assertThat(groups)
                    .isSortedAccordingTo(Comparator.comparing(Group::lastSeenAt).reversed());
            for (Group group : groups) {
                List<Letter> letters = expected.getOrDefault(group.kind().group(), List.of());
                assertThat(group.total()).isEqualTo(letters.size());
                assertThat(group.open())
                        .isEqualTo(letters.stream()
                                .filter(letter -> letter.state() == LetterState.OPEN)
                                .count());
                assertThat(group.firstSeenAt())
                        .isEqualTo(letters.stream()
                                .map(Letter::deadLetteredAt)
                                .min(Comparator.naturalOrder())
                                .orElseThrow());
            }
        }
    }

    @Property(tries = 40)
    void shouldEqualAReplayWhateverTheOrderOfTopicsAndBatches(@ForAll long seed) throws SQLException, IOException {
        Histories histories = new Histories(seed);
        List<Written> written = histories.write(40);
        Map<String, Letter> expected =
                histories.model().stream().collect(Collectors.toMap(Letter::id, letter -> letter));
        for (int i = 0; i < 2; i++) {
            Path place = Files.createTempDirectory("index");
            try (IndexFile file = IndexFile.open(place, System::nanoTime)) {
                project(new IndexWriter(file), written, new Random(seed + i));
                Map<String, Letter> actual = new HashMap<>();
                all(new LetterIndex(file), Filter.ALL, 500).forEach(letter -> actual.put(letter.id(), letter));

                assertThat(actual).containsExactlyInAnyOrderEntriesOf(expected);
            } finally {
                for (String name : List.of("index.sqlite", "index.sqlite-wal", "index.sqlite-shm")) {
                    Files.deleteIfExists(place.resolve(name));
                }
                Files.delete(place);
            }
        }
    }

    @Test
    void shouldHaveNeitherRowsNorOffsetsOfABatchThatWasRolledBack() throws SQLException {
        Histories histories = new Histories(3);
        List<Written> written = histories.write(50);
        try (IndexFile file = IndexFile.open(directory, System::nanoTime)) {
            IndexWriter writer = new IndexWriter(file);
            for (Written one : written) {
                if (one.letter() != null) {
                    writer.letter(one.partition(), one.offset(), one.letter());
                }
            }
            writer.rollback();
            writer.commit(Map.of(Source.LETTERS, Map.of(0, 5L)));
            LetterIndex index = new LetterIndex(file);

            assertThat(index.count(Filter.ALL).count()).isZero();

            project(writer, written, new Random(3));
            assertThat(index.count(Filter.ALL).count())
                    .isEqualTo(histories.model().size());
            assertThat(writer.offsets()).isEqualTo(Map.of(Source.LETTERS, Map.of(0, 5L)));
        }
    }

    @Test
    void shouldExpireOpenLettersWithTheirRetentionAndForgetAllADayLater() throws SQLException {
        Histories histories = new Histories(5);
        Duration retention = Duration.ofDays(30);
        try (IndexFile file = IndexFile.open(directory, System::nanoTime)) {
            IndexWriter writer = new IndexWriter(file);
            project(writer, histories.write(200), new Random(5));
            LetterIndex index = new LetterIndex(file);
            long open = index.count(filter("state:OPEN")).count();

            writer.expire(Histories.START.plus(retention).plus(Duration.ofHours(20)), retention, Map.of());
            assertThat(index.count(filter("state:OPEN")).count()).isZero();
            assertThat(index.count(filter("state:EXPIRED")).count()).isEqualTo(open);
            assertThat(index.count(Filter.ALL).count())
                    .isEqualTo(histories.model().size());

            writer.expire(Histories.START.plus(retention).plus(Duration.ofHours(60)), retention, Map.of());
            assertThat(index.count(Filter.ALL).count()).isZero();
            assertThat(index.list(Filter.ALL, null, 10).letters()).isEmpty();
            assertThat(index.groups(Filter.ALL, Instant.MAX, null, 10)).isEmpty();
        }
    }

    @Test
    void shouldKeepItsContentsAndBuildADamagedFileAgain() throws SQLException, IOException {
        Histories histories = new Histories(9);
        try (IndexFile file = IndexFile.open(directory, System::nanoTime)) {
            project(new IndexWriter(file), histories.write(20), new Random(9));
        }
        Letter some = histories.model().get(0);
        try (IndexFile file = IndexFile.open(directory, System::nanoTime)) {
            assertThat(letter(file, some)).isEqualTo(some);
            assertThat(new LetterIndex(file).ofJob(some.userId(), some.jobId())).contains(some);
        }
        Files.writeString(directory.resolve("index.sqlite"), "no database at all, and longer than a header of one");
        try (IndexFile file = IndexFile.open(directory, System::nanoTime)) {
            assertThat(letter(file, some)).isNull();
        }
    }

    private static @Nullable Letter letter(IndexFile file, Letter like) {
        return new LetterIndex(file).letter(UUID.fromString(like.id()));
    }
}
