package dev.redrive.topology;

import dev.redrive.codec.InputReader.QuarantineReason;
import dev.redrive.codec.Origin;
import dev.redrive.codec.OutputWriter;
import dev.redrive.contract.HeaderNames;
import dev.redrive.contract.TopicNames;
import dev.redrive.domain.engine.Engine;
import dev.redrive.domain.lifecycle.Effect;
import dev.redrive.domain.lifecycle.Effect.OutcomeKind;
import dev.redrive.topology.FailureTopology.NodeNames;
import dev.redrive.topology.Signals.TaskSignals;
import dev.redrive.topology.Signals.TaskSignals.Kept;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.HexFormat;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.RecordMetadata;
import org.jspecify.annotations.Nullable;

/**
 * Quarantines what cannot be processed: the original key, value and headers go to the quarantine topic, with headers
 * for the record's position and the reason; an outcome goes to the ledger. The header names are those of Kafka Streams'
 * own dead-letter records.
 *
 * <p>A record that does not fit is reduced ({@link Kept}): first its own headers are cut, then the value is replaced by
 * a digest. The digest and the position always fit.
 */
final class Quarantine {

    private static final int MAX_MESSAGE_CHARS = 512;
    private static final int MAX_KEY_BYTES = 1_024;

    private final Outbox outbox;
    private final OutputWriter writer;
    private final TopicNames topics;
    private final TaskSignals signals;
    private final String sink;
    private final String ledger;

    /** Creates the quarantine of the users' tasks. */
    Quarantine(Outbox outbox, OutputWriter writer, TopicNames topics, TaskSignals signals) {
        this(outbox, writer, topics, signals, NodeNames.TO_QUARANTINE, NodeNames.TO_OUTCOMES);
    }

    /**
     * Creates the quarantine of a sub-topology's tasks.
     *
     * @param sink the node that writes to the quarantine
     * @param ledger the node that writes outcomes
     */
    Quarantine(Outbox outbox, OutputWriter writer, TopicNames topics, TaskSignals signals, String sink, String ledger) {
        this.outbox = outbox;
        this.writer = writer;
        this.topics = topics;
        this.signals = signals;
        this.sink = sink;
        this.ledger = ledger;
    }

    /** Quarantines an input and clears the outbox. */
    void put(Record<byte[], byte[]> record, RecordMetadata at, String reason, String message, Instant now) {
        Headers why = new RecordHeaders();
        add(why, HeaderNames.SOURCE_TOPIC, at.topic());
        add(why, HeaderNames.SOURCE_PARTITION, Integer.toString(at.partition()));
        add(why, HeaderNames.SOURCE_OFFSET, Long.toString(at.offset()));
        Origin origin = new Origin(at.topic(), at.partition(), at.offset(), null, null, null);
        keep(record, why, Origin.about(at.topic(), topics), origin, reason, message, now);
    }

    /** Quarantines the payload of a retry from the due queue that could not be released. */
    void put(byte[] key, byte[] payload, String reason, String message, Instant now) {
        Record<byte[], byte[]> retry = new Record<>(key, payload, now.toEpochMilli());
        keep(retry, new RecordHeaders(), Effect.About.RETRY, Origin.TIMER, reason, message, now);
    }

    private void keep(
            Record<byte[], byte[]> record,
            Headers why,
            Effect.About about,
            Origin origin,
            String reason,
            String message,
            Instant now) {
        add(why, HeaderNames.QUARANTINE_REASON, reason);
        outbox.clear();
        Kept kept = add(record, why, message, now.toEpochMilli());
        Effect.Note note = Effect.Note.of(about, 0, OutcomeKind.QUARANTINED, reason);
        byte[] outcome = writer.outcome(note, "", null, null, origin, now);
        outbox.add(ledger, new byte[0], outcome, now.toEpochMilli());
        outbox.forward();
        signals.quarantined(about, reason);
        signals.kept(kept);
    }

    /** Adds as much of the record as fits. */
    private Kept add(Record<byte[], byte[]> record, Headers why, String message, long nowMs) {
        byte @Nullable [] key = record.key();
        byte @Nullable [] value = record.value();
        Headers whole = new RecordHeaders(record.headers());
        described(why, message).forEach(whole::add);
        if (outbox.fits(sink, key, value, whole)) {
            outbox.add(sink, key, value, whole, nowMs);
            return Kept.WHOLE;
        }
        add(why, HeaderNames.QUARANTINE_DIGEST, digest(record));
        long bytes = Outbox.bytes(key, value, record.headers());
        Headers reduced = described(why, "headers not kept, for the record has " + bytes + " bytes: " + message);
        add(reduced, HeaderNames.QUARANTINE_KEPT, Kept.WITHOUT_HEADERS.name());
        if (outbox.fits(sink, key, value, reduced)) {
            outbox.add(sink, key, value, reduced, nowMs);
            return Kept.WITHOUT_HEADERS;
        }
        Headers digest = described(why, "not kept, for the record has " + bytes + " bytes: " + message);
        add(digest, HeaderNames.QUARANTINE_KEPT, Kept.DIGEST.name());
        byte[] shortKey = key == null || key.length > MAX_KEY_BYTES ? null : key;
        outbox.add(sink, shortKey, null, digest, nowMs);
        return Kept.DIGEST;
    }

    private static Headers described(Headers why, String message) {
        Headers described = new RecordHeaders(why);
        add(described, HeaderNames.ERROR_MESSAGE, message.substring(0, Math.min(message.length(), MAX_MESSAGE_CHARS)));
        return described;
    }

    private static String digest(Record<byte[], byte[]> record) {
        return digest("key", record.key()) + ";" + digest("value", record.value())
                + ";headers=" + record.headers().toArray().length
                + ";headerBytes=" + Outbox.bytes(record.headers());
    }

    private static String digest(String name, byte @Nullable [] bytes) {
        return bytes == null
                ? name + "Bytes=-1;" + name + "Sha256="
                : name + "Bytes=" + bytes.length + ";" + name + "Sha256="
                        + HexFormat.of().formatHex(sha256().digest(bytes));
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java runtime has SHA-256", e);
        }
    }

    private static void add(Headers headers, String name, String value) {
        headers.add(name, value.getBytes(StandardCharsets.UTF_8));
    }

    /**
     * The reason and message for a record that caused an exception.
     *
     * @param reason why the record cannot be processed
     * @param message what is wrong, for people; contains no payload
     */
    record Mishap(QuarantineReason reason, String message) {

        /**
         * Separates exceptions that the record itself causes, which would recur at every try, from those unrelated to it:
         * an unreachable registry, a broker, a store.
         *
         * @throws KafkaException the exception itself, if it is unrelated to the record
         */
        static Mishap of(RuntimeException e) {
            if (e instanceof Outbox.TooLargeException) {
                return new Mishap(QuarantineReason.OUTPUT_TOO_LARGE, String.valueOf(e.getMessage()));
            }
            if (e instanceof Engine.DiffersException) {
                return new Mishap(QuarantineReason.DIFFERS_FROM_SCHEDULED, String.valueOf(e.getMessage()));
            }
            if (e instanceof KafkaException elsewhere && !(e instanceof SerializationException)) {
                throw elsewhere;
            }
            return new Mishap(QuarantineReason.PROCESSING_FAILED, e.getClass().getName());
        }
    }
}
