package dev.redrive.topology;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ReleaseTurnsTest {

    private final ReleaseTurns turns = new ReleaseTurns();

    private boolean asks(String task, long nowMs) {
        return turns.mayRelease(task, nowMs);
    }

    @Test
    void shouldLetAllReleaseWhileTheInputDoesNotLag() {
        for (int ms = 0; ms < 100; ms += 10) {
            turns.tookInput(150);
            assertThat(asks("a", ms)).isTrue();
            turns.released(ms, ms + 5);
            assertThat(asks("b", ms + 5)).isTrue();
        }
        assertThat(turns.lagging()).isFalse();
    }

    @Test
    void shouldShareTheTimeOfALookAmongTasksThatHaveMore() {
        turns.left("a", true);
        assertThat(turns.sharedBy("a")).isEqualTo(1);
        assertThat(turns.sharedBy("b")).isEqualTo(2);

        turns.left("b", true);
        turns.left("c", true);
        assertThat(turns.sharedBy("a")).isEqualTo(3);
        assertThat(turns.sharedBy("d")).isEqualTo(4);

        turns.left("a", false);
        turns.ended("b");
        assertThat(turns.sharedBy("c")).isEqualTo(1);
    }

    @Test
    void shouldGiveTheInputAsMuchTimeAsReleasesTookWhileItLags() {
        turns.tookInput(151);
        assertThat(asks("a", 1_000)).isTrue();
        turns.released(1_000, 1_050);
        for (long ms = 1_050; ms < 1_100; ms += 2) {
            turns.tookInput(151);
            assertThat(asks("a", ms)).isFalse();
        }
        turns.tookInput(151);
        assertThat(asks("a", 1_100)).isTrue();
    }

    @Test
    void shouldLetTasksTakeTurnsWhileTheInputLags() {
        List<String> released = new ArrayList<>();
        for (long ms = 0; ms < 600; ms += 2) {
            turns.tookInput(1_000);
            for (String task : List.of("a", "b", "c")) {
                if (asks(task, ms)) {
                    released.add(task);
                    turns.released(ms, ms + 50);
                    ms += 50;
                }
            }
        }
        assertThat(released).containsExactly("a", "b", "c", "a", "b", "c");
    }

    @Test
    void shouldLeaveReleasesAllTheTimeOnceNothingComesIn() {
        turns.tookInput(1_000);
        assertThat(asks("a", 0)).isTrue();
        turns.released(0, 100);
        assertThat(asks("a", 104)).isFalse();
        assertThat(asks("a", 109)).isTrue();
        assertThat(turns.lagging()).isFalse();
    }

    @Test
    void shouldCommitOncePerIntervalForAllTasks() {
        List<Long> commits = new ArrayList<>();
        for (long ms = 10_000; ms < 10_300; ms += 10) {
            turns.tookInput(1_000);
            if (turns.commitDue(ms, 100, 1_000)) {
                commits.add(ms);
            }
        }
        assertThat(commits).containsExactly(10_000L, 10_100L, 10_200L);
    }

    @Test
    void shouldLeaveCommitsToTheLongerIntervalWhileInputHasWaitedLonger() {
        turns.tookInput(1_001);
        turns.tookInput(0);
        assertThat(turns.commitDue(10_000, 100, 1_000)).isFalse();
        turns.tookInput(1_000);
        assertThat(turns.commitDue(10_999, 100, 1_000)).isFalse();
        assertThat(turns.commitDue(11_000, 100, 1_000)).isTrue();
    }

    @Test
    void shouldCommitThoughAClockWasSet() {
        assertThat(turns.commitDue(50_000, 100, 1_000)).isTrue();
        assertThat(turns.commitDue(2_000, 100, 1_000)).isTrue();
    }

    @Test
    void shouldNotWaitForATaskThatIsGoneNorForAClockThatWasSet() {
        turns.tookInput(1_000);
        assertThat(asks("a", 0)).isTrue();
        turns.released(0, 900);
        turns.tookInput(1_000);
        assertThat(asks("gone", 901)).isFalse();
        turns.tookInput(1_000);
        assertThat(asks("a", 902)).isFalse();
        turns.tookInput(1_000);
        assertThat(asks("a", 1_902)).isTrue();

        turns.released(50_000, 50_010);
        turns.tookInput(1_000);
        assertThat(asks("a", 2_000)).isTrue();
    }

    @Test
    void shouldLetCommitsTakeHalfOfTheTimeAtMost() {
        // Given commits that take longer than their interval
        long ms = 0;
        int commits = 0;
        long worked = 0;
        for (; ms < 60_000; ms += 20) {
            if (turns.commitDue(ms, 100, 1_000)) {
                commits++;
                ms += 400;
            } else {
                worked += 20;
            }
        }

        // Then as much time is left for work, and commits go on
        assertThat(worked).isGreaterThan(28_000);
        assertThat(commits).isGreaterThan(60);
    }

    @Test
    void shouldNotRestForLongerThanTheLongerInterval() {
        assertThat(turns.commitDue(10_000, 100, 1_000)).isTrue();

        assertThat(turns.commitDue(30_000, 100, 1_000)).isFalse();
        assertThat(turns.commitDue(30_999, 100, 1_000)).isFalse();
        assertThat(turns.commitDue(31_000, 100, 1_000)).isTrue();
    }

    @Test
    void shouldCommitAtItsIntervalWhereCommitsAreQuick() {
        int commits = 0;
        for (long ms = 10_000; ms < 20_000; ms += 10) {
            if (turns.commitDue(ms, 100, 1_000)) {
                commits++;
            }
        }

        assertThat(commits).isEqualTo(100);
    }
}
