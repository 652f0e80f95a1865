package dev.redrive.runtime;

import java.time.Duration;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * Asks again while an answer may still change by itself: a broker learns of topics and rights later than the controller.
 *
 * @param longest from the first question on; afterwards the last answer stands
 * @param nanos a clock that only goes forward, in nanoseconds
 * @param pause waits between two questions
 */
record Patience(Duration longest, LongSupplier nanos, Runnable pause) {

    /** The first answer that is settled, else the last one. */
    <T> T ask(Supplier<T> question, Predicate<T> settled) {
        long startNs = nanos.getAsLong();
        while (true) {
            T answer = question.get();
            if (settled.test(answer) || nanos.getAsLong() - startNs >= longest.toNanos()) {
                return answer;
            }
            pause.run();
        }
    }
}
