package dev.redrive.domain.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.redrive.domain.service.Health.Broken;
import dev.redrive.domain.service.Health.Probing;
import dev.redrive.domain.service.Health.Recovering;
import dev.redrive.domain.service.Health.Sound;
import dev.redrive.domain.user.Concurrency;
import dev.redrive.domain.user.Concurrency.Reporting;
import dev.redrive.domain.user.JobLengths;
import dev.redrive.domain.user.LimitEstimate;
import dev.redrive.domain.user.Slots;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ServiceStateTest {

    private static final Instant NOW = Instant.parse("2026-11-22T12:00:00Z");

    private static ServiceState broken() {
        ServiceState state = ServiceState.NEW;
        for (int i = 0; i < 4; i++) {
            state = state.failed(true, NOW, Duration.ZERO, NOW);
        }
        return state;
    }

    private static ServiceState recovering() {
        Instant probedAt = NOW.plusSeconds(1);
        return broken().released(probedAt).answered(probedAt.plusMillis(1), probedAt.plusMillis(1));
    }

    @Test
    void shouldBreakWhenHalfOfTheBudgetIsSpent() {
        ServiceState state = ServiceState.NEW;
        for (int i = 0; i < 2; i++) {
            state = state.failed(true, NOW, Duration.ZERO, NOW);
            assertThat(state.health()).isInstanceOf(Sound.class);
            assertThat(state.opensAt(NOW)).isEqualTo(NOW);
            assertThat(state.unsoundSince()).isNull();
        }
        state = state.failed(true, NOW, Duration.ZERO, NOW);

        assertThat(state.health()).isEqualTo(new Broken(NOW, NOW.plusSeconds(1), 1));
        assertThat(state.unsoundSince()).isEqualTo(NOW);
    }

    @Test
    void shouldNotBreakWhileTrafficEarnsWhatFailuresCost() {
        ServiceState state = ServiceState.NEW;
        for (int i = 0; i < 1_000; i++) {
            state = state.began(NOW).began(NOW).began(NOW).began(NOW).began(NOW).failed(true, NOW, Duration.ZERO, NOW);
        }

        assertThat(state.health()).isInstanceOf(Sound.class);
    }

    @Test
    void shouldNotEarnBeyondAFullBudgetNorChargeWhatWasNotSeenToBegin() {
        assertThat(ServiceState.NEW.began(NOW)).isSameAs(ServiceState.NEW);
        assertThat(ServiceState.NEW.failed(false, NOW, Duration.ZERO, NOW)).isSameAs(ServiceState.NEW);
        ServiceState once = ServiceState.NEW.failed(true, NOW, Duration.ZERO, NOW);
        assertThat(once.began(NOW).began(NOW).began(NOW).began(NOW).began(NOW).health())
                .isEqualTo(Health.SOUND);
        assertThat(once.released(NOW).health()).isEqualTo(new Sound(Health.FULL - Health.COST + Health.EARNED));
    }

    @Test
    void shouldLetOneProbeGoAndNoOtherUntilItIsDecided() {
        Instant probedAt = NOW.plusSeconds(1);
        ServiceState state = broken().released(probedAt);

        assertThat(state.health()).isEqualTo(new Probing(NOW, probedAt, 1));
        assertThat(state.opensAt(probedAt)).isEqualTo(probedAt.plusSeconds(3));
        assertThat(state.answered(probedAt, probedAt))
                .as("news of before the probe")
                .isSameAs(state);
        assertThat(state.failed(true, probedAt, Duration.ZERO, probedAt))
                .as("news of before the probe")
                .isSameAs(state);
    }

    /** A service that opened the breaker by failures that took some time. */
    private static ServiceState brokenBy(Duration took) {
        ServiceState state = ServiceState.NEW;
        for (int i = 0; i < 3; i++) {
            state = state.failed(true, NOW, took, NOW);
        }
        return state;
    }

    @Test
    void shouldWaitForAProbeHalfAsLongAgainAsFailuresTookWithinBounds() {
        Instant probedAt = NOW.plusSeconds(1);

        assertThat(brokenBy(Duration.ofSeconds(-5)).released(probedAt).opensAt(probedAt))
                .isEqualTo(probedAt.plusSeconds(3));
        assertThat(brokenBy(Duration.ofMillis(300)).released(probedAt).opensAt(probedAt))
                .isEqualTo(probedAt.plusSeconds(3));
        assertThat(brokenBy(Duration.ofSeconds(30)).released(probedAt).opensAt(probedAt))
                .isEqualTo(probedAt.plusSeconds(45));
        assertThat(brokenBy(Duration.ofDays(1)).released(probedAt).opensAt(probedAt))
                .isEqualTo(probedAt.plusSeconds(90));
    }

    @Test
    void shouldNotTakeTheSilenceBeforeATimeoutForARecovery() {
        // Given a service that lets every call time out after 30 s
        Duration timeout = Duration.ofSeconds(30);
        ServiceState state = brokenBy(timeout);
        Instant now = NOW;
        int released = 0;

        // When every retry is released as soon as the gate opens, for ten minutes
        while (now.isBefore(NOW.plusSeconds(600))) {
            now = state.opensAt(now);
            state = state.released(now);
            released++;
            assertThat(state.health()).isInstanceOf(Probing.class);
            Instant failedAt = now.plus(timeout);
            assertThat(state.opensAt(now)).isAfter(failedAt);
            now = failedAt;
            state = state.failed(true, now, timeout, now);
        }

        // Then each was a probe, and no other went before it had timed out
        assertThat(released).isBetween(10, 20);
    }

    @Test
    void shouldKeepTheLongestPatienceOfAnOutageAndForgetItAfterwards() {
        // Given a probe that failed at once, after calls had timed out
        Instant probedAt = NOW.plusSeconds(1);
        Instant failedAt = probedAt.plusMillis(10);
        ServiceState again = brokenBy(Duration.ofSeconds(30))
                .released(probedAt)
                .failed(true, failedAt, Duration.ofMillis(10), failedAt);
        Instant next = again.opensAt(failedAt);
        assertThat(again.released(next).opensAt(next)).isEqualTo(next.plusSeconds(45));

        // When the service has answered, and fails at once later
        ServiceState recovered = again.released(next)
                .answered(next.plusMillis(5), next.plusMillis(5))
                .released(next.plusSeconds(20));
        assertThat(recovered.health()).isEqualTo(Health.SOUND);
        Instant later = next.plusSeconds(30);
        for (int i = 0; i < 3; i++) {
            recovered = recovered.failed(true, later, Duration.ofMillis(10), later);
        }
        Instant probe = recovered.opensAt(later);
        assertThat(recovered.released(probe).opensAt(probe)).isEqualTo(probe.plusSeconds(3));
    }

    @Test
    void shouldProbeAfterEachFurtherFifthOfTheOutage() {
        ServiceState state = broken();
        Instant now = NOW;
        List<Long> rests = new ArrayList<>();
        for (int probe = 0; probe < 40; probe++) {
            Duration outage = Duration.between(NOW, now);
            Duration rest = Duration.between(now, state.opensAt(now));
            Duration fifth = outage.dividedBy(5);
            Duration wait = fifth.compareTo(Broken.SHORTEST) < 0
                    ? Broken.SHORTEST
                    : fifth.compareTo(Broken.LONGEST) > 0 ? Broken.LONGEST : fifth;
            assertThat(rest).as("after %s", outage).isBetween(wait.minusMillis(1), wait.plus(wait.dividedBy(10)));
            rests.add(rest.toMillis());
            Instant probedAt = state.opensAt(now);
            now = probedAt.plusMillis(10);
            state = state.released(probedAt).failed(true, now, Duration.ZERO, now);
        }

        assertThat(rests).startsWith(1_000L, 1_000L, 1_000L, 1_000L, 1_000L);
        assertThat(rests.get(39)).isBetween(30_000L, 33_000L);
        assertThat(state.unsoundSince()).isEqualTo(NOW);
    }

    @Test
    void shouldLoseAShortWaitOnlyWhenAProbeFailsByChanceAfterAShortOutage() {
        // Given a service that is well again ten seconds after it broke
        Instant probedAt = NOW.plusSeconds(10);
        ServiceState probing = broken().released(probedAt);

        // When the probe fails for another reason
        ServiceState again = probing.failed(true, probedAt.plusMillis(1), Duration.ZERO, probedAt.plusMillis(1));

        // Then
        assertThat(Duration.between(probedAt, again.opensAt(probedAt))).isLessThan(Duration.ofMillis(2_200));
    }

    @Test
    void shouldRecoverWhenTheProbeIsAnsweredOrNothingBadIsHeard() {
        Instant probedAt = NOW.plusSeconds(1);
        assertThat(recovering().health()).isInstanceOf(Recovering.class);
        assertThat(recovering().unsoundSince()).isEqualTo(NOW);
        ServiceState silent = broken().released(probedAt).released(probedAt.plusSeconds(3));
        assertThat(silent.health()).isInstanceOf(Recovering.class);
    }

    @Test
    void shouldLetTwiceAsManyGoWithEachSecondOfTheRecoveryUntilItIsSound() {
        ServiceState state = recovering();
        Instant from = ((Recovering) state.health()).from();
        List<Integer> released = new ArrayList<>();
        for (int second = 0; second < 4; second++) {
            Instant now = from.plusSeconds(second);
            int count = 0;
            while (!state.opensAt(now).isAfter(now)) {
                state = state.released(now);
                count++;
            }
            assertThat(state.opensAt(now)).isEqualTo(now.plusSeconds(1));
            released.add(count);
        }

        assertThat(released).containsExactly(8, 16, 32, 64);
        assertThat(state.released(from.plusSeconds(9)).health()).isInstanceOf(Recovering.class);
        assertThat(state.released(from.plusSeconds(10)).health()).isEqualTo(Health.SOUND);
    }

    @Test
    void shouldBreakAgainWhenTheRecoveryFails() {
        ServiceState state = recovering();
        Instant before = ((Recovering) state.health()).from();
        assertThat(state.failed(true, before, Duration.ZERO, before))
                .as("an attempt of before")
                .isSameAs(state);
        assertThat(state.failed(false, before.plusMillis(1), Duration.ZERO, before))
                .isSameAs(state);
        Instant now = before.plusSeconds(1);
        for (int i = 0; i < 3; i++) {
            state = state.failed(true, now, Duration.ZERO, now);
        }

        assertThat(state.health()).isEqualTo(new Broken(NOW, now.plusSeconds(1), 2));
    }

    @Test
    void shouldNotHearOfTheOutageWhileNoProbeIsUnderWay() {
        assertThat(broken().failed(true, NOW.plusSeconds(1), Duration.ZERO, NOW))
                .isEqualTo(broken());
        assertThat(broken().answered(NOW.plusSeconds(1), NOW)).isEqualTo(broken());
    }

    @Test
    void shouldFollowTheLengthsOfUsersByAPart() {
        JobLengths before = JobLengths.FIRST;
        JobLengths after = JobLengths.ofMedian(Duration.ofSeconds(40));

        ServiceState learned = ServiceState.NEW.learned(user(null, 1), user(after, 1), NOW);

        assertThat(ServiceState.NEW.prior()).isEqualTo(before);
        assertThat(learned.prior().logMean())
                .isCloseTo(before.logMean() + (after.logMean() - before.logMean()) / 8, within(1e-9));
        assertThat(learned.learned(user(after, 1), user(after, 1), NOW.plusSeconds(1)))
                .isSameAs(learned);
        assertThat(learned.learned(user(after, 1), user(null, 1), NOW.plusSeconds(1)))
                .isSameAs(learned);
    }

    @Test
    void shouldRequireMoreCertaintyAfterRefusalsAndLessAfterReleases() {
        double threshold = ServiceState.NEW.threshold(0.15);

        assertThat(threshold)
                .as("0.3 / 1.15 of the retries are 0.15 of all calls")
                .isCloseTo(0.85 / 1.15, within(1e-9));
        assertThat(ServiceState.NEW.competed(true, 0.15, NOW).threshold(0.15)).isGreaterThan(threshold);
        assertThat(ServiceState.NEW.competed(false, 0.15, NOW).threshold(0.15)).isLessThan(threshold);
    }

    @Test
    void shouldBoundTheCorrectionOfTheThreshold() {
        ServiceState refused = ServiceState.NEW;
        ServiceState passed = ServiceState.NEW;
        for (int i = 0; i < 1_000; i++) {
            refused = refused.competed(true, 0.15, NOW);
            passed = passed.competed(false, 0.15, NOW);
        }

        assertThat(refused.caution()).isEqualTo(ServiceState.MAX_CAUTION);
        assertThat(refused.threshold(0.15)).isLessThan(0.99);
        assertThat(passed.caution()).isEqualTo(-ServiceState.MAX_CAUTION);
        assertThat(passed.threshold(0.15)).isGreaterThan(0.1);
        assertThat(new ServiceState(Health.SOUND, null, Double.NaN, 0, NOW).caution())
                .isZero();
    }

    private static Concurrency user(@Nullable JobLengths lengths, int limit) {
        return user(lengths, LimitEstimate.of(limit, NOW, LimitEstimate.Source.GUESSED));
    }

    private static Concurrency user(@Nullable JobLengths lengths, LimitEstimate limit) {
        return new Concurrency(1, limit, null, null, null, 0, lengths, Slots.NONE, Reporting.EXPECTED);
    }

    private static Concurrency testing() {
        return user(null, new LimitEstimate(1, NOW, LimitEstimate.Source.GUESSED, 0, 0, 0, NOW, 7, null));
    }

    @Test
    void shouldAllowOneTestOfALimitInEightyReleasesOverAllUsers() {
        // Given the first credit, which a test has used up
        assertThat(ServiceState.NEW.testable()).isTrue();
        ServiceState state = ServiceState.NEW.learned(user(null, 1), testing(), NOW);
        assertThat(state.testable()).isFalse();

        // When
        int releases = 0;
        while (!state.testable()) {
            state = state.earned(NOW);
            releases++;
        }

        // Then
        assertThat(releases).isBetween(80, 81);
        assertThat(state.learned(testing(), testing(), NOW)).as("the same test").isSameAs(state);
    }

    @Test
    void shouldAllowFourMoreTestsWhenOneFoundAHigherLimit() {
        ServiceState used = ServiceState.NEW.learned(user(null, 1), testing(), NOW);

        ServiceState found = used.learned(testing(), user(null, 2), NOW);

        assertThat(found.credit()).isEqualTo(4);
        assertThat(used.learned(testing(), user(null, 1), NOW).credit()).isZero();
        LimitEstimate reported = LimitEstimate.of(9, NOW, LimitEstimate.Source.REPORTED);
        assertThat(used.learned(testing(), user(null, reported), NOW).credit())
                .as("nothing was found that was reported")
                .isZero();
    }

    @Test
    void shouldBoundTheCreditForTests() {
        ServiceState state = ServiceState.NEW;
        for (int i = 0; i < 10_000; i++) {
            state = state.earned(NOW);
        }

        assertThat(state.credit()).isEqualTo(ServiceState.MAX_CREDIT);
        assertThat(new ServiceState(Health.SOUND, null, 0, -5, NOW).credit()).isZero();
        assertThat(new ServiceState(Health.SOUND, null, 0, Double.NaN, NOW).credit())
                .isZero();
    }

    @Test
    void shouldDifferFromAStoredStateOnlyByMoreThanALittle() {
        ServiceState stored = ServiceState.NEW.earned(NOW);

        assertThat(stored.earned(NOW.plusSeconds(1)).differsFrom(stored)).isFalse();
        assertThat(stored.competed(false, 0.15, NOW).differsFrom(stored)).isFalse();
        assertThat(stored.earned(NOW.plusSeconds(61)).differsFrom(stored)).isTrue();
        assertThat(stored.failed(true, NOW, Duration.ZERO, NOW).differsFrom(stored))
                .isTrue();
        ServiceState cautious = stored;
        ServiceState credited = stored;
        for (int i = 0; i < 30; i++) {
            cautious = cautious.competed(false, 0.15, NOW);
            credited = credited.earned(NOW);
        }
        assertThat(cautious.differsFrom(stored)).isTrue();
        assertThat(credited.differsFrom(stored)).isTrue();
        assertThat(stored.learned(user(null, 1), user(JobLengths.ofMedian(Duration.ofHours(1)), 1), NOW)
                        .differsFrom(stored))
                .isTrue();
    }
}
