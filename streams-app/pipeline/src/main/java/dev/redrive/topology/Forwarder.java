package dev.redrive.topology;

import dev.redrive.codec.InputReader.QuarantineReason;
import dev.redrive.codec.Origin;
import dev.redrive.codec.OutputWriter;
import dev.redrive.config.RedriveConfig;
import dev.redrive.contract.HeaderNames;
import dev.redrive.contract.TopicNames;
import dev.redrive.domain.lifecycle.Effect;
import dev.redrive.domain.lifecycle.Effect.OutcomeKind;
import dev.redrive.topology.FailureTopology.NodeNames;
import dev.redrive.topology.Signals.TaskSignals;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Map;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.utils.Utils;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.RecordMetadata;

/**
 * Moves an input from a wrong partition to its key's, within the task's transaction: clients of other languages
 * partition by another hash than Java's by default. The record is appended to the same topic as it is, with one
 * additional header; an outcome records what happened to the original.
 *
 * <p>All records of a key in one partition are moved in their order. The record is not decoded first, so that the order
 * is kept although a schema cannot be fetched yet. A record is moved once: a second time it is quarantined, because
 * then the topic's partition count differs from the configuration.
 */
final class Forwarder {

    /** Maximum key size in bytes for the ledger; a larger key is no valid user and is replaced by an empty one. */
    private static final int MAX_LEDGER_KEY_BYTES = 1_024;

    private static final byte[] NO_KEY = new byte[0];

    private final Outbox outbox;
    private final OutputWriter writer;
    private final Quarantine quarantine;
    private final TaskSignals signals;
    private final int partitions;
    private final Map<String, Input> inputs;

    Forwarder(Outbox outbox, RedriveConfig config, OutputWriter writer, Quarantine quarantine, TaskSignals signals) {
        this.outbox = outbox;
        this.writer = writer;
        this.quarantine = quarantine;
        this.signals = signals;
        this.partitions = config.topics().partitions();
        TopicNames topics = config.topics().names();
        int maxBytes = config.limits().maxRecordBytes();
        this.inputs = Map.of(
                topics.failures(), new Input(NodeNames.TO_FAILURES, Effect.About.FAILURE, maxBytes),
                topics.lifecycle(), new Input(NodeNames.TO_LIFECYCLE, Effect.About.LIFECYCLE, maxBytes),
                topics.accounts(), new Input(NodeNames.TO_ACCOUNTS, Effect.About.ACCOUNT, maxBytes),
                topics.commands(),
                        new Input(
                                NodeNames.TO_COMMANDS,
                                Effect.About.COMMAND,
                                config.limits().maxOutputBytes()));
    }

    /** The sink, kind and maximum size in bytes of an input topic. */
    private record Input(String sink, Effect.About about, int maxBytes) {}

    /** Returns the partition of a key, computed like Kafka's Java partitioner. */
    static int partition(byte[] key, int partitions) {
        return Utils.toPositive(Utils.murmur2(key)) % partitions;
    }

    /**
     * Forwards a record from a wrong partition to its key's, or quarantines it if that is impossible.
     *
     * @return whether it did; {@code false} if the partition is right or the record is invalid in any partition
     */
    boolean forward(Record<byte[], byte[]> record, RecordMetadata at, Instant now) {
        Input input = inputs.get(at.topic());
        byte[] key = record.key();
        byte[] value = record.value();
        if (input == null || key == null || value == null || value.length > input.maxBytes) {
            return false;
        }
        // Commands about all users have an empty key and are in every partition.
        if (key.length == 0 || partition(key, partitions) == at.partition()) {
            return false;
        }
        if (record.headers().lastHeader(HeaderNames.FORWARDED_FROM) != null) {
            String message = "forwarded before and misplaced again: topics.partitions is " + partitions
                    + ", or the header " + HeaderNames.FORWARDED_FROM + " was copied";
            quarantine.put(record, at, QuarantineReason.WRONG_PARTITION.name(), message, now);
            return true;
        }
        Headers headers = new RecordHeaders(record.headers().toArray());
        String from = at.partition() + "-" + at.offset();
        headers.add(HeaderNames.FORWARDED_FROM, from.getBytes(StandardCharsets.US_ASCII));
        long bytes = Outbox.bytes(key, value, headers);
        if (bytes > input.maxBytes || !outbox.fits(input.sink, key, value, headers)) {
            String message = "not forwarded, for its " + bytes + " bytes are more than the topic takes: have the client"
                    + " partition by murmur2, in librdkafka partitioner=murmur2_random";
            quarantine.put(record, at, QuarantineReason.WRONG_PARTITION.name(), message, now);
            return true;
        }
        outbox.clear();
        outbox.add(input.sink, key, value, headers, record.timestamp());
        note(input.about, key, at, now);
        return true;
    }

    private void note(Effect.About about, byte[] key, RecordMetadata at, Instant now) {
        byte[] ledgerKey = key.length > MAX_LEDGER_KEY_BYTES ? NO_KEY : key;
        Effect.Note note = Effect.Note.of(about, 0, OutcomeKind.FORWARDED, QuarantineReason.WRONG_PARTITION.name());
        Origin origin = new Origin(at.topic(), at.partition(), at.offset(), null, null, null);
        byte[] outcome = writer.outcome(note, new String(ledgerKey, StandardCharsets.UTF_8), null, null, origin, now);
        outbox.add(NodeNames.TO_OUTCOMES, ledgerKey, outcome, now.toEpochMilli());
        outbox.forward();
        signals.forwarded(about);
    }
}
