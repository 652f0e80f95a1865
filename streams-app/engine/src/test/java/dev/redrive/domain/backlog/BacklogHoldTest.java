package dev.redrive.domain.backlog;

import static dev.redrive.domain.backlog.BacklogRig.EVER;
import static dev.redrive.domain.backlog.BacklogRig.lane;
import static org.assertj.core.api.Assertions.assertThat;

import dev.redrive.domain.gate.GateName;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/** No gate holds a retry for longer than is allowed. */
class BacklogHoldTest {

    private static final Lane A = lane("a", "music", 0);
    private static final Lane A_VIDEO = lane("a", "video", 0);
    private static final Lane B = lane("b", "music", 0);

    @Test
    void shouldPassOverThousandsOfHeldRetriesWhileOthersGoOn() {
        BacklogRig rig = new BacklogRig(Duration.ofDays(7));
        for (int i = 0; i < 10_000; i++) {
            rig.heldJobs.add("held" + i);
            rig.add(lane("a", "music", 0), 10 + i / 100, "held" + i);
        }
        rig.add(lane("a", "music", 0), 200, "free");
        for (int i = 0; i < 50; i++) {
            rig.add(lane("b", "music", 0), 200, "b" + i);
        }

        assertThat(rig.take(300)).hasSize(50).allMatch(taken -> taken.startsWith("b/"));
        int slices = 1;
        while (rig.take(300).isEmpty() && slices < 100) {
            slices++;
        }
        assertThat(slices).isLessThanOrEqualTo(10);
        assertThat(rig.backlog.blocked(GateName.OPERATOR)).isEqualTo(1);
        assertThat(rig.take(Duration.ofDays(8).toMillis())).isEmpty();

        rig.heldJobs.clear();
        rig.backlog.unhold(Instant.ofEpochMilli(400));
        assertThat(rig.take(400)).hasSize(10_000);
        assertThat(rig.backlog.blocked(GateName.OPERATOR)).isZero();
        assertThat(rig.backlog.nextMs()).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void shouldGiveATurnToWhatWasHeldForTooLong() {
        BacklogRig impatient = new BacklogRig(Duration.ofMillis(1_000));
        impatient.users.put("a", EVER);
        impatient.windows.put("bmusic", EVER);
        impatient.add(A, 10, "user");
        impatient.add(B, 20, "lane");

        assertThat(impatient.take(1_009)).isEmpty();
        assertThat(impatient.take(1_010)).containsExactly("a/user");
        assertThat(impatient.take(1_020)).containsExactly("b/lane");
    }

    @Test
    void shouldGiveATurnToWhatALessUrgentLaneHeldForTooLong() {
        BacklogRig impatient = new BacklogRig(Duration.ofMillis(1_000));
        impatient.users.put("a", EVER);
        impatient.add(A, 10, "first");
        impatient.add(A, 400, "second");
        impatient.take(10);
        impatient.add(lane("a", "music", 9), 500, "urgent");
        impatient.add(A_VIDEO, 5, "late news");

        assertThat(impatient.take(1_004)).isEmpty();
        assertThat(impatient.take(1_009)).containsExactly("a/late news");
        assertThat(impatient.take(1_010)).containsExactly("a/first");
        assertThat(impatient.take(1_399)).isEmpty();
        assertThat(impatient.take(1_600)).containsExactly("a/second", "a/urgent");
        assertThat(impatient.backlog.blocked(GateName.CONCURRENCY)).isZero();
    }

    @Test
    void shouldGiveATurnToWhatWaitsForAServiceForTooLongWithoutLookingAtTheOthers() {
        BacklogRig impatient = new BacklogRig(Duration.ofMillis(1_000));
        impatient.services.put("music", EVER);
        for (int user = 0; user < 300; user++) {
            Lane lane = lane("u" + user, "music", 0);
            impatient.add(lane, user, "first");
            impatient.add(lane, 5_000, "second");
        }
        impatient.add(A_VIDEO, 0, "film");
        assertThat(impatient.take(500)).containsExactly("a/film");
        int asked = impatient.asked;
        int reads = impatient.shelf.reads;

        assertThat(impatient.take(999)).isEmpty();
        assertThat(impatient.take(1_009)).hasSize(10).contains("u0/first", "u9/first");
        assertThat(impatient.backlog.nextMs()).isEqualTo(1_010);
        assertThat(impatient.asked - asked).isLessThanOrEqualTo(30);
        assertThat(impatient.shelf.reads - reads).isLessThanOrEqualTo(20);
        assertThat(impatient.take(5_999)).hasSize(290);
        assertThat(impatient.take(6_000)).hasSize(300);
        impatient.services.clear();
        impatient.add(lane("u7", "music", 0), 6_000, "third");
        assertThat(impatient.take(6_001)).containsExactly("u7/third");
        assertThat(impatient.backlog.blocked(GateName.SERVICE_HEALTH)).isZero();
        assertThat(impatient.backlog.nextMs()).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void shouldFindAfterARestartWhatIsHeldForTooLong() {
        BacklogRig impatient = new BacklogRig(Duration.ofMillis(1_000));
        impatient.services.put("music", EVER);
        impatient.add(A, 10, "j");
        impatient.take(20);
        impatient.restart();

        assertThat(impatient.take(1_009)).isEmpty();
        assertThat(impatient.take(1_010)).containsExactly("a/j");
    }
}
