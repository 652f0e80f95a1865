package dev.redrive.topology;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/**
 * Counts the tasks' failures to reach the schema registry and keeps the time of the last; written by stream threads,
 * read by all. Safe for use by several threads.
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

    /** Returns the number of failed tries since the start. */
    public long failures() {
        return failures.get();
    }

    /** Returns whether the last failed try is no longer ago than this. */
    public boolean within(Duration time) {
        return failures.get() > 0 && nanos.getAsLong() - lastNanos < time.toNanos();
    }

    /**
     * Returns the backoff of a task's waiting inputs before its next registry request; belongs to the task's thread.
     */
    Patience patience() {
        return new Patience();
    }

    /** Backoff that doubles from {@link #MIN_REST} to {@link #MAX_REST} with each failed try. */
    final class Patience {

        private long restNanos;
        private long untilNanos = nanos.getAsLong();

        boolean over() {
            return nanos.getAsLong() - untilNanos >= 0;
        }

        /** Counts a failed try and extends the backoff. */
        void failed() {
            long now = nanos.getAsLong();
            lastNanos = now;
            failures.incrementAndGet();
            restNanos = Math.min(MAX_REST.toNanos(), Math.max(MIN_REST.toNanos(), 2 * restNanos));
            untilNanos = now + restNanos;
        }

        void reset() {
            restNanos = 0;
        }
    }
}
