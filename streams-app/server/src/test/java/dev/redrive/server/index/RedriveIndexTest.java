package dev.redrive.server.index;

import static org.assertj.core.api.Assertions.assertThat;

import dev.redrive.avro.Redrive;
import dev.redrive.server.index.Filter.FilterException;
import dev.redrive.server.index.Histories.Written;
import dev.redrive.server.index.RedriveIndex.Blocked;
import dev.redrive.server.index.RedriveIndex.Coverage;
import dev.redrive.server.index.RedriveIndex.Member;
import dev.redrive.server.index.RedriveIndex.Result;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RedriveIndexTest {

    @TempDir
    Path directory;

    private static void write(IndexWriter writer, List<Written> written) throws SQLException {
        Map<Source, Map<Integer, Long>> next = new HashMap<>();
        for (Written one : written) {
            if (one.letter() != null) {
                writer.letter(one.partition(), one.offset(), one.letter());
            } else if (one.change() != null) {
                writer.change(one.partition(), one.offset(), one.change());
            }
            next.computeIfAbsent(one.letter() == null ? Source.CHANGES : Source.LETTERS, unused -> new HashMap<>())
                    .put(one.partition(), one.offset() + 1);
        }
        writer.commit(next);
    }

    private static Redrive plan(RedriveIndex index, String filter, int maxRedrives) {
        return Redrive.newBuilder()
                .setRedriveId("r-1")
                .setState("PLANNED")
                .setFilter(filter)
                .setCutoffs(index.cutoffs())
                .setPlanned(0)
                .setMaxRedrives(maxRedrives)
                .setActor("alice")
                .setPlannedAt(Histories.START)
                .setExpiresAt(Histories.START)
                .build();
    }

    private static List<String> members(RedriveIndex index, Redrive plan, int batch) throws FilterException {
        List<String> ids = new ArrayList<>();
        long after = -1;
        long afterMs = -1;
        while (true) {
            List<Member> members = index.next(plan, after, afterMs, batch);
            if (members.isEmpty()) {
                return ids;
            }
            members.forEach(member -> ids.add(member.letterId()));
            Member last = members.get(members.size() - 1);
            after = last.order();
            afterMs = last.deadLetteredAtMs();
        }
    }

    @Test
    void shouldCoverTheSameLettersWhateverHappensAfterThePlan() throws SQLException, FilterException {
        List<Written> all = new Histories(21).write(400);
        try (IndexFile file = IndexFile.open(directory, System::nanoTime)) {
            IndexWriter writer = new IndexWriter(file);
            RedriveIndex index = new RedriveIndex(file);
            write(writer, all.subList(0, all.size() / 2));
            Redrive plan = plan(index, "service:music", 2);
            Coverage covered = index.coverage(plan);
            List<String> before = members(index, plan, 7);

            write(writer, all.subList(all.size() / 2, all.size()));

            assertThat(before)
                    .hasSize((int) covered.planned())
                    .doesNotHaveDuplicates()
                    .isNotEmpty();
            assertThat(members(index, plan, 100)).isEqualTo(before);
            assertThat(index.coverage(plan)).isEqualTo(covered);
            assertThat(covered.blocked()).containsKey(Blocked.INPUT_UNCHANGED);
            assertThat(before).containsAll(covered.samples());
            assertThat(covered.reasons().values().stream()
                            .mapToLong(Long::longValue)
                            .sum())
                    .isEqualTo(covered.planned());
        }
    }

    @Test
    void shouldLeaveOutJobsThatWereRedrivenTooOftenUnlessOverridden() throws SQLException, FilterException {
        try (IndexFile file = IndexFile.open(directory, System::nanoTime)) {
            IndexWriter writer = new IndexWriter(file);
            RedriveIndex index = new RedriveIndex(file);
            write(writer, new Histories(22).write(400));

            Coverage capped = index.coverage(plan(index, "", 1));
            Coverage all = index.coverage(
                    Redrive.newBuilder(plan(index, "", 1)).setOverride(true).build());

            assertThat(capped.blocked().get(Blocked.LOOP_CAP)).isPositive();
            assertThat(all.blocked()).isEmpty();
            assertThat(all.planned())
                    .isEqualTo(capped.planned()
                            + capped.blocked().values().stream()
                                    .mapToLong(Long::longValue)
                                    .sum());
        }
    }

    @Test
    void shouldCoverListedLettersInTheirOrderAndCountTheOthers() throws SQLException, FilterException {
        Histories histories = new Histories(23);
        try (IndexFile file = IndexFile.open(directory, System::nanoTime)) {
            RedriveIndex index = new RedriveIndex(file);
            write(new IndexWriter(file), histories.write(200));
            List<UUID> listed = new ArrayList<>();
            long open = 0;
            for (Letter letter : histories.model()) {
                if (listed.size() < 60) {
                    listed.add(UUID.fromString(letter.id()));
                    open += letter.state() == LetterState.OPEN ? 1 : 0;
                }
            }
            listed.add(new UUID(1, 2));
            ByteBuffer ids = ByteBuffer.allocate(16 * listed.size());
            listed.forEach(id -> ids.putLong(id.getMostSignificantBits()).putLong(id.getLeastSignificantBits()));
            Redrive plan = Redrive.newBuilder(plan(index, "", 16))
                    .setLetterIds(ids.flip())
                    .build();

            Coverage covered = index.coverage(plan);
            List<String> members = members(index, plan, 4);

            assertThat(covered.blocked()).containsEntry(Blocked.UNKNOWN_LETTER, 1L);
            assertThat(covered.planned() + covered.blocked().getOrDefault(Blocked.INPUT_UNCHANGED, 0L))
                    .isEqualTo(open);
            assertThat(members).hasSize((int) covered.planned());
            List<String> order = listed.stream().map(UUID::toString).toList();
            assertThat(order).containsSubsequence(members);
        }
    }

    @Test
    void shouldKeepTheLastResultOfEachLetterAndItsCounts() throws SQLException {
        try (IndexFile file = IndexFile.open(directory, System::nanoTime)) {
            LetterWriter letters = new LetterWriter(file.writer());
            RedriveIndex index = new RedriveIndex(file);
            Instant at = Histories.START;
            for (int i = 0; i < 100; i++) {
                UUID id = new UUID(i, i);
                letters.result("r", id, LetterResult.SCHEDULED, null, at);
                letters.result("r", id, LetterResult.RELEASED, null, at);
                letters.result("r", id, i < 37 ? LetterResult.DEAD_AGAIN : LetterResult.SUCCEEDED, null, at);
                letters.result("r", id, LetterResult.BLOCKED, "REDRIVE_ID_USED", at);
            }
            letters.flush();
            file.writer().commit();

            assertThat(index.counts("r")).isEqualTo(Map.of(LetterResult.DEAD_AGAIN, 37L, LetterResult.SUCCEEDED, 63L));
            List<Result> first = index.results("r", LetterResult.DEAD_AGAIN, null, 30);
            List<Result> second = index.results(
                    "r", LetterResult.DEAD_AGAIN, UUID.fromString(first.get(29).letterId()), 30);
            assertThat(first).hasSize(30);
            assertThat(second).hasSize(7).doesNotContainAnyElementsOf(first);
        }
    }
}
