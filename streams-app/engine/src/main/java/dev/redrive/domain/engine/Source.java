package dev.redrive.domain.engine;

import org.jspecify.annotations.Nullable;

/**
 * Position of an input's record in the log.
 *
 * @param topic the topic; {@code null} for a timer
 * @param partition the partition
 * @param offset the offset
 */
public record Source(@Nullable String topic, int partition, long offset) {

    /** A timer. */
    public static final Source TIMER = new Source(null, 0, 0);
}
