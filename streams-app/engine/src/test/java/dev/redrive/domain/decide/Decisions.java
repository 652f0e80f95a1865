package dev.redrive.domain.decide;

import static dev.redrive.domain.decide.Failures.FAILED_AT;
import static dev.redrive.domain.decide.Failures.NOW;
import static org.assertj.core.api.Assertions.assertThat;

import dev.redrive.domain.decide.Decider.Progress;
import java.time.Duration;
import org.jspecify.annotations.NullMarked;

/** What the tests of the decider share. */
@NullMarked
final class Decisions {

    static final Decider DECIDER = Failures.decider();

    static Decision decide(Failures failure) {
        return decide(failure, Progress.NONE);
    }

    static Decision decide(Failures failure, Progress progress) {
        return DECIDER.judge(failure.attempt(progress.charged() + progress.throttled() + 1), progress, null, NOW)
                .decision();
    }

    static Progress after(int charged, int throttled) {
        return new Progress(charged, throttled, 0, FAILED_AT.minusSeconds(60), "key-0", 0, false, true, false, false);
    }

    static Decision.Retry retry(Decision decision) {
        assertThat(decision).isInstanceOf(Decision.Retry.class);
        return (Decision.Retry) decision;
    }

    static DeadLetterReason reason(Decision decision) {
        assertThat(decision).isInstanceOf(Decision.DeadLetter.class);
        return ((Decision.DeadLetter) decision).reason();
    }

    static Duration delay(Decision decision) {
        return Duration.between(FAILED_AT, retry(decision).dueAt());
    }

    private Decisions() {}
}
