package dev.redrive.codec;

import dev.redrive.avro.JobFailure;
import dev.redrive.contract.TopicNames;
import dev.redrive.domain.lifecycle.Effect;
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

    /** What the ledger calls the inputs of a topic; what is none of the others is a retry. */
    public static Effect.About about(String topic, TopicNames topics) {
        if (topic.equals(topics.failures())) {
            return Effect.About.FAILURE;
        }
        if (topic.equals(topics.lifecycle())) {
            return Effect.About.LIFECYCLE;
        }
        if (topic.equals(topics.accounts())) {
            return Effect.About.ACCOUNT;
        }
        if (topic.equals(topics.commands())) {
            return Effect.About.COMMAND;
        }
        return topic.equals(topics.errorRateParts()) ? Effect.About.ERROR_RATE : Effect.About.RETRY;
    }

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
