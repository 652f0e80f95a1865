package dev.redrive.domain.engine;

import org.jspecify.annotations.Nullable;

/**
 * Where the record of an input is in the log.
 *
 * @param topic the topic; {@code null} where a timer was the input
 * @param partition the partition
 * @param offset the offset
 */
public record Source(@Nullable String topic, int partition, long offset) {

    /** A timer. */
    public static final Source TIMER = new Source(null, 0, 0);
}
