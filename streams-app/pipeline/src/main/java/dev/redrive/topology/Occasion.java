package dev.redrive.topology;

import dev.redrive.avro.JobFailure;
import dev.redrive.avro.RetryRequest;
import dev.redrive.codec.Origin;
import dev.redrive.codec.OutputWriter;
import org.jspecify.annotations.Nullable;

/**
 * The context of a step: the position of its input, and the bytes and records that its effects write.
 *
 * @param origin the position of the input
 * @param payload a retry that arrived, encoded for the due queue
 * @param retry the retry that is due
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record Occasion(
        Origin origin, byte @Nullable [] payload, @Nullable RetryRequest retry) {

    static Occasion of(Origin origin) {
        return new Occasion(origin, null, null);
    }

    JobFailure failure() {
        JobFailure failure = origin.failure();
        return failure != null ? failure : OutputWriter.failureOf(requireRetry());
    }

    RetryRequest requireRetry() {
        if (retry == null) {
            throw new IllegalStateException("this occasion has neither a failure nor a retry");
        }
        return retry;
    }

    byte[] requirePayload() {
        if (payload == null) {
            throw new IllegalStateException("this occasion has no payload");
        }
        return payload;
    }
}
