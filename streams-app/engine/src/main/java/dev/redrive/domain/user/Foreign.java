package dev.redrive.domain.user;

import java.time.Duration;
import java.time.Instant;

/**
 * Active jobs of a user that the API counts and Redrive does not know of: those of other clients, or of a batch system
 * that does not say when jobs end. They are believed for one step, then one less with each step, so that a stale report
 * closes nothing for ever.
 *
 * @param count how many there were when the API told; positive
 * @param since when it told
 * @param step how long all are believed, and then each less; positive
 */
public record Foreign(int count, Instant since, Duration step) {

    /** How many are still believed in; never negative. */
    int believed(Instant now) {
        long steps = Math.max(0, Duration.between(since, now).toMillis() / step.toMillis());
        return (int) Math.max(0, count - steps);
    }

    /** When one less is believed in than now. */
    Instant nextLess(Instant now) {
        long steps = Math.max(0, Duration.between(since, now).toMillis() / step.toMillis());
        return since.plus(step.multipliedBy(steps + 1));
    }
}
