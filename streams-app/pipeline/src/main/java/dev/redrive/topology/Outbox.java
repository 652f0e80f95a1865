package dev.redrive.topology;

import dev.redrive.topology.FailureTopology.NodeNames;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.utils.ByteUtils;
import org.apache.kafka.common.utils.Utils;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Collects the records that one step writes to topics. Everything is encoded and measured before anything is stored or
 * forwarded, so that a step is atomic. Every output of the topology passes here: a record that the producer or the
 * topic refuses would fail its task at every try.
 */
final class Outbox {

    private static final Logger LOG = LoggerFactory.getLogger(Outbox.class);

    /**
     * Maximum size of a small output in bytes; Kafka's limit is 1,048,588 B, and an incompressible batch grows a
     * little.
     */
    private static final int SMALL_MAX_BYTES = 1_040_000;

    /** Maximum size of a record without its value, in bytes: key, headers and framing. */
    static final int BESIDE_VALUE_MAX_BYTES = 64 * 1024;

    /** Overhead of a batch (61 B) and of one record in it (at most 21 B), as Kafka's producer counts them. */
    private static final int FRAME_BYTES = 61 + 21;

    private final ProcessorContext<byte[], byte[]> context;
    private final int maxValueBytes;
    private final Runnable dropped;
    private final List<Letter> letters = new ArrayList<>();

    /**
     * Creates an empty outbox.
     *
     * @param context receives the records
     * @param maxValueBytes maximum size of a value; a record takes at most {@link #BESIDE_VALUE_MAX_BYTES} more
     * @param dropped called for each record that {@link #offer} leaves out
     */
    Outbox(ProcessorContext<byte[], byte[]> context, int maxValueBytes, Runnable dropped) {
        this.context = context;
        this.maxValueBytes = maxValueBytes;
        this.dropped = dropped;
    }

    private record Letter(String sink, Record<byte[], byte[]> record) {}

    /** A record is larger than the limit. */
    static final class TooLargeException extends RuntimeException {

        private static final long serialVersionUID = 1L;

        private TooLargeException(String sink, long bytes, int valueBytes) {
            super(sink + " refuses a record of " + bytes + " bytes, " + valueBytes + " of value", null, false, false);
        }
    }

    void add(String sink, byte[] key, byte[] value, long nowMs) {
        add(sink, key, value, new RecordHeaders(), nowMs);
    }

    /**
     * Adds a record.
     *
     * @throws TooLargeException if it is larger than the limit
     */
    void add(String sink, byte @Nullable [] key, byte @Nullable [] value, Headers headers, long nowMs) {
        if (!fits(sink, key, value, headers)) {
            throw new TooLargeException(sink, bytes(key, value, headers), value == null ? 0 : value.length);
        }
        letters.add(new Letter(sink, new Record<>(key, value, nowMs, headers)));
    }

    /** Adds a record that affects only its readers; one that does not fit is left out, counted and logged. */
    void offer(String sink, byte[] key, byte @Nullable [] value, long nowMs) {
        Headers none = new RecordHeaders();
        if (fits(sink, key, value, none)) {
            letters.add(new Letter(sink, new Record<>(key, value, nowMs, none)));
        } else {
            dropped.run();
            LOG.warn("{} refuses a record of {} bytes; it is left out", sink, bytes(key, value, none));
        }
    }

    /** Returns whether the producer and the topic accept such a record. */
    boolean fits(String sink, byte @Nullable [] key, byte @Nullable [] value, Headers headers) {
        int maxBytes = maxValueBytes + BESIDE_VALUE_MAX_BYTES;
        return (value == null || value.length <= maxValueBytes)
                && bytes(key, value, headers)
                        <= (NodeNames.SMALL.contains(sink) ? Math.min(SMALL_MAX_BYTES, maxBytes) : maxBytes);
    }

    /**
     * Returns the size of a record in bytes as an uncompressed batch of its own, which the producer compares with
     * {@code max.request.size}.
     */
    static long bytes(byte @Nullable [] key, byte @Nullable [] value, Headers headers) {
        return FRAME_BYTES + sized(key) + sized(value) + bytes(headers);
    }

    /** Returns the encoded size of headers in bytes. */
    static long bytes(Headers headers) {
        long count = 0;
        long bytes = 0;
        for (Header header : headers) {
            count++;
            int nameBytes = Utils.utf8Length(header.key());
            bytes += ByteUtils.sizeOfVarint(nameBytes) + nameBytes + sized(header.value());
        }
        return ByteUtils.sizeOfVarint((int) count) + bytes;
    }

    private static long sized(byte @Nullable [] bytes) {
        return bytes == null ? 1 : (long) ByteUtils.sizeOfVarint(bytes.length) + bytes.length;
    }

    void clear() {
        letters.clear();
    }

    void forward() {
        for (Letter letter : letters) {
            context.forward(letter.record(), letter.sink());
        }
        letters.clear();
    }
}
