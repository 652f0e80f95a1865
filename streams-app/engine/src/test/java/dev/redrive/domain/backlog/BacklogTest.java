package dev.redrive.domain.backlog;

import static dev.redrive.domain.backlog.BacklogRig.EVER;
import static dev.redrive.domain.backlog.BacklogRig.lane;
import static org.assertj.core.api.Assertions.assertThat;

import dev.redrive.domain.backlog.Backlog.Blocked;
import dev.redrive.domain.backlog.Backlog.BlockedLane;
import dev.redrive.domain.backlog.Backlog.Candidate;
import dev.redrive.domain.backlog.Lane.Slot;
import dev.redrive.domain.gate.GateName;
import dev.redrive.domain.gate.Opening;
import dev.redrive.domain.gate.Verdict;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class BacklogTest {

    private static final Lane A = lane("a", "music", 0);
    private static final Lane A_VIDEO = lane("a", "video", 0);
    private static final Lane B = lane("b", "music", 0);
    private static final Lane C = lane("c", "music", 0);

    private final BacklogRig rig = new BacklogRig(Duration.ofMillis(EVER));

    private void fill(Lane lane, int retries) {
        for (int i = 0; i < retries; i++) {
            rig.add(lane, i, "j" + i);
        }
    }

    private static List<String> jobs(String userId, int from, int to) {
        return IntStream.range(from, to).mapToObj(i -> userId + "/j" + i).toList();
    }

    @Test
    void shouldReleaseInOrderOfDueAndNeverEarly() {
        rig.add(A, 200, "late");
        rig.add(A, 100, "b");
        rig.add(A, 100, "a");

        assertThat(rig.take(99)).isEmpty();
        assertThat(rig.take(100)).containsExactly("a/a", "a/b");
        assertThat(rig.backlog.nextMs()).isEqualTo(200);
        assertThat(rig.take(200)).containsExactly("a/late");
        assertThat(rig.backlog.nextMs()).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void shouldLetTheHigherPriorityGoFirstWithinAUser() {
        rig.add(A, 1, "low");
        rig.add(lane("a", "music", 9), 5, "high");
        rig.add(lane("a", "video", 3), 3, "middle");

        assertThat(rig.take(10)).containsExactly("a/high", "a/middle", "a/low");
    }

    @Test
    void shouldGiveEverybodyATurnWhateverOneUserHasDue() {
        fill(A, 10_000);
        for (int user = 0; user < 20; user++) {
            rig.add(lane("u" + user, "music", 0), 0, "j");
        }

        assertThat(rig.take(20_000, 8 + 20))
                .filteredOn(taken -> taken.startsWith("u"))
                .hasSize(20);
    }

    @Test
    void shouldTakeTurnsBetweenUsersWhoHaveMuchDue() {
        fill(A, 100);
        fill(B, 100);

        List<String> taken = rig.take(1_000, 40);

        assertThat(taken).filteredOn(job -> job.startsWith("a/")).hasSizeBetween(16, 24);
    }

    @Test
    void shouldRefillTheHeadOfALongLaneInOrder() {
        fill(A, 100);

        assertThat(rig.take(1_000)).containsExactlyElementsOf(jobs("a", 0, 100));
    }

    @Test
    void shouldKeepTheOrderOfWhatIsAddedBeforeAndBehindTheHead() {
        for (int i = 100; i > 0; i--) {
            rig.add(A, i * 10, "j" + i);
        }
        rig.take(30);
        rig.add(A, 45, "before");
        rig.add(A, 805, "behind");
        rig.add(A, 195, "at the edge");

        List<String> expected = new ArrayList<>(jobs("a", 4, 101));
        expected.add(expected.indexOf("a/j81"), "a/behind");
        expected.add(expected.indexOf("a/j20"), "a/at the edge");
        expected.add(expected.indexOf("a/j5"), "a/before");
        assertThat(rig.take(2_000)).containsExactlyElementsOf(expected);
    }

    @Test
    void shouldForgetWhatIsRemovedInAndBeyondTheHead() {
        fill(A, 50);
        rig.remove(A, new Slot(0, "j0"));
        rig.remove(A, new Slot(7, "j7"));
        rig.remove(A, new Slot(40, "j40"));
        rig.remove(A, new Slot(77, "never there"));
        rig.remove(B, new Slot(0, "j0"));

        assertThat(rig.take(1_000)).hasSize(47).doesNotContain("a/j0", "a/j7", "a/j40");
    }

    @Test
    void shouldNotAskAClosedGateOfAUserAgainBeforeItShouldOpen() {
        rig.users.put("a", 500L);
        fill(A, 100);

        assertThat(rig.take(200)).isEmpty();
        assertThat(rig.asked).isEqualTo(1);
        assertThat(rig.take(499)).isEmpty();
        rig.add(A, 0, "new");
        assertThat(rig.take(499)).isEmpty();
        assertThat(rig.asked).isEqualTo(1);
        assertThat(rig.backlog.blocked(GateName.CONCURRENCY)).isEqualTo(1);
        assertThat(rig.backlog.blockedOf("a"))
                .containsExactly(new BlockedLane(
                        null,
                        new Blocked(
                                GateName.CONCURRENCY,
                                Instant.ofEpochMilli(200),
                                Instant.ofEpochMilli(500),
                                Opening.TIME)));
        assertThat(rig.backlog.nextMs()).isEqualTo(500);
        assertThat(rig.take(500)).hasSize(101);
        assertThat(rig.backlog.blocked(GateName.CONCURRENCY)).isZero();
        assertThat(rig.changed).containsExactly("a", "a");
    }

    @Test
    void shouldAskAgainWhenAnEventMayHaveOpenedTheGate() {
        rig.users.put("a", EVER);
        rig.add(A, 0, "j");
        assertThat(rig.take(10)).isEmpty();

        rig.backlog.wake("a", Instant.ofEpochMilli(20));
        assertThat(rig.take(20)).isEmpty();
        assertThat(rig.asked).isEqualTo(2);

        rig.users.clear();
        rig.backlog.wake("b", Instant.ofEpochMilli(30));
        assertThat(rig.take(30)).isEmpty();
        rig.backlog.wake("a", Instant.ofEpochMilli(30));
        Candidate candidate = rig.backlog.next(Instant.ofEpochMilli(35));
        assertThat(candidate).isEqualTo(new Candidate(A, new Slot(0, "j"), 30, Verdict.open()));
    }

    @Test
    void shouldHoldAgainWhatTheGatesRefusedAfterItsTurn() {
        rig.add(A, 0, "j");
        Candidate candidate = Objects.requireNonNull(rig.backlog.next(Instant.ofEpochMilli(5)));
        assertThat(rig.backlog.next(Instant.ofEpochMilli(5))).isEqualTo(candidate);
        rig.users.put("a", 50L);
        rig.backlog.block(
                candidate, new Verdict.Closed(GateName.CONCURRENCY, Instant.ofEpochMilli(50)), Instant.ofEpochMilli(5));

        assertThat(rig.take(49)).isEmpty();
        assertThat(rig.take(50)).containsExactly("a/j");
    }

    @Test
    void shouldCloseOneServiceWhileOthersOfTheUserGoOn() {
        rig.windows.put("amusic", 500L);
        rig.add(A, 0, "song");
        rig.add(A_VIDEO, 1, "film");
        rig.add(lane("a", "music", 9), 2, "urgent");

        assertThat(rig.take(10)).containsExactly("a/film");
        assertThat(rig.backlog.blocked(GateName.RATE_WINDOW)).isEqualTo(2);
        rig.add(A_VIDEO, 20, "film 2");
        assertThat(rig.take(20)).containsExactly("a/film 2");
        assertThat(rig.take(499)).isEmpty();
        assertThat(rig.take(500)).containsExactly("a/urgent", "a/song");
        assertThat(rig.backlog.blocked(GateName.RATE_WINDOW)).isZero();
    }

    @Test
    void shouldLetOneAtATimeInWhenAServiceOpens() {
        rig.services.put("music", 500L);
        List<Lane> lanes = List.of(A, B, C);
        lanes.forEach(lane -> rig.add(lane, 0, "song"));
        rig.add(A_VIDEO, 0, "film");

        assertThat(rig.take(10)).containsExactly("a/film");
        assertThat(rig.backlog.blocked(GateName.SERVICE_HEALTH)).isEqualTo(3);
        List<String> all = new ArrayList<>();
        for (long nowMs = 500; nowMs < 503; nowMs++) {
            List<String> one = rig.take(nowMs, 1);
            rig.services.put("music", nowMs + 1);
            assertThat(one).hasSize(1);
            assertThat(rig.take(nowMs)).isEmpty();
            all.addAll(one);
        }

        assertThat(all).containsExactlyInAnyOrder("a/song", "b/song", "c/song");
        assertThat(rig.backlog.blocked(GateName.SERVICE_HEALTH)).isZero();
    }

    @Test
    void shouldAskOnlyTheFirstInLineWhileAServiceIsBroken() {
        rig.services.put("music", EVER);
        for (int user = 0; user < 500; user++) {
            rig.add(lane("u" + user, "music", 0), 0, "j");
        }
        rig.take(10);
        int before = rig.asked;

        rig.take(20);

        assertThat(rig.asked - before).isEqualTo(1);
        rig.services.clear();
        assertThat(rig.take(30)).hasSize(500);
    }

    @Test
    void shouldBeTheSameBacklogInANewTask() {
        fill(A, 40);
        fill(B, 5);
        rig.users.put("b", 100L);
        List<String> before = rig.take(30, 20);
        rig.restart();

        List<String> after = rig.take(200);
        assertThat(after).hasSize(25).doesNotContainAnyElementsOf(before);
        assertThat(after.stream().filter(job -> job.startsWith("a/"))).containsExactlyElementsOf(jobs("a", 20, 40));
    }

    @Test
    void shouldHardlyReadTheShelfForWhatIsHeld() {
        for (int user = 0; user < 100; user++) {
            String userId = "u" + user;
            rig.users.put(userId, EVER);
            for (int i = 0; i < 1_000; i++) {
                rig.shelf.add(lane(userId, "music", 0), new Slot(i, "j" + i));
            }
        }
        rig.restart();

        for (int look = 0; look < 100; look++) {
            assertThat(rig.take(2_000 + look)).isEmpty();
            rig.backlog.wake("u" + look, Instant.ofEpochMilli(2_000 + look));
        }

        assertThat(rig.shelf.reads).isLessThanOrEqualTo(200);
        assertThat(rig.asked).isLessThanOrEqualTo(300);
        rig.shelf.reads = 0;
        rig.users.clear();
        assertThat(new HashSet<>(rig.take(EVER + 1))).hasSize(100_000);
        assertThat(rig.shelf.reads).isLessThanOrEqualTo(100_000 / 16 + 200);
    }
}
