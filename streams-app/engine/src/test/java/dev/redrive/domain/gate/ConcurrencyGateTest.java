package dev.redrive.domain.gate;

import static dev.redrive.domain.gate.Asked.NOW;
import static org.assertj.core.api.Assertions.assertThat;

import dev.redrive.domain.user.Concurrency;
import dev.redrive.domain.user.Concurrency.Foreign;
import dev.redrive.domain.user.Concurrency.Reporting;
import dev.redrive.domain.user.JobLengths;
import dev.redrive.domain.user.LimitEstimate;
import dev.redrive.domain.user.Slots;
import dev.redrive.domain.user.UserState;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ConcurrencyGateTest {

    private static Verdict ask(int active, @Nullable Integer limit, @Nullable Foreign foreign) {
        LimitEstimate estimate = limit == null ? null : LimitEstimate.of(limit, NOW, LimitEstimate.Source.REPORTED);
        return ask(new Concurrency(active, estimate, null, null, foreign, 0, null, Slots.NONE, Reporting.EXPECTED));
    }

    private static Verdict ask(Concurrency concurrency) {
        UserState user = new UserState(concurrency, UserState.NEW.quota(), Map.of(), Map.of(), null, null, NOW);
        return Asked.gate(new ConcurrencyGate(0.15 / 1.85), user);
    }

    @Test
    void shouldBeOpenWhileNoLimitIsKnown() {
        assertThat(ask(100, null, null)).isEqualTo(Verdict.open());
    }

    @Test
    void shouldBeOpenOnlyWhileASlotIsFree() {
        assertThat(ask(1, 2, null)).isEqualTo(Verdict.open());
        assertThat(ask(2, 2, null))
                .isEqualTo(new Verdict.Closed(GateName.CONCURRENCY, NOW.plusMillis(Gate.ASK_AGAIN_MS), Opening.SLOT));
        assertThat(ask(0, 0, null)).isInstanceOf(Verdict.Closed.class);
    }

    @Test
    void shouldCountJobsOfStrangersUntilBeliefInThemFades() {
        Foreign two = new Foreign(2, NOW, Duration.ofSeconds(4));

        assertThat(ask(1, 4, two)).isEqualTo(Verdict.open());
        assertThat(ask(1, 3, two))
                .isEqualTo(new Verdict.Closed(GateName.CONCURRENCY, NOW.plusSeconds(4), Opening.SLOT));
        assertThat(ask(1, 3, new Foreign(2, NOW.minusSeconds(4), Duration.ofSeconds(4))))
                .isEqualTo(Verdict.open());
    }

    @Test
    void shouldOpenWhereEndsAreNotReportedOnceASlotIsFreeWithTheProbabilityThatTheBudgetRequires() {
        // Given a budget for 15 % of the retries, one slot, and a job in it of which 85 % are shorter than its age
        JobLengths lengths = JobLengths.ofMedian(Duration.ofSeconds(10));
        Duration longest = lengths.quantile(0.85);

        // When, Then
        assertThat(unseen(lengths, longest.plusMillis(10))).isEqualTo(Verdict.open());
        Verdict early = unseen(lengths, longest.minusMillis(500));
        assertThat(early).isInstanceOf(Verdict.Closed.class);
        assertThat(((Verdict.Closed) early).until()).isBetween(NOW.plusMillis(490), NOW.plusMillis(511));
    }

    private static Verdict unseen(JobLengths lengths, Duration age) {
        Slots slots = new Slots(List.of(NOW.minus(age).toEpochMilli()), List.of(), 0, 0, 400);
        LimitEstimate one = LimitEstimate.of(1, NOW, LimitEstimate.Source.REPORTED);
        return ask(new Concurrency(1, one, null, null, null, 0, lengths, slots, Reporting.UNSEEN));
    }

    @Test
    void shouldOpenForOneTestOfTheLimitAndForNoOtherUntilItsResult() {
        // Given a guessed limit of one that has held for one call
        LimitEstimate due = new LimitEstimate(1, NOW, LimitEstimate.Source.GUESSED, 1, 0, 0, null, 0, null);
        LimitEstimate outstanding = new LimitEstimate(1, NOW, LimitEstimate.Source.GUESSED, 1, 0, 0, NOW, 1, null);

        // When, Then
        assertThat(full(1, due)).isEqualTo(Verdict.open());
        assertThat(full(2, due)).isInstanceOf(Verdict.Closed.class);
        assertThat(full(1, outstanding)).isInstanceOf(Verdict.Closed.class);
    }

    private static Verdict full(int active, LimitEstimate limit) {
        return ask(new Concurrency(active, limit, null, null, null, 0, null, Slots.NONE, Reporting.EXPECTED));
    }
}
