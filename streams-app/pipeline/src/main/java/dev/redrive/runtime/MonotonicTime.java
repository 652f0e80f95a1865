package dev.redrive.runtime;

import java.util.function.Supplier;
import org.apache.kafka.common.utils.Time;

/**
 * The time that Kafka Streams schedules by: it began as the wall clock and goes on by the monotonic one, so that timers
 * keep their intervals while the wall clock is set. Decisions do not use it.
 */
final class MonotonicTime implements Time {

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
    public void waitObject(Object object, Supplier<Boolean> condition, long deadlineMs) throws InterruptedException {
        Time.SYSTEM.waitObject(object, condition, deadlineMs - milliseconds() + Time.SYSTEM.milliseconds());
    }
}
