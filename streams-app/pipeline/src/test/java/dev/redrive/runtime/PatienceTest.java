package dev.redrive.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.redrive.runtime.TopicAdmin.Patience;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class PatienceTest {

    private final AtomicLong nowNs = new AtomicLong(Long.MAX_VALUE - 1);
    private final Patience patience = new Patience(
            Duration.ofSeconds(5),
            nowNs::get,
            () -> nowNs.addAndGet(Duration.ofSeconds(1).toNanos()));

    @Test
    void shouldAskAgainUntilTheAnswerIsSettled() {
        Deque<String> answers = new ArrayDeque<>(List.of("late", "late", "there", "more"));

        String answer = patience.ask(answers::remove, "there"::equals);

        assertThat(answer).isEqualTo("there");
        assertThat(answers).containsExactly("more");
    }

    @Test
    void shouldGiveTheLastAnswerWhenItLosesPatience() {
        AtomicLong questions = new AtomicLong();

        long last = patience.ask(questions::incrementAndGet, answer -> false);

        assertThat(last).isEqualTo(6);
    }

    @Test
    void shouldAskOnceWithoutPatience() {
        AtomicLong questions = new AtomicLong();
        Patience none = new Patience(Duration.ZERO, nowNs::get, () -> {
            throw new AssertionError("nobody waits");
        });

        long last = none.ask(questions::incrementAndGet, answer -> false);

        assertThat(last).isEqualTo(1);
    }
}
