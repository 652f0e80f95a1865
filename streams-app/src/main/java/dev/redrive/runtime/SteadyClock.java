package dev.redrive.runtime;

import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * The wall clock, watched against the monotonic one. A step back is followed at once: then nothing is released early. A
 * step forward is not believed until it has lasted for {@link #CONFIRMATION}: until then time goes on from before the
 * step, so that a clock that jumps ahead and back releases nothing early.
 *
 * <p>Safe for use by several threads.
 */
public final class SteadyClock implements LongSupplier {

    /** How far the clocks may drift apart between two readings without it being a step. */
    static final Duration TOLERANCE = Duration.ofMillis(500);

    /** How long a step forward must last to be believed. */
    static final Duration CONFIRMATION = Duration.ofSeconds(5);

    private final LongSupplier wallMs;
    private final LongSupplier nanos;
    private long anchorMs;
    private long anchorNanos;
    private long stepSeenNanos;
    private boolean stepped;
    private long steps;

    /** The system's clocks. */
    public SteadyClock() {
        this(System::currentTimeMillis, System::nanoTime);
    }

    /**
     * Other clocks, for tests.
     *
     * @param wallMs wall clock, epoch milliseconds
     * @param nanos monotonic clock, nanoseconds from anywhere
     */
    SteadyClock(LongSupplier wallMs, LongSupplier nanos) {
        this.wallMs = wallMs;
        this.nanos = nanos;
        this.anchorMs = wallMs.getAsLong();
        this.anchorNanos = nanos.getAsLong();
    }

    /** The time, epoch milliseconds. */
    @Override
    public synchronized long getAsLong() {
        long wall = wallMs.getAsLong();
        long nano = nanos.getAsLong();
        long expectedMs = anchorMs + (nano - anchorNanos) / 1_000_000;
        if (wall <= expectedMs + TOLERANCE.toMillis()) {
            stepped = false;
            anchor(wall, nano);
            return wall;
        }
        if (!stepped) {
            stepped = true;
            steps++;
            stepSeenNanos = nano;
        } else if (nano - stepSeenNanos >= CONFIRMATION.toNanos()) {
            stepped = false;
            anchor(wall, nano);
            return wall;
        }
        return expectedMs;
    }

    /** How many steps forward were seen since the start. */
    public synchronized long stepsForward() {
        return steps;
    }

    private void anchor(long wall, long nano) {
        anchorMs = wall;
        anchorNanos = nano;
    }
}
