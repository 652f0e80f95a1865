package dev.redrive.domain.stats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.redrive.domain.stats.Windows.Count;
import dev.redrive.domain.stats.Windows.Part;
import java.time.Duration;
import java.time.Instant;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;

class WindowsTest {

    private static final Instant START = Instant.parse("2026-11-22T12:00:00Z");
    private static final Windows MINUTES = new Windows(Duration.ofMinutes(1), Duration.ofMinutes(10));

    private static Part part(Instant at, Instant now) {
        return MINUTES.part(new Count(Count.Kind.FAILURE, "music", "song", "TRANSIENT", "x", at), now);
    }

    @Test
    void shouldAlignWindowsToTheEpoch() {
        assertThat(part(START.plusMillis(59_999), START.plusSeconds(60)).windowStartMs())
                .isEqualTo(START.toEpochMilli());
        assertThat(part(START.plusSeconds(60), START.plusSeconds(60)).windowStartMs())
                .isEqualTo(START.plusSeconds(60).toEpochMilli());
    }

    @Test
    void shouldBeLateOnlyAfterTheGraceAndThenCountInTheWindowOfArrival() {
        Instant closes = START.plus(Duration.ofMinutes(11));

        assertThat(part(START, closes).late()).isFalse();
        Part late = part(START, closes.plusMillis(1));
        assertThat(late.late()).isTrue();
        assertThat(late.windowStartMs()).isEqualTo(closes.toEpochMilli());
    }

    @Test
    void shouldTakeWhatIsAheadOfTheClockAsNow() {
        assertThat(part(START.plusSeconds(3_600), START)).isEqualTo(part(START, START));
    }

    @Property(tries = 200)
    void shouldPutEveryInstantIntoARecentWindow(
            @ForAll long atMs, @ForAll @LongRange(min = 0, max = 1L << 42) long nowMs) {
        Part part = part(Instant.ofEpochMilli(atMs), Instant.ofEpochMilli(nowMs));

        assertThat(part.windowStartMs()).isLessThanOrEqualTo(nowMs).isGreaterThanOrEqualTo(nowMs - 720_000);
        assertThat(part.windowStartMs() % 60_000).isZero();
    }

    @Test
    void shouldCutLongNames() {
        Count count = new Count(Count.Kind.FAILURE, "s".repeat(200), "o", "w", "c", START);

        assertThat(MINUTES.part(count, START).service()).hasSize(128);
    }

    @Test
    void shouldKeepKindAndWordOfWhatIsCountedAsOther() {
        Part coarse = part(START, START).coarse();

        assertThat(coarse.service()).isEqualTo(Part.OTHER);
        assertThat(coarse.operation()).isEqualTo(Part.OTHER);
        assertThat(coarse.code()).isEqualTo(Part.OTHER);
        assertThat(coarse.word()).isEqualTo("TRANSIENT");
    }

    @Test
    void shouldRefuseWindowsBelowASecondAndNegativeGrace() {
        assertThatThrownBy(() -> new Windows(Duration.ofMillis(999), Duration.ZERO))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Windows(Duration.ofSeconds(1), Duration.ofMillis(-1)))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
