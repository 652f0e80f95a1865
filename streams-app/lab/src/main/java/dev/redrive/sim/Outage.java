package dev.redrive.sim;

import java.time.Duration;

/**
 * A span in which the simulated API answers every call with 503; what runs goes on.
 *
 * @param from when it begins, from the start
 * @param length how long it lasts
 */
public record Outage(Duration from, Duration length) {

    /** Whether it lasts at a time, in ms from the start. */
    boolean at(long ms) {
        return ms >= from.toMillis() && ms < endMs();
    }

    long endMs() {
        return from.toMillis() + length.toMillis();
    }
}
