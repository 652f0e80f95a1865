package dev.redrive.runtime;

import dev.redrive.runtime.BrokerClock.Bounds;
import java.time.Duration;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.apache.kafka.common.utils.Time;
import org.jspecify.annotations.Nullable;

/**
 * The brokers' time, once it is measured: the wall clock if it agrees with the measurement, otherwise the earliest
 * instant that the brokers' clocks can have, advanced by the monotonic clock. So a wrong wall clock releases nothing
 * early and sets no timestamp.
 *
 * <p>Until then it is the wall clock, compared with the monotonic one. A step back is applied at once, which releases
 * nothing early. A step forward is applied only after it has lasted for {@link #CONFIRMATION}: until then time advances
 * from before the step, so that a clock that jumps ahead and back releases nothing early.
 *
 * <p>Safe for use by several threads.
 */
public final class SteadyClock implements LongSupplier {

    /** Maximum drift of the clocks between two readings that does not count as a step. */
    static final Duration TOLERANCE = Duration.ofMillis(500);

    /** How long a step forward must last before it is applied. */
    static final Duration CONFIRMATION = Duration.ofSeconds(5);

    /** Maximum lead of an agreeing wall clock over the proven brokers' time. */
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

    /** Uses the system's clocks. */
    public SteadyClock() {
        this(System::currentTimeMillis, System::nanoTime);
    }

    /**
     * Uses other clocks, for tests.
     *
     * @param wallMs wall clock, epoch milliseconds
     * @param nanos monotonic clock, nanoseconds from an arbitrary origin
     */
    SteadyClock(LongSupplier wallMs, LongSupplier nanos) {
        this.wallMs = wallMs;
        this.nanos = nanos;
        this.anchorMs = wallMs.getAsLong();
        this.anchorNanos = nanos.getAsLong();
    }

    /** Returns the time in epoch milliseconds. */
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
     * Applies a measurement of the brokers' time.
     *
     * @param bounds bounds, by this clock's monotonic clock
     */
    synchronized void measured(Bounds bounds) {
        brokers = bounds;
        stepped = false;
        skewMs = 0;
    }

    /** Returns whether the brokers' time has been measured. */
    public synchronized boolean measured() {
        return brokers != null;
    }

    /**
     * Returns the minimum lead of the wall clock over the brokers' time in milliseconds; negative if it is behind, zero
     * if it agrees with the measurement.
     */
    public synchronized long offsetMs() {
        if (brokers == null) {
            return 0;
        }
        // The process may pause between two readings; the brokers' time in between agrees too.
        Bounds before = brokers.at(nanos.getAsLong());
        long wall = wallMs.getAsLong();
        Bounds after = brokers.at(nanos.getAsLong());
        return offset(wall, new Bounds(after.nanos(), before.earliestMs(), after.latestMs(), after.spreadMs()));
    }

    /** Returns the minimum difference between the brokers' clocks in milliseconds. */
    public synchronized long brokerSpreadMs() {
        return brokers == null ? 0 : brokers.spreadMs();
    }

    /** Returns the number of steps forward since the start. */
    public synchronized long stepsForward() {
        return steps;
    }

    /** Returns the number of steps back since the start. */
    public synchronized long stepsBack() {
        return stepsBack;
    }

    /** Returns the lead of the wall clock over the returned time in milliseconds; zero unless a step is unconfirmed. */
    public synchronized long skewMs() {
        return skewMs;
    }

    /** Returns whether a step forward is unconfirmed. */
    public synchronized boolean stepUnconfirmed() {
        return stepped;
    }

    private void anchor(long wall, long nano) {
        skewMs = 0;
        anchorMs = wall;
        anchorNanos = nano;
    }

    /**
     * The time of Kafka Streams' scheduler: it begins as the wall clock and advances by the monotonic one, so that
     * timers keep their intervals while the wall clock is set. Decisions do not use it.
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
