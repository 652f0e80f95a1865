package dev.redrive.topology;

import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.jspecify.annotations.Nullable;

/**
 * What one step writes to topics. Everything is encoded and measured before anything is stored or forwarded, so that a
 * step happens whole or not at all.
 */
final class Outbox {

    private final ProcessorContext<byte[], byte[]> context;
    private final int maxBytes;
    private final List<Letter> letters = new ArrayList<>();

    Outbox(ProcessorContext<byte[], byte[]> context, int maxBytes) {
        this.context = context;
        this.maxBytes = maxBytes;
    }

    private record Letter(String sink, Record<byte[], byte[]> record) {}

    /** A value was larger than the limit. */
    static final class TooLargeException extends RuntimeException {

        private static final long serialVersionUID = 1L;

        private TooLargeException(String sink, int bytes, int maxBytes) {
            super(sink + " would take a value of " + bytes + " bytes, the limit is " + maxBytes, null, false, false);
        }
    }

    void add(String sink, byte[] key, byte[] value, long nowMs) {
        add(sink, key, value, new RecordHeaders(), nowMs);
    }

    void add(String sink, byte @Nullable [] key, byte @Nullable [] value, Headers headers, long nowMs) {
        if (value != null && value.length > maxBytes) {
            throw new TooLargeException(sink, value.length, maxBytes);
        }
        letters.add(new Letter(sink, new Record<>(key, value, nowMs, headers)));
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
