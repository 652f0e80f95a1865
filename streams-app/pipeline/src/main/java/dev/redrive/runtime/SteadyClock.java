package dev.redrive.runtime;

import dev.redrive.runtime.BrokerClock.Bounds;
import java.time.Duration;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.apache.kafka.common.utils.Time;
import org.jspecify.annotations.Nullable;

/**
 * The brokers' time, once it is measured: the wall clock where it agrees with the measurement, else the earliest instant
 * that the brokers' clocks can show, by the monotonic clock since. So a wall clock that is wrong releases nothing early and
 * dates nothing.
 *
 * <p>Until then the wall clock, watched against the monotonic one. A step back is followed at once: then nothing is released
 * early. A step forward is not believed until it has lasted for {@link #CONFIRMATION}: until then time goes on from before
 * the step, so that a clock that jumps ahead and back releases nothing early.
 *
 * <p>Safe for use by several threads.
 */
public final class SteadyClock implements LongSupplier {

    /** How far the clocks may drift apart between two readings without it being a step. */
    static final Duration TOLERANCE = Duration.ofMillis(500);

    /** How long a step forward must last to be believed. */
    static final Duration CONFIRMATION = Duration.ofSeconds(5);

    /** How far beyond what is proven of the brokers' time a wall clock that agrees with it is believed. */
    static final Duration MAX_UNPROVEN = Duration.ofMillis(20);

    private final LongSupplier wallMs;
    private final LongSupplier nanos;
    private long anchorMs;
    private long anchorNanos;
    private long stepSeenNanos;
    private boolean stepped;
    private long steps;
    private long stepsBack;
    private long skewMs;
    private @Nullable Bounds brokers;

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
        if (brokers != null) {
            steps += wall > expectedMs + TOLERANCE.toMillis() ? 1 : 0;
            stepsBack += wall < expectedMs - TOLERANCE.toMillis() ? 1 : 0;
            anchor(wall, nano);
            return byBrokers(wall, brokers.at(nano));
        }
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

    private static long byBrokers(long wall, Bounds bounds) {
        boolean agrees = offset(wall, bounds) == 0 && wall - bounds.earliestMs() <= MAX_UNPROVEN.toMillis();
        return agrees ? wall : bounds.earliestMs();
    }

    private static long offset(long wall, Bounds bounds) {
        if (wall > bounds.latestMs()) {
            return wall - bounds.latestMs();
        }
        return Math.min(0, wall - bounds.earliestMs());
    }

    /**
     * The brokers' time was measured.
     *
     * @param bounds by this clock's monotonic one
     */
    synchronized void measured(Bounds bounds) {
        brokers = bounds;
        stepped = false;
        skewMs = 0;
    }

    /** Whether the brokers' time has been measured. */
    public synchronized boolean measured() {
        return brokers != null;
    }

    /**
     * How far the wall clock is ahead of the brokers' time at the least, in milliseconds; negative where it is behind, zero
     * where it agrees with what was measured.
     */
    public synchronized long offsetMs() {
        if (brokers == null) {
            return 0;
        }
        // The process may pause between two readings; what the brokers' clocks showed meanwhile agrees too.
        Bounds before = brokers.at(nanos.getAsLong());
        long wall = wallMs.getAsLong();
        Bounds after = brokers.at(nanos.getAsLong());
        return offset(wall, new Bounds(after.nanos(), before.earliestMs(), after.latestMs(), after.spreadMs()));
    }

    /** How far the brokers' clocks are apart at the least, in milliseconds. */
    public synchronized long brokerSpreadMs() {
        return brokers == null ? 0 : brokers.spreadMs();
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

    /**
     * The time that Kafka Streams schedules by: it began as the wall clock and goes on by the monotonic one, so that timers
     * keep their intervals while the wall clock is set. Decisions do not use it.
     */
    static final class MonotonicTime implements Time {

        private final long startMs = System.currentTimeMillis();
        private final long startNanos = System.nanoTime();

        @Override
        public long milliseconds() {
            return startMs + (System.nanoTime() - startNanos) / 1_000_000;
        }

        @Override
        public long nanoseconds() {
            return System.nanoTime();
        }

        @Override
        public void sleep(long ms) {
            Time.SYSTEM.sleep(ms);
        }

        @Override
        public void waitObject(Object object, Supplier<Boolean> condition, long deadlineMs)
                throws InterruptedException {
            Time.SYSTEM.waitObject(object, condition, deadlineMs - milliseconds() + Time.SYSTEM.milliseconds());
        }
    }
}
