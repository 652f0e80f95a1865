package dev.redrive.domain.stats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class AlertRulesTest {

    private static final Instant NOW = Instant.parse("2026-11-22T12:00:00Z");
    private static final AlertRules RULES = new AlertRules(Duration.ofHours(24), 100, 50, 0.5, Duration.ofSeconds(60));

    @Test
    void shouldCallAGroupNewWhenItWasNeverSeenOrIsBackAfterTheQuiet() {
        assertThat(RULES.isNew(null, NOW)).isTrue();
        assertThat(RULES.isNew(NOW.minus(Duration.ofHours(24)), NOW)).isFalse();
        assertThat(RULES.isNew(NOW.minus(Duration.ofHours(24)).minusMillis(1), NOW))
                .isTrue();
    }

    @Test
    void shouldCallOnlyTheStepOverTheBoundASpike() {
        assertThat(RULES.spikes(98, 99)).isFalse();
        assertThat(RULES.spikes(99, 100)).isTrue();
        assertThat(RULES.spikes(10, 5_000)).isTrue();
        assertThat(RULES.spikes(100, 101)).isFalse();
    }

    @Test
    void shouldCallErrorsBurningFromTheRatioOnWhenEnoughWasSubmitted() {
        assertThat(RULES.burns(49, 49)).isFalse();
        assertThat(RULES.burns(25, 50)).isTrue();
        assertThat(RULES.burns(24, 50)).isFalse();
    }

    @Test
    void shouldCallARetryOverdueAfterTheBound() {
        assertThat(RULES.isOverdue(NOW.minusSeconds(60), NOW)).isFalse();
        assertThat(RULES.isOverdue(NOW.minusSeconds(60).minusMillis(1), NOW)).isTrue();
    }

    @Test
    void shouldRefuseBoundsOutOfRange() {
        assertThatThrownBy(() -> new AlertRules(Duration.ZERO, 0, 1, 0.5, Duration.ZERO))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new AlertRules(Duration.ZERO, 1, 0, 0.5, Duration.ZERO))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new AlertRules(Duration.ZERO, 1, 1, Double.NaN, Duration.ZERO))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
