package dev.redrive.topology;

import dev.redrive.domain.stats.Windows.Part;
import dev.redrive.state.PartKey;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A sum that one task sends to the task that adds up its series; encoded as the sum, then the part.
 *
 * @param part what was counted
 * @param sum the count; positive
 */
record PartialSum(Part part, long sum) {

    /** Maximum time that a window may begin ahead of the reader's clock; the clocks of instances differ by less. */
    private static final Duration MAX_AHEAD = Duration.ofDays(1);

    /** Returns the key that all parts of a series share. */
    static byte[] key(Part part) {
        return (part.service() + '/' + part.operation()).getBytes(StandardCharsets.UTF_8);
    }

    byte[] bytes() {
        byte[] body = PartKey.bytes(part);
        return ByteBuffer.allocate(Long.BYTES + body.length)
                .putLong(sum)
                .put(body)
                .array();
    }

    /**
     * Reads a record.
     *
     * @throws IllegalArgumentException if it is not one that a task writes
     */
    static PartialSum of(byte @Nullable [] key, byte @Nullable [] value, Instant now) {
        if (value == null || value.length < Long.BYTES) {
            throw new IllegalArgumentException("the record has no sum");
        }
        long sum = ByteBuffer.wrap(value).getLong();
        if (sum <= 0) {
            throw new IllegalArgumentException("the sum is not positive");
        }
        Part part = PartKey.part(Arrays.copyOfRange(value, Long.BYTES, value.length));
        if (!Arrays.equals(key, key(part))) {
            throw new IllegalArgumentException("the key is not that of the series");
        }
        if (part.windowStartMs() < 0
                || part.windowStartMs() > now.plus(MAX_AHEAD).toEpochMilli()) {
            throw new IllegalArgumentException("the window begins before 1970 or more than a day ahead");
        }
        return new PartialSum(part, sum);
    }
}
