package dev.redrive.codec;

import dev.redrive.avro.JobFailure;
import org.jspecify.annotations.Nullable;

/**
 * Where an input stood, and what of it the outputs need although no decision does.
 *
 * @param topic the topic; {@code null} where a timer was the input
 * @param partition the partition
 * @param offset the offset
 * @param failure the failure as it was published, where the input holds one
 * @param traceparent the trace context of the input, if any
 * @param commandId the command's id, where the input is one
 */
public record Origin(
        @Nullable String topic,
        int partition,
        long offset,
        @Nullable JobFailure failure,
        @Nullable String traceparent,
        @Nullable String commandId) {

    /** A timer. */
    public static final Origin TIMER = new Origin(null, 0, 0, null, null, null);

    /** The failure.
     *
     * @throws IllegalStateException if the input holds none
     */
    JobFailure requireFailure() {
        if (failure == null) {
            throw new IllegalStateException("this input holds no failure");
        }
        return failure;
    }
}
