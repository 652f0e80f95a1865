package dev.redrive.domain.user;

import static org.assertj.core.api.Assertions.assertThat;

import dev.redrive.domain.service.ServiceState;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Objects;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * One user whose ends of jobs nobody reports, with always one more retry waiting, in simulated time. Each job has made one
 * call before its retries, the last of which is accepted.
 */
class WasteBudgetTest {

    private static final int RELEASES = 2_000;
    private static final int ANSWER_MS = 300;

    private final PriorityQueue<Long> ends = new PriorityQueue<>();
    private final Queue<Answer> refusals = new ArrayDeque<>();
    private Concurrency user = Concurrency.UNKNOWN;
    private ServiceState service = ServiceState.NEW;
    private int released;
    private int refused;

    private record Answer(String jobId, long releasedAtMs) {}

    @ParameterizedTest
    @CsvSource({
        "0.05, 1", "0.05, 2", "0.05, 3", "0.05, 4",
        "0.10, 1", "0.10, 2", "0.10, 3", "0.10, 4",
        "0.20, 1", "0.20, 2", "0.20, 3", "0.20, 4",
    })
    void shouldKeepTheWasteBudgetWithinAThird(double wasteBudget, int limit) {
        // Given
        Random random = new Random(7L * limit);
        long nowMs = 1_000_000_000_000L;
        user = user.refused(new Concurrency.Refusal("first", null, null, at(nowMs)), service.prior(), at(nowMs));

        // When
        while (released < RELEASES) {
            answerUntil(nowMs, limit, wasteBudget);
            Instant opensAt = Objects.requireNonNull(
                    user.opensAt(service.threshold(wasteBudget), service.testable(), service.prior(), at(nowMs)));
            if (opensAt.isAfter(at(nowMs))) {
                long nextMs =
                        refusals.isEmpty() ? Long.MAX_VALUE : refusals.peek().releasedAtMs() + ANSWER_MS;
                nowMs = Math.min(opensAt.toEpochMilli(), nextMs);
                continue;
            }
            release(random, limit, wasteBudget, nowMs);
            nowMs++;
        }

        // Then
        int calls = released + (released - refused);
        assertThat((double) refused / calls).isBetween(wasteBudget * 2 / 3, wasteBudget * 4 / 3);
        assertThat(Objects.requireNonNull(user.limit()).value()).isBetween(limit, limit + 1);
    }

    private void release(Random random, int limit, double wasteBudget, long nowMs) {
        String jobId = "j" + released++;
        Concurrency before = user;
        user = user.released(jobId, service.prior(), at(nowMs));
        service = service.learned(before, user, at(nowMs)).earned(at(nowMs)).competed(false, wasteBudget, at(nowMs));
        while (!ends.isEmpty() && ends.peek() <= nowMs) {
            ends.remove();
        }
        if (ends.size() < limit) {
            ends.add(nowMs + Math.round(8_000 * Math.exp(0.8 * random.nextGaussian())));
        } else {
            refused++;
            refusals.add(new Answer(jobId, nowMs));
        }
    }

    private void answerUntil(long nowMs, int limit, double wasteBudget) {
        while (!refusals.isEmpty() && refusals.peek().releasedAtMs() + ANSWER_MS <= nowMs) {
            Answer answer = refusals.remove();
            Concurrency before = user;
            Instant now = at(answer.releasedAtMs() + ANSWER_MS);
            user = user.learnLimit(limit, now)
                    .refused(
                            new Concurrency.Refusal(answer.jobId(), limit, at(answer.releasedAtMs()), now),
                            service.prior(),
                            now);
            service = service.learned(before, user, now).competed(true, wasteBudget, now);
        }
    }

    private static Instant at(long ms) {
        return Instant.ofEpochMilli(ms);
    }
}
