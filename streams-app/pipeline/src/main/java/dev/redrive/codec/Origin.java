package dev.redrive.codec;

import dev.redrive.avro.JobFailure;
import dev.redrive.contract.TopicNames;
import dev.redrive.domain.engine.Ports.CommandProgress;
import dev.redrive.domain.engine.Ports.Source;
import dev.redrive.domain.lifecycle.Effect;
import dev.redrive.domain.lifecycle.JobState.Scheduled;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import org.jspecify.annotations.Nullable;

/**
 * The position of an input, and the parts of it that outputs need although no decision does.
 *
 * @param topic the topic; {@code null} if a timer was the input
 * @param partition the partition
 * @param offset the offset
 * @param failure the failure as published, if the input contains one
 * @param traceparent the trace context of the input, if any
 * @param commandId the command's id, if the input is a command
 */
public record Origin(
        @Nullable String topic,
        int partition,
        long offset,
        @Nullable JobFailure failure,
        @Nullable String traceparent,
        @Nullable String commandId) {

    /** A timer as the input. */
    public static final Origin TIMER = new Origin(null, 0, 0, null, null, null);

    /** Returns the ledger's kind of a topic's inputs; any other topic has retries. */
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

    /**
     * Returns the origin of a command in progress, for one of its jobs.
     *
     * @param failure the failure that it redrives, if any
     */
    public static Origin of(CommandProgress open, @Nullable JobFailure failure) {
        Source source = open.source();
        return new Origin(
                source.topic(),
                source.partition(),
                source.offset(),
                failure,
                null,
                open.command().commandId());
    }

    /** Returns the position of the input. */
    public Source source() {
        return topic == null ? Source.TIMER : new Source(topic, partition, offset);
    }

    /**
     * Returns the failure.
     *
     * @throws IllegalStateException if the input contains none
     */
    JobFailure requireFailure() {
        if (failure == null) {
            throw new IllegalStateException("this input has no failure");
        }
        return failure;
    }

    /** Computes the digest that identifies a retry from its delay topic; safe for use by several threads. */
    public static final class PayloadDigest {

        private static final ThreadLocal<MessageDigest> SHA_256 = ThreadLocal.withInitial(PayloadDigest::sha256);

        private PayloadDigest() {}

        /** Returns the first 8 bytes of the SHA-256 of a record's value; never {@link Scheduled#NO_DIGEST}. */
        public static long of(byte[] value) {
            long digest = ByteBuffer.wrap(SHA_256.get().digest(value)).getLong();
            return digest == Scheduled.NO_DIGEST ? 1 : digest;
        }

        private static MessageDigest sha256() {
            try {
                return MessageDigest.getInstance("SHA-256");
            } catch (NoSuchAlgorithmException e) {
                throw new IllegalStateException("every Java platform has SHA-256", e);
            }
        }
    }
}
