package dev.redrive.topology;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/**
 * How often a task has found the schema registry unreachable, and when last; written by stream threads, read by all.
 * Safe for use by several threads.
 */
public final class RegistryOutages {

    private static final Duration MIN_REST = Duration.ofSeconds(1);
    private static final Duration MAX_REST = Duration.ofSeconds(16);

    private final LongSupplier nanos;
    private final AtomicLong failures = new AtomicLong();
    private volatile long lastNanos;

    RegistryOutages(LongSupplier nanos) {
        this.nanos = nanos;
    }

    void failed() {
        lastNanos = nanos.getAsLong();
        failures.incrementAndGet();
    }

    /** Failed tries since the start. */
    public long failures() {
        return failures.get();
    }

    /** Whether the last failed try is no longer ago than this. */
    public boolean within(Duration time) {
        return failures.get() > 0 && nanos.getAsLong() - lastNanos < time.toNanos();
    }

    /** How long a task lets its waiting inputs rest before it asks the registry again; belongs to the task's thread. */
    Patience patience() {
        return new Patience();
    }

    /** Doubles from {@link #MIN_REST} to {@link #MAX_REST} with each try that fails. */
    final class Patience {

        private long restNanos;
        private long untilNanos = nanos.getAsLong();

        boolean over() {
            return nanos.getAsLong() - untilNanos >= 0;
        }

        void extend() {
            restNanos = Math.min(MAX_REST.toNanos(), Math.max(MIN_REST.toNanos(), 2 * restNanos));
            untilNanos = nanos.getAsLong() + restNanos;
        }

        void reset() {
            restNanos = 0;
        }
    }
}
