package dev.redrive.golden;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.redrive.avro.AccountChange;
import dev.redrive.avro.Alert;
import dev.redrive.avro.Command;
import dev.redrive.avro.DeadLetter;
import dev.redrive.avro.ErrorRate;
import dev.redrive.avro.JobFailure;
import dev.redrive.avro.JobLifecycle;
import dev.redrive.avro.Outcome;
import dev.redrive.avro.RetryRequest;
import dev.redrive.avro.ScheduledRetry;
import dev.redrive.avro.UserState;
import dev.redrive.codec.avro.HoldMemory;
import dev.redrive.codec.avro.JobMemory;
import dev.redrive.codec.avro.OpenCommandMemory;
import dev.redrive.codec.avro.ServiceMemory;
import dev.redrive.codec.avro.UserMemory;
import dev.redrive.serde.AvroSerdes;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.avro.LogicalTypes;
import org.apache.avro.Schema;
import org.apache.avro.SchemaNormalization;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.IndexedRecord;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.EncoderFactory;
import org.apache.avro.specific.SpecificDatumReader;
import org.apache.avro.specific.SpecificDatumWriter;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.serialization.Serializer;
import org.jspecify.annotations.Nullable;

/** Bytes as hexadecimal digits, and beside them, where they are Avro, the fields that differ from their defaults. */
public final class AvroText {

    private static final int FINGERPRINT_HEAD_BYTES = 10;
    private static final int ID_HEAD_BYTES = 5;
    private static final int MAX_SHOWN_BYTES = 4_096;

    /** The records that topics hold, in the order in which {@link #register} numbers them from 1. */
    static final List<Schema> PUBLISHED = List.of(
            AccountChange.getClassSchema(),
            Alert.getClassSchema(),
            Command.getClassSchema(),
            DeadLetter.getClassSchema(),
            ErrorRate.getClassSchema(),
            JobFailure.getClassSchema(),
            JobLifecycle.getClassSchema(),
            Outcome.getClassSchema(),
            RetryRequest.getClassSchema(),
            ScheduledRetry.getClassSchema(),
            UserState.getClassSchema());

    /** The records that stores hold beside these. */
    static final List<Schema> STORED = List.of(
            HoldMemory.getClassSchema(),
            JobMemory.getClassSchema(),
            OpenCommandMemory.getClassSchema(),
            ServiceMemory.getClassSchema(),
            UserMemory.getClassSchema());

    private AvroText() {}

    /** Makes the ids of a registry in memory independent of the order in which records are written first. */
    public static void register(Map<String, ?> registry) {
        try (Serializer<SpecificRecord> serializer = AvroSerdes.serializer(SpecificRecord.class, registry)) {
            for (Schema schema : PUBLISHED) {
                // Zeros are a record of any schema: empty texts, first branches, first symbols.
                serializer.serialize("golden-" + schema.getName(), published(schema, new byte[4_096]));
            }
        }
    }

    /** The record in a value of a topic. */
    static <T extends SpecificRecord> T published(Schema schema, byte[] wire) {
        try {
            var decoder = DecoderFactory.get().binaryDecoder(wire, ID_HEAD_BYTES, wire.length - ID_HEAD_BYTES, null);
            return new SpecificDatumReader<T>(schema).read(null, decoder);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static String hex(byte @Nullable [] bytes) {
        if (bytes == null) {
            return "null";
        }
        return bytes.length <= MAX_SHOWN_BYTES
                ? HexFormat.of().formatHex(bytes)
                : bytes.length + " bytes with hash " + Arrays.hashCode(bytes);
    }

    /** A value of a topic whose schemas {@link #register} has numbered. */
    public static String wire(byte @Nullable [] value) {
        if (value == null || value.length < ID_HEAD_BYTES || value[0] != 0) {
            return hex(value);
        }
        int id = ByteBuffer.wrap(value).getInt(1);
        return id < 1 || id > PUBLISHED.size()
                ? hex(value)
                : hex(value) + " " + text(decode(PUBLISHED.get(id - 1), value, ID_HEAD_BYTES));
    }

    /** A value of a store: single-object encoding, behind eight bytes of its own or not, or no Avro at all. */
    static String stored(byte @Nullable [] value) {
        if (value != null) {
            for (Schema schema : concat(STORED, PUBLISHED)) {
                byte[] head = head(schema);
                for (int at : new int[] {0, Long.BYTES}) {
                    if (value.length >= at + head.length
                            && Arrays.equals(value, at, at + head.length, head, 0, head.length)) {
                        return hex(value) + " " + text(decode(schema, value, at + head.length));
                    }
                }
            }
        }
        return hex(value);
    }

    /** A record's own bytes, without any head. */
    public static String record(SpecificRecord record) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            var encoder = EncoderFactory.get().binaryEncoder(bytes, null);
            new SpecificDatumWriter<SpecificRecord>(record.getSchema()).write(record, encoder);
            encoder.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return hex(bytes.toByteArray()) + " " + text(decode(record.getSchema(), bytes.toByteArray(), 0));
    }

    /** What stands in front of a record in single-object encoding. */
    static byte[] head(Schema schema) {
        try {
            return ByteBuffer.allocate(FINGERPRINT_HEAD_BYTES)
                    .put((byte) 0xc3)
                    .put((byte) 1)
                    .put(SchemaNormalization.parsingFingerprint("CRC-64-AVRO", schema))
                    .array();
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    static List<Schema> concat(List<Schema> some, List<Schema> others) {
        List<Schema> all = new ArrayList<>(some);
        all.addAll(others);
        return all;
    }

    private static IndexedRecord decode(Schema schema, byte[] bytes, int from) {
        try {
            var decoder = DecoderFactory.get().binaryDecoder(bytes, from, bytes.length - from, null);
            IndexedRecord record = new GenericDatumReader<IndexedRecord>(schema).read(null, decoder);
            if (!decoder.isEnd()) {
                throw new IllegalArgumentException("bytes behind a record of " + schema.getFullName());
            }
            return record;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String text(IndexedRecord record) {
        List<String> fields = new ArrayList<>();
        for (Schema.Field field : record.getSchema().getFields()) {
            String value = text(record.get(field.pos()), field.schema());
            if (!field.hasDefaultValue()
                    || !value.equals(text(GenericData.get().getDefaultValue(field), field.schema()))) {
                fields.add(field.name() + "=" + value);
            }
        }
        return record.getSchema().getName() + "{" + String.join(", ", fields) + "}";
    }

    private static String text(@Nullable Object value, Schema schema) {
        if (value == null) {
            return "null";
        }
        if (schema.getType() == Schema.Type.UNION) {
            return text(value, schema.getTypes().get(schema.getTypes().size() - 1));
        }
        if (value instanceof IndexedRecord record) {
            return text(record);
        }
        if (value instanceof Collection<?> items) {
            return items.stream()
                    .map(item -> text(item, schema.getElementType()))
                    .toList()
                    .toString();
        }
        if (value instanceof Map<?, ?> map) {
            Map<String, String> sorted = new TreeMap<>();
            map.forEach((key, item) -> sorted.put(key.toString(), text(item, schema.getValueType())));
            return sorted.toString();
        }
        if (value instanceof ByteBuffer bytes) {
            return quoted(ISO_8859_1.decode(bytes.duplicate()).toString());
        }
        if (value instanceof CharSequence) {
            return quoted(value.toString());
        }
        return schema.getLogicalType() instanceof LogicalTypes.TimestampMillis
                ? Instant.ofEpochMilli((Long) value).toString()
                : value.toString();
    }

    private static String quoted(String text) {
        return '"' + text.replace("\n", "\\n") + '"';
    }
}
