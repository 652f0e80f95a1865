package dev.redrive.domain.user;

import static org.assertj.core.api.Assertions.assertThat;

import dev.redrive.domain.user.Quota.Status;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class QuotaTest {

    private static final Instant NOW = Instant.parse("2026-11-22T12:00:00Z");

    private static Quota quota(Status status, @Nullable Instant resetAt, @Nullable Instant reopenedAt) {
        return new Quota(status, null, null, resetAt, null, NOW, reopenedAt, 0, 0, null);
    }

    /** How many may go in a second of the ramp, counted from its beginning. */
    private static int released(Quota from, Instant begin, int seconds) {
        Quota quota = from;
        int released = 0;
        for (int ms = 0; ms < seconds * 1_000; ms += 10) {
            Instant at = begin.plusMillis(ms);
            while (!quota.rampedUntil(at).isAfter(at) && released < 1_000_000) {
                quota = quota.released(at);
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
        assertThat(Quota.UNKNOWN.released(NOW)).isSameAs(Quota.UNKNOWN);
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
        Quota full = quota(Status.AVAILABLE, null, NOW).released(NOW).released(NOW);

        assertThat(full.rampedUntil(NOW.plusMillis(500))).isEqualTo(NOW.plusSeconds(1));
        assertThat(full.rampedUntil(NOW.plusSeconds(1))).isEqualTo(NOW.plusSeconds(1));
    }

    @Test
    void shouldEndTheRampAfterTenSeconds() {
        Quota quota = quota(Status.AVAILABLE, null, NOW);
        Instant after = NOW.plusSeconds(10);

        assertThat(quota.rampedUntil(after)).isEqualTo(after);
        assertThat(quota.released(after).reopenedAt()).isNull();
        assertThat(quota.released(NOW.plusMillis(9_999)).reopenedAt()).isEqualTo(NOW);
    }

    @Test
    void shouldBeginTheRampAtTheResetWhereOnlyTimeOpensIt() {
        Instant reset = NOW.plusSeconds(10);
        Quota spent = quota(Status.EXHAUSTED, reset, null);

        Quota first = spent.released(reset.plusMillis(5));
        assertThat(first.status()).isEqualTo(Status.AVAILABLE);
        assertThat(first.reopenedAt()).isEqualTo(reset);
        assertThat(first.rampReleases()).isEqualTo(1);
        assertThat(released(spent, reset, 3)).isEqualTo(8);
    }
}
