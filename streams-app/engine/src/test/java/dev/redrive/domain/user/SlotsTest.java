package dev.redrive.domain.user;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class SlotsTest {

    private static final Instant NOW = Instant.parse("2026-11-22T12:00:00Z");
    private static final JobLengths LENGTHS = JobLengths.ofMedian(Duration.ofSeconds(10));

    /** Releases and refusals up to {@code NOW}, in their order. */
    private static Slots random(Random random, int limit) {
        Slots slots = Slots.NONE;
        Instant at = NOW.minusSeconds(60);
        while (at.isBefore(NOW)) {
            slots = random.nextInt(3) > 0 ? slots.started(at) : slots.full(limit, random.nextBoolean(), at);
            at = at.plusMillis(1 + random.nextInt(20_000));
        }
        return slots;
    }

    @Property(tries = 300)
    void shouldOnlyBecomeLikelierFreeWhileNothingHappens(
            @ForAll long seed, @ForAll @IntRange(min = 1, max = 5) int limit) {
        Slots slots = random(new Random(seed), limit);
        double before = 0;
        for (int ms = 0; ms < 120_000; ms += 500) {
            double free = slots.free(limit, LENGTHS, NOW.plusMillis(ms));
            assertThat(free).isBetween(0.0, 1.0).isGreaterThanOrEqualTo(before - 1e-6);
            before = free;
        }
    }

    @Test
    void shouldBeFreeForSureWhileFewerJobsThanSlotsAreKnown() {
        assertThat(Slots.NONE.free(1, LENGTHS, NOW)).isOne();
        assertThat(Slots.NONE.started(NOW).free(2, LENGTHS, NOW)).isOne();
        assertThat(Slots.NONE.started(NOW).free(1, LENGTHS, NOW)).isZero();
    }

    @Test
    void shouldNeverBeFreeAtALimitOfZero() {
        assertThat(Slots.NONE.free(0, LENGTHS, NOW)).isZero();
        assertThat(Slots.NONE.started(NOW.minusSeconds(9_999)).free(0, LENGTHS, NOW))
                .isZero();
    }

    @Property(tries = 300)
    void shouldBeLessLikelyFreeAfterARefusal(@ForAll long seed, @ForAll @IntRange(min = 1, max = 5) int limit) {
        Slots before = random(new Random(seed), limit);

        Slots refused = before.full(limit, false, NOW);

        assertThat(refused.free(limit, LENGTHS, NOW)).isZero();
        for (int ms = 0; ms < 60_000; ms += 1_000) {
            Instant later = NOW.plusMillis(ms);
            assertThat(refused.free(limit, LENGTHS, later))
                    .isLessThanOrEqualTo(before.free(limit, LENGTHS, later) + 1e-6);
        }
    }

    @Property(tries = 300)
    void shouldWaitNoLongerThanForJobsThatStartedAtTheLastRefusal(
            @ForAll @IntRange(min = 1, max = 5) int limit,
            @ForAll @IntRange(min = 1, max = 10_000) int ageSeconds,
            @ForAll @DoubleRange(min = 0.3, max = 0.98) double threshold) {
        // Given a job that takes very long, and a refusal
        Slots slots = Slots.NONE;
        Slots fresh = Slots.NONE;
        for (int i = 0; i < limit; i++) {
            slots = slots.started(NOW.minusSeconds(ageSeconds + i));
            fresh = fresh.started(NOW);
        }

        // When
        Instant freeAt = slots.full(limit, false, NOW).freeAt(limit, LENGTHS, threshold, NOW);

        // Then
        assertThat(freeAt)
                .isBeforeOrEqualTo(fresh.freeAt(limit, LENGTHS, threshold, NOW).plusMillis(2));
    }

    @Test
    void shouldBeFreeWithTheProbabilityWhenItSaysSo() {
        Slots one = Slots.NONE.started(NOW);

        Instant freeAt = one.freeAt(1, LENGTHS, 0.85, NOW);

        assertThat(Duration.between(NOW, freeAt).toMillis())
                .isCloseTo(LENGTHS.quantile(0.85).toMillis(), org.assertj.core.api.Assertions.within(20L));
    }

    @Test
    void shouldForgetJobsThatMadeRoomForLaterOnesAndLearnTheirLengths() {
        // Given one slot and two retries, of which none was refused
        Slots slots = Slots.NONE.started(NOW).started(NOW.plusSeconds(12));

        // When
        Slots.Settled unanswered = slots.settled(1, LENGTHS, NOW.plusSeconds(13));
        Slots.Settled settled = slots.settled(1, LENGTHS, NOW.plusSeconds(16));

        // Then
        assertThat(unanswered.slots()).as("a refusal may still come").isSameAs(slots);
        assertThat(unanswered.lengths()).isSameAs(LENGTHS);
        assertThat(settled.slots().ours()).containsExactly(NOW.plusSeconds(12).toEpochMilli());
        assertThat(settled.lengths()).isEqualTo(LENGTHS.ended(0, 12_000));
    }

    @Test
    void shouldLearnThatAJobTookLongerThanUntilTheRefusal() {
        Slots slots = Slots.NONE.started(NOW).full(1, false, NOW.plusSeconds(8)).started(NOW.plusSeconds(12));

        assertThat(slots.settled(1, LENGTHS, NOW.plusSeconds(16)).lengths()).isEqualTo(LENGTHS.ended(8_000, 12_000));
    }

    @Test
    void shouldForgetJobsThatTookLongerThanNearlyAllDo() {
        Slots slots = Slots.NONE.started(NOW);

        assertThat(slots.settled(1, LENGTHS, NOW.plusSeconds(20)).slots().ours())
                .hasSize(1);
        assertThat(slots.settled(1, LENGTHS, NOW.plusSeconds(600)).slots().ours())
                .isEmpty();
        Slots strangers = Slots.NONE.full(2, false, NOW);
        assertThat(strangers.strangers()).hasSize(2);
        assertThat(strangers.settled(2, LENGTHS, NOW.plusSeconds(600)).slots().strangers())
                .isEmpty();
    }

    @Test
    void shouldLearnNothingFromJobsThatStartedBeforeADisturbance() {
        Slots disturbed =
                Slots.NONE.started(NOW).full(1, true, NOW.plusSeconds(3)).started(NOW.plusSeconds(12));

        Slots.Settled settled = disturbed.settled(1, LENGTHS, NOW.plusSeconds(16));

        assertThat(settled.lengths()).isSameAs(LENGTHS);
        assertThat(settled.slots().ours()).hasSize(1);
        Slots later = disturbed.started(NOW.plusSeconds(24));
        assertThat(later.settled(1, LENGTHS, NOW.plusSeconds(30)).lengths()).isEqualTo(LENGTHS.ended(0, 12_000));
    }

    @Test
    void shouldKeepABoundedNumberOfStarts() {
        Slots slots = Slots.NONE.full(1_000, false, NOW);
        for (int i = 0; i < 300; i++) {
            slots = slots.started(NOW.plusMillis(i)).full(1_000, false, NOW.plusMillis(i));
        }

        assertThat(slots.ours()).hasSize(Slots.MAX_STARTS);
        assertThat(slots.strangers()).hasSizeLessThanOrEqualTo(Slots.MAX_STARTS);
        assertThat(slots.settled(1_000, LENGTHS, NOW.plusSeconds(5)).lengths()).isSameAs(LENGTHS);
    }

    @Test
    void shouldForgetARefusedRetryAlsoIfItsReleaseIsNotKnown() {
        Slots slots = Slots.NONE.started(NOW).started(NOW.plusMillis(5));

        assertThat(slots.ended(NOW).ours()).isEqualTo(List.of(NOW.plusMillis(5).toEpochMilli()));
        assertThat(slots.ended(NOW.minusSeconds(9)).ours()).isEqualTo(List.of(NOW.toEpochMilli()));
        assertThat(Slots.NONE.ended(NOW)).isEqualTo(Slots.NONE);
    }

    @Test
    void shouldBelieveThatARefusalIsKnownAfterTwiceTheTimeOfTheLatest() {
        assertThat(Slots.NONE.answered(2_500).answerMs()).isEqualTo(5_000);
        assertThat(Slots.NONE.answered(100).answerMs()).isEqualTo(2_625);
        Slots quick = Slots.NONE;
        for (int i = 0; i < 100; i++) {
            quick = quick.answered(1);
        }
        assertThat(quick.answerMs()).isEqualTo(400);
        assertThat(Slots.NONE.answered(Long.MAX_VALUE / 4).answerMs()).isEqualTo(10_000);
    }

    @Test
    void shouldNotReleaseWithoutEndWhereALimitIsHigherThanStartsAreKept() {
        // Given a user with a limit of 1,000 whose slots were all occupied just now
        Slots full = Slots.NONE.full(1_000, false, NOW);

        // Then
        assertThat(full.free(1_000, LENGTHS, NOW)).isLessThan(0.01);
        assertThat(full.freeAt(1_000, LENGTHS, 0.8, NOW)).isBetween(NOW.plusMillis(100), NOW.plusSeconds(30));
        assertThat(full.settled(1_000, LENGTHS, NOW).slots()).isEqualTo(full);
    }
}
