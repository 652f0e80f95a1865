package dev.redrive.topology;

import dev.redrive.codec.Origin;
import dev.redrive.codec.OutputWriter;
import dev.redrive.contract.HeaderNames;
import dev.redrive.contract.TopicNames;
import dev.redrive.domain.lifecycle.Effect;
import dev.redrive.domain.lifecycle.OutcomeKind;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.RecordMetadata;
import org.jspecify.annotations.Nullable;

/**
 * Keeps what could not be taken: the original key, value and headers go to the quarantine topic, with headers that say
 * where the record stood and why; an outcome says so in the ledger. The header names are those of Kafka Streams' own
 * dead-letter records.
 *
 * <p>A record that no producer could write back (one that was compressed well, say) is kept without value and headers of
 * its own: where it stands is told, and an attempt to write it would fail for ever.
 */
final class Quarantine {

    private static final int MAX_MESSAGE_CHARS = 512;
    private static final int MAX_KEY_BYTES = 1_024;

    private final ProcessorContext<byte[], byte[]> context;
    private final OutputWriter writer;
    private final TopicNames topics;
    private final int maxBytes;
    private final TaskSignals signals;

    Quarantine(
            ProcessorContext<byte[], byte[]> context,
            OutputWriter writer,
            TopicNames topics,
            int maxBytes,
            TaskSignals signals) {
        this.context = context;
        this.writer = writer;
        this.topics = topics;
        this.maxBytes = maxBytes;
        this.signals = signals;
    }

    void put(Record<byte[], byte[]> record, RecordMetadata at, String reason, String message, Instant now) {
        long bytes = bytes(record);
        boolean whole = bytes <= maxBytes;
        Headers headers = whole ? new RecordHeaders(record.headers().toArray()) : new RecordHeaders();
        add(headers, HeaderNames.SOURCE_TOPIC, at.topic());
        add(headers, HeaderNames.SOURCE_PARTITION, Integer.toString(at.partition()));
        add(headers, HeaderNames.SOURCE_OFFSET, Long.toString(at.offset()));
        if (whole) {
            keep(record.key(), record.value(), headers, reason, message, now);
        } else {
            byte[] key = record.key() == null || record.key().length > MAX_KEY_BYTES ? null : record.key();
            keep(key, null, headers, reason, "not kept, for it has " + bytes + " bytes: " + message, now);
        }
        Origin origin = new Origin(at.topic(), at.partition(), at.offset(), null, null, null);
        note(about(at.topic()), origin, reason, now);
    }

    /** Keeps the payload of a retry that was in the due queue and could not be released. */
    void put(byte[] key, byte[] payload, String reason, String message, Instant now) {
        keep(key, payload, new RecordHeaders(), reason, message, now);
        note(Effect.About.RETRY, Origin.TIMER, reason, now);
    }

    private void keep(
            byte @Nullable [] key,
            byte @Nullable [] value,
            Headers headers,
            String reason,
            String message,
            Instant now) {
        add(headers, HeaderNames.QUARANTINE_REASON, reason);
        add(headers, HeaderNames.ERROR_MESSAGE, message.substring(0, Math.min(message.length(), MAX_MESSAGE_CHARS)));
        context.forward(new Record<>(key, value, now.toEpochMilli(), headers), NodeNames.TO_QUARANTINE);
    }

    private void note(Effect.About about, Origin origin, String reason, Instant now) {
        Effect.Note note = new Effect.Note(about, 0, OutcomeKind.QUARANTINED, reason, null, null, null, null, null);
        context.forward(
                new Record<>(new byte[0], writer.outcome(note, "", null, null, origin, now), now.toEpochMilli()),
                NodeNames.TO_OUTCOMES);
        signals.quarantined(about, reason);
    }

    private static long bytes(Record<byte[], byte[]> record) {
        long bytes = length(record.key()) + length(record.value());
        for (Header header : record.headers()) {
            bytes += header.key().length() + length(header.value());
        }
        return bytes;
    }

    private static long length(byte @Nullable [] bytes) {
        return bytes == null ? 0 : bytes.length;
    }

    private Effect.About about(String topic) {
        if (topic.equals(topics.lifecycle())) {
            return Effect.About.LIFECYCLE;
        }
        if (topic.equals(topics.accounts())) {
            return Effect.About.ACCOUNT;
        }
        if (topic.equals(topics.commands())) {
            return Effect.About.COMMAND;
        }
        return topic.equals(topics.failures()) ? Effect.About.FAILURE : Effect.About.RETRY;
    }

    private static void add(Headers headers, String name, String value) {
        headers.add(name, value.getBytes(StandardCharsets.UTF_8));
    }
}
