package dev.redrive.sim;

import static org.assertj.core.api.Assertions.assertThat;

import dev.redrive.sim.ApiBehaviour.Hints;
import dev.redrive.sim.ApiBehaviour.Plan;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.junit.jupiter.api.Test;

class ApiUserTest {

    private static final long T0 = Jobs.START_MS;

    @Test
    void shouldRefuseWhatIsOverALimitAndNothingElse() {
        // Given a user whose every limit is met often
        Plan plan = new Plan("p", 1, 3, 5, 30);
        long periodMs = 400_000;
        ApiUser user = new ApiUser(plan, T0 + periodMs, periodMs);
        Dice dice = new Dice(3).about("calls");
        Deque<Long> ends = new ArrayDeque<>();
        List<Long> letIn = new ArrayList<>();
        int used = 0;
        long now = T0;
        int[] kinds = new int[Reply.Kind.values().length];
        for (int i = 0; i < 3_000; i++) {
            long before = now;
            now += dice.between(0, 2_000, i, 0);
            while (!ends.isEmpty() && ends.getFirst() <= now) {
                ends.removeFirst();
                user.jobEnded();
            }
            used = (now - T0) / periodMs > (before - T0) / periodMs ? 0 : used;
            long at = now;
            long inWindow = letIn.stream().filter(ms -> ms > at - 60_000).count();

            // When it calls
            Reply.Kind kind = user.call(Service.MUSIC, now);

            // Then a reference that recounts everything says the same
            Reply.Kind expected = used >= 30
                    ? Reply.Kind.ALLOWANCE_SPENT
                    : inWindow >= 5
                            ? Reply.Kind.RATE_LIMITED
                            : ends.size() >= 3 ? Reply.Kind.CONCURRENCY_LIMITED : Reply.Kind.ACCEPTED;
            assertThat(kind).as("call %d", i).isEqualTo(expected);
            kinds[kind.ordinal()]++;
            if (kind == Reply.Kind.ACCEPTED) {
                user.jobStarted();
                letIn.add(now);
                used++;
                ends.addLast(now + 15_000);
            }
        }
        assertThat(kinds[Reply.Kind.ALLOWANCE_SPENT.ordinal()]).isPositive();
        assertThat(kinds[Reply.Kind.RATE_LIMITED.ordinal()]).isPositive();
        assertThat(kinds[Reply.Kind.CONCURRENCY_LIMITED.ordinal()]).isPositive();
    }

    @Test
    void shouldTellWhatTheEnvelopeAndTheHeadersNeed() {
        ApiUser user = new ApiUser(new Plan("p", 1, 1, 1, 1), T0 + 600_000, 600_000);
        assertThat(user.call(Service.MUSIC, T0)).isEqualTo(Reply.Kind.ACCEPTED);
        user.jobStarted();

        Reply limited = user.reply(Reply.Kind.RATE_LIMITED, Service.MUSIC, T0 + 500, Hints.ALL);
        assertThat(limited.headers("music"))
                .containsEntry("Retry-After", "60")
                .containsEntry("X-RateLimit-Remaining", "0")
                .containsEntry("X-RateLimit-Reset", Long.toString((T0 + 60_000) / 1_000));
        assertThat(ApiAnswer.of(user.reply(Reply.Kind.CONCURRENCY_LIMITED, Service.MUSIC, T0, Hints.ALL), "music")
                        .body())
                .contains("CONCURRENT_GENERATION_LIMIT", "\"active_requests\":1,\"concurrency_limit\":1");
        assertThat(ApiAnswer.of(user.reply(Reply.Kind.ALLOWANCE_SPENT, Service.MUSIC, T0, Hints.ALL), "music"))
                .satisfies(response -> assertThat(response.status()).isEqualTo(402))
                .satisfies(response -> assertThat(response.body()).contains("\"reset_at\":\"2026-01-01T00:10:00Z\""));
        assertThat(ApiAnswer.of(user.reply(Reply.Kind.UNAVAILABLE, Service.MUSIC, T0, Hints.ALL), "music")
                        .status())
                .isEqualTo(503);
    }
}
