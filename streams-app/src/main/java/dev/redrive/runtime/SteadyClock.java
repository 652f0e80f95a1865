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
    private long stepsBack;
    private long skewMs;

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
            if (wall < expectedMs - TOLERANCE.toMillis()) {
                stepsBack++;
            }
            stepped = false;
            anchor(wall, nano);
            return wall;
        }
        skewMs = wall - expectedMs;
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

    /** How many steps back were seen since the start. */
    public synchronized long stepsBack() {
        return stepsBack;
    }

    /** How far the wall clock is ahead of the time that is given, in milliseconds; zero unless a step is in doubt. */
    public synchronized long skewMs() {
        return skewMs;
    }

    /** Whether a step forward was seen that is not believed yet. */
    public synchronized boolean doubting() {
        return stepped;
    }

    private void anchor(long wall, long nano) {
        skewMs = 0;
        anchorMs = wall;
        anchorNanos = nano;
    }
}
