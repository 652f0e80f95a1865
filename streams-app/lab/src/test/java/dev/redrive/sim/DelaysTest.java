package dev.redrive.sim;

import static org.assertj.core.api.Assertions.assertThat;

import dev.redrive.sim.Policy.FailedAttempt;
import dev.redrive.sim.PolicyKind.Delays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class DelaysTest {

    private static final Dice DICE = new Dice(1).about("policy");

    @Test
    void shouldWaitTheSameTimeEveryTime() {
        assertThat(waits(Delays.FIXED, 0)).containsOnly(5_000L);
    }

    @Test
    void shouldDoubleUpToTheCap() {
        assertThat(waits(Delays.EXPONENTIAL, 0))
                .containsExactly(1_000L, 2_000L, 4_000L, 8_000L, 16_000L, 32_000L, 60_000L, 60_000L);
        assertThat(Delays.EXPONENTIAL.ms(failure(1_000_000, 0), DICE)).isEqualTo(60_000);
    }

    @Test
    void shouldSpreadOverTheWholeExponentialWait() {
        List<Long> thirds = IntStream.range(0, 1_000)
                .mapToObj(job -> Delays.FULL_JITTER.ms(failure(job, 3, 0), DICE))
                .toList();

        assertThat(thirds).allMatch(ms -> ms >= 0 && ms <= 4_000);
        assertThat(thirds).anyMatch(ms -> ms < 200).anyMatch(ms -> ms > 3_800);
        assertThat(Delays.FULL_JITTER.ms(failure(7, 3, 0), DICE)).isEqualTo(thirds.get(7));
    }

    @Test
    void shouldDoubleTheHintOfAResponseAndASecondWhereThereIsNone() {
        assertThat(waits(Delays.DOUBLED_HINT, 0)).startsWith(1_000L, 2_000L, 4_000L);
        assertThat(waits(Delays.DOUBLED_HINT, 7_000)).startsWith(7_000L, 14_000L, 28_000L, 56_000L, 60_000L);
    }

    @Test
    void shouldNeverWaitLessThanTheHintSays() {
        assertThat(waits(Delays.JITTER_AFTER_HINT, 7_000)).allMatch(ms -> ms >= 7_000);
        assertThat(waits(Delays.JITTER_AFTER_HINT, 0)).isEqualTo(waits(Delays.FULL_JITTER, 0));
        assertThat(waits(Delays.DOUBLED_HINT, 60_000)).allMatch(ms -> ms >= 60_000);
    }

    /** The waits after the first eight attempts, with a window that opens after so long. */
    private static List<Long> waits(Delays delays, long opensInMs) {
        return IntStream.rangeClosed(1, 8)
                .mapToObj(attempt -> delays.ms(failure(attempt, opensInMs), DICE))
                .toList();
    }

    private static FailedAttempt failure(int attempt, long opensInMs) {
        return failure(7, attempt, opensInMs);
    }

    private static FailedAttempt failure(int job, int attempt, long opensInMs) {
        Reply.Kind kind = opensInMs == 0 ? Reply.Kind.CONCURRENCY_LIMITED : Reply.Kind.RATE_LIMITED;
        long now = Jobs.START_MS;
        return new FailedAttempt(
                job,
                attempt,
                new Reply(kind, Service.MUSIC, now, 5, 0, now + opensInMs, 1, 1, now, ApiBehaviour.Hints.ALL),
                now,
                now);
    }
}
