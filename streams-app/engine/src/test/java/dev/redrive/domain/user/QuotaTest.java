package dev.redrive.domain.user;

import static org.assertj.core.api.Assertions.assertThat;

import dev.redrive.domain.user.Quota.Status;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class QuotaTest {

    private static final Instant NOW = Instant.parse("2026-11-22T12:00:00Z");

    private static Quota quota(Status status, @Nullable Instant resetAt, @Nullable Instant reopenedAt) {
        return new Quota(status, null, null, resetAt, null, NOW, reopenedAt, 0, 0, null, 0);
    }

    /** How many may go in a second of the ramp, counted from its beginning. */
    private static int released(Quota from, Instant begin, int seconds) {
        Quota quota = from;
        int released = 0;
        for (int ms = 0; ms < seconds * 1_000; ms += 10) {
            Instant at = begin.plusMillis(ms);
            while (!quota.rampedUntil(at).isAfter(at) && released < 1_000_000) {
                quota = quota.released("j", at);
                released++;
                if (quota.reopenedAt() == null) {
                    return released;
                }
            }
        }
        return released;
    }

    @Test
    void shouldBeAvailableWhileNothingIsKnownAgainstIt() {
        assertThat(Quota.UNKNOWN.available(NOW)).isTrue();
        assertThat(Quota.UNKNOWN.rampedUntil(NOW)).isEqualTo(NOW);
        assertThat(Quota.UNKNOWN.released("j", NOW)).isSameAs(Quota.UNKNOWN);
    }

    @Test
    void shouldBeAvailableAgainFromItsKnownResetOnAndNotBefore() {
        Quota spent = quota(Status.EXHAUSTED, NOW.plusSeconds(10), null);

        assertThat(spent.available(NOW.plusMillis(9_999))).isFalse();
        assertThat(spent.available(NOW.plusSeconds(10))).isTrue();
        assertThat(quota(Status.SPEND_CAPPED, null, null).available(NOW.plusSeconds(1_000_000)))
                .isFalse();
    }

    @Test
    void shouldDoubleTheRetriesOfEachSecondAfterItReopened() {
        Quota reopened = quota(Status.AVAILABLE, null, NOW);

        assertThat(released(reopened, NOW, 1)).isEqualTo(2);
        assertThat(released(reopened, NOW, 2)).isEqualTo(4);
        assertThat(released(reopened, NOW, 5)).isEqualTo(32);
        assertThat(released(reopened, NOW, 9)).isEqualTo(512);
    }

    @Test
    void shouldSayWhenTheNextMayGo() {
        Quota full = quota(Status.AVAILABLE, null, NOW).released("j", NOW).released("j", NOW);

        assertThat(full.rampedUntil(NOW.plusMillis(500))).isEqualTo(NOW.plusSeconds(1));
        assertThat(full.rampedUntil(NOW.plusSeconds(1))).isEqualTo(NOW.plusSeconds(1));
    }

    @Test
    void shouldEndTheRampAfterTenSeconds() {
        Quota quota = quota(Status.AVAILABLE, null, NOW);
        Instant after = NOW.plusSeconds(10);

        assertThat(quota.rampedUntil(after)).isEqualTo(after);
        assertThat(quota.released("j", after).reopenedAt()).isNull();
        assertThat(quota.released("j", NOW.plusMillis(9_999)).reopenedAt()).isEqualTo(NOW);
    }

    @Test
    void shouldBeginTheRampAtTheResetWhereOnlyTimeOpensIt() {
        Instant reset = NOW.plusSeconds(10);
        Quota spent = quota(Status.EXHAUSTED, reset, null);

        Quota first = spent.released("j", reset.plusMillis(5));
        assertThat(first.status()).isEqualTo(Status.AVAILABLE);
        assertThat(first.reopenedAt()).isEqualTo(reset);
        assertThat(first.rampReleases()).isEqualTo(1);
        assertThat(released(spent, reset, 3)).isEqualTo(8);
    }

    /** Spent at {@code NOW}, without a known reset. */
    private static Quota spent() {
        return Quota.UNKNOWN.refused(Status.EXHAUSTED, "SPENT", null, NOW);
    }

    private static Quota refused(Quota quota, Instant at) {
        return quota.reopened(at).refused(Status.EXHAUSTED, "SPENT", null, at);
    }

    @Test
    void shouldProbeOneMinuteAfterTheRefusalThenAtWaitsThatGrowByHalfUpToAnHour() {
        // Given
        Quota quota = spent();
        Instant last = NOW;
        List<Long> seconds = new ArrayList<>();

        // When each probe is refused
        for (int probe = 0; probe < 14; probe++) {
            Instant at = quota.nextChance();
            seconds.add(Duration.between(last, at).toSeconds());
            quota = refused(quota.released("j", at), at.plusMillis(300));
            last = at;
        }

        // Then
        assertThat(seconds)
                .containsExactly(
                        60L, 90L, 135L, 202L, 303L, 455L, 683L, 1_025L, 1_537L, 2_306L, 3_459L, 3_600L, 3_600L, 3_600L);
        assertThat(quota.since()).isEqualTo(NOW);
    }

    /** Probes are refused at once, late, or after a silent pass; they are released when they may be, or later. */
    @Property(tries = 200)
    void shouldProbeAtMostTwentyFourTimesInAnyDay(@ForAll long seed) {
        Random random = new Random(seed);
        Quota quota = spent();
        List<Instant> probes = new ArrayList<>();
        Instant now = NOW;
        for (int i = 0; i < 150; i++) {
            Instant chance = quota.nextChance();
            now = chance.isAfter(now) ? chance : now;
            now = random.nextInt(3) > 0 ? now : now.plusSeconds(random.nextInt(3_600));
            assertThat(quota.available(now)).isFalse();
            quota = quota.released("j", now);
            probes.add(now);
            now = now.plusMillis(1 + (random.nextInt(4) > 0 ? random.nextInt(2_000) : random.nextInt(19_000)));
            boolean passed = quota.available(now);
            for (int ramped = 0; passed && ramped < 2; ramped++) {
                quota = quota.released("j", now);
            }
            Status status = random.nextInt(5) > 0 ? Status.EXHAUSTED : Status.SPEND_CAPPED;
            quota = quota.reopened(now).refused(status, null, null, now);
        }

        for (int i = 24; i < probes.size(); i++) {
            assertThat(Duration.between(probes.get(i - 24), probes.get(i)))
                    .as("25 probes from %s on", i - 24)
                    .isGreaterThanOrEqualTo(Duration.ofDays(1));
        }
    }

    @Test
    void shouldWaitForAResetWithinAnHourWithoutProbesAndProbeBeforeOneFurtherAhead() {
        Quota near = Quota.UNKNOWN.refused(Status.EXHAUSTED, null, NOW.plusSeconds(3_600), NOW);
        Quota far = Quota.UNKNOWN.refused(Status.EXHAUSTED, null, NOW.plusSeconds(7_200), NOW);

        assertThat(near.nextChance()).isEqualTo(NOW.plusSeconds(3_600));
        assertThat(far.nextChance()).isEqualTo(NOW.plusSeconds(60));
    }

    @Test
    void shouldOpenWithARampWhenAProbeIsNotRefusedForTenSeconds() {
        Instant probedAt = NOW.plusSeconds(60);
        Quota probing = spent().released("j", probedAt);

        assertThat(probing.probing()).isTrue();
        assertThat(probing.available(probedAt.plusMillis(9_999))).isFalse();
        Instant passedAt = probedAt.plusSeconds(10);
        assertThat(probing.nextChance()).isEqualTo(passedAt);
        assertThat(probing.available(passedAt)).isTrue();
        assertThat(released(probing, passedAt, 3)).isEqualTo(8);
    }

    @Test
    void shouldOpenWithARampWhenAProbeIsReportedAccepted() {
        Instant probedAt = NOW.plusSeconds(60);
        Quota probing = spent().released("j", probedAt);

        Quota open = probing.accepted("j", probedAt.plusMillis(200), probedAt.plusMillis(300));

        assertThat(open.status()).isEqualTo(Status.AVAILABLE);
        assertThat(open.probes()).isZero();
        assertThat(released(open, probedAt.plusMillis(300), 2)).isEqualTo(4);
        assertThat(probing.accepted("j", probedAt, probedAt.plusMillis(1)))
                .as("accepted before the probe")
                .isSameAs(probing);
        assertThat(spent().accepted("j", probedAt, probedAt)).as("no probe").isEqualTo(spent());
    }

    @Test
    void shouldKnowItsProbeAlsoAfterAnotherAttemptWasRefused() {
        Instant probedAt = NOW.plusSeconds(60);
        Quota probing = spent().released("j", probedAt);

        Quota refused = refused(probing, probedAt.plusMillis(50));

        assertThat(refused.probing()).isFalse();
        assertThat(refused.probedBy("j", probedAt)).isTrue();
        assertThat(refused.probedBy("other", probedAt)).isFalse();
        assertThat(refused.probedBy("j", probedAt.minusMillis(1)))
                .as("an earlier release")
                .isFalse();
    }

    @Test
    void shouldLearnNothingFromOtherJobsWhileAProbeIsUnderWay() {
        Instant probedAt = NOW.plusSeconds(60);
        Quota probing = spent().released("j", probedAt);

        Instant later = probedAt.plusSeconds(1);

        assertThat(probing.accepted("made-before-the-refusal", later, later)).isSameAs(probing);
        assertThat(probing.inconclusive("other", later)).isSameAs(probing);
    }

    @Test
    void shouldGoOnWithTheWaitsWhereTheyWereAfterARefusalInTheRampOfASilentPass() {
        // Given three probes that were refused, and a fourth that was not for ten seconds
        Quota quota = spent();
        for (int probe = 0; probe < 3; probe++) {
            Instant at = quota.nextChance();
            quota = refused(quota.released("j", at), at.plusMillis(300));
        }
        Instant probedAt = quota.nextChance();
        Instant ramp = probedAt.plusSeconds(10);
        quota = quota.released("j", probedAt).released("j", ramp).released("j", ramp);
        assertThat(quota.status()).isEqualTo(Status.AVAILABLE);

        // When one of the ramp is refused
        quota = refused(quota, ramp.plusSeconds(1));

        // Then
        assertThat(quota.probes()).isEqualTo(4);
        assertThat(quota.nextChance()).isEqualTo(probedAt.plusMillis(303_750));
    }

    @Test
    void shouldBeginTheWaitsAnewAnHourAfterTheLastProbe() {
        // Given a second probe that was not refused, so that a ramp followed, which is over
        Quota first = refused(spent().released("j", NOW.plusSeconds(60)), NOW.plusSeconds(61));
        Instant probedAt = first.nextChance();
        Quota open = first.released("j", probedAt).released("k", probedAt.plusSeconds(20));
        assertThat(open.status()).isEqualTo(Status.AVAILABLE);

        // When calls are refused soon after, the silence was no success
        Instant soon = probedAt.plusSeconds(100);
        assertThat(refused(open, soon).probes()).isEqualTo(2);

        // And when they are refused much later
        Instant spentAgain = probedAt.plusSeconds(3_600);
        assertThat(refused(open, spentAgain).nextChance()).isEqualTo(spentAgain.plusSeconds(60));
    }

    @Test
    void shouldNotOpenByAResetThatIsNotAheadOfTheRefusal() {
        Quota quota = Quota.UNKNOWN.refused(Status.EXHAUSTED, "SPENT", NOW.minusMillis(1), NOW);

        assertThat(quota.resetAt()).isNull();
        assertThat(quota.available(NOW)).isFalse();
        assertThat(quota.nextChance()).isEqualTo(NOW.plusSeconds(60));
    }

    @Test
    void shouldEndAProbeWithoutOpeningWhenItFailsForAnotherReason() {
        Instant probedAt = NOW.plusSeconds(60);
        Quota probing = spent().released("j", probedAt);

        Quota ended = probing.inconclusive("j", probedAt.plusSeconds(1));

        assertThat(ended.probing()).isFalse();
        assertThat(ended.available(probedAt.plusSeconds(11))).isFalse();
        assertThat(ended.nextChance()).isEqualTo(probedAt.plusSeconds(90));
    }
}
