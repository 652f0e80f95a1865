package dev.redrive.server.redrive;

import static org.assertj.core.api.Assertions.assertThat;

import dev.redrive.avro.Redrive;
import dev.redrive.server.index.LetterResult;
import dev.redrive.server.redrive.Pace.Decision;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PaceTest {

    private static final long START = 1_000_000;

    private static Redrive plan(int rate, int ramp, int canary, int minSuccess) {
        return Redrive.newBuilder()
                .setRedriveId("r")
                .setState("RUNNING")
                .setFilter("")
                .setPlanned(100_000)
                .setRatePerSecond(rate)
                .setRampSeconds(ramp)
                .setCanary(canary)
                .setMinSuccessPercent(minSuccess)
                .setCanaryWaitMs(60_000)
                .setActor("alice")
                .setPlannedAt(Instant.EPOCH)
                .setExpiresAt(Instant.EPOCH)
                .build();
    }

    /** Releases all that is allowed, every 50 ms; returns how many. */
    private static long released(Pace pace, Redrive plan, long fromMs, long toMs) {
        long released = 0;
        for (long now = fromMs; now < toMs; now += 50) {
            if (pace.decide(plan, Map.of(), now) instanceof Decision.Release release) {
                pace.released(release.max());
                released += release.max();
            }
        }
        return released;
    }

    @Test
    void shouldKeepTheRateOverTime() {
        Redrive plan = plan(500, 0, 0, 0);

        assertThat(released(new Pace(plan, START), plan, START, START + 20_000)).isBetween(9_900L, 10_000L);
    }

    @Test
    void shouldNotCatchUpWithMoreThanASecond() {
        Redrive plan = plan(500, 0, 0, 0);
        Pace pace = new Pace(plan, START);

        assertThat(pace.decide(plan, Map.of(), START + 60_000)).isEqualTo(new Decision.Release(500));
    }

    @Test
    void shouldReleaseHalfOfItsRateInTheMeanOfTheRamp() {
        Redrive plan = plan(1_000, 10, 0, 0);
        Pace pace = new Pace(plan, START);

        assertThat(released(pace, plan, START, START + 10_000)).isBetween(4_700L, 5_100L);
        assertThat(released(pace, plan, START + 10_000, START + 20_000)).isBetween(9_900L, 10_100L);
    }

    @Test
    void shouldReleaseSlowlyButReleaseAtARateOfOne() {
        Redrive plan = plan(1, 0, 0, 0);

        assertThat(released(new Pace(plan, START), plan, START, START + 10_050)).isEqualTo(10);
    }

    @Test
    void shouldReleaseExactlyTheCanaryAndWaitForItsEnd() {
        Redrive plan = plan(1_000, 0, 10, 90);
        Pace pace = new Pace(plan, START);

        assertThat(pace.decide(plan, Map.of(), START + 500)).isEqualTo(new Decision.Release(10));
        pace.released(10);
        Redrive issued = Redrive.newBuilder(plan).setIssued(10).build();
        assertThat(pace.decide(issued, Map.of(LetterResult.SUCCEEDED, 9L), START + 1_000))
                .isInstanceOf(Decision.Wait.class);
        assertThat(pace.decide(issued, Map.of(LetterResult.SUCCEEDED, 9L, LetterResult.BLOCKED, 1L), START + 1_500))
                .isInstanceOf(Decision.Wait.class);
        assertThat(pace.canaryPassed()).isTrue();
        assertThat(pace.decide(issued, Map.of(LetterResult.SUCCEEDED, 9L), START + 1_600))
                .isInstanceOf(Decision.Release.class);
    }

    @Test
    void shouldHaltWhenTheCanaryFailsOrStaysSilent() {
        Redrive issued =
                Redrive.newBuilder(plan(1_000, 0, 10, 90)).setIssued(10).build();
        Pace pace = new Pace(issued, START);

        assertThat(pace.decide(issued, Map.of(LetterResult.RETRYING, 2L, LetterResult.SUCCEEDED, 8L), START))
                .isEqualTo(new Decision.Halt("CANARY_FAILED"));
        assertThat(new Pace(issued, START).decide(issued, Map.of(LetterResult.BLOCKED, 10L), START))
                .isEqualTo(new Decision.Halt("CANARY_SILENT"));
        assertThat(pace.decide(issued, Map.of(LetterResult.RELEASED, 10L), START + 59_999))
                .isInstanceOf(Decision.Wait.class);
        assertThat(pace.decide(issued, Map.of(LetterResult.RELEASED, 10L), START + 60_000))
                .isEqualTo(new Decision.Halt("CANARY_SILENT"));
    }

    @Test
    void shouldStopLossesOnlyWhenEnoughLettersHaveEnded() {
        Redrive plan = plan(1_000, 0, 0, 50);
        Pace pace = new Pace(plan, START);

        assertThat(pace.decide(plan, Map.of(LetterResult.DEAD_AGAIN, 19L), START + 100))
                .isInstanceOf(Decision.Release.class);
        assertThat(pace.decide(plan, Map.of(LetterResult.DEAD_AGAIN, 11L, LetterResult.SUCCEEDED, 10L), START + 200))
                .isEqualTo(new Decision.Halt("LOSS_STOPPED"));
        assertThat(pace.decide(plan, Map.of(LetterResult.DEAD_AGAIN, 21L, LetterResult.RELEASED, 50L), START + 250))
                .isInstanceOf(Decision.Release.class);
        assertThat(pace.decide(plan, Map.of(LetterResult.DEAD_AGAIN, 10L, LetterResult.SUCCEEDED, 10L), START + 300))
                .isInstanceOf(Decision.Release.class);
    }
}
