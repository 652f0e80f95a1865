package dev.redrive.codec;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.util.Base64;
import java.util.Collection;
import java.util.Map;
import java.util.Objects;
import org.apache.avro.LogicalTypes;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericFixed;
import org.apache.avro.generic.IndexedRecord;
import org.jspecify.annotations.Nullable;

/** Writes a record as natural JSON. Used by one thread. */
final class NaturalJsonWriter {

    private static final DateTimeFormatter MILLIS =
            new DateTimeFormatterBuilder().appendInstant(3).toFormatter();

    private final JsonGenerator json;

    NaturalJsonWriter(JsonGenerator json) {
        this.json = json;
    }

    void value(Schema schema, @Nullable Object value) throws IOException {
        if (value == null) {
            json.writeNull();
            return;
        }
        switch (schema.getType()) {
            case UNION -> value(branch(schema), value);
            case RECORD -> record((IndexedRecord) value);
            case ARRAY -> array(schema.getElementType(), (Collection<?>) value);
            case MAP -> map(schema.getValueType(), (Map<?, ?>) value);
            case ENUM, STRING -> json.writeString(value.toString());
            case BYTES -> bytes(((ByteBuffer) value).duplicate());
            case FIXED -> bytes(ByteBuffer.wrap(((GenericFixed) value).bytes()));
            case INT -> json.writeNumber((Integer) value);
            case LONG -> number(schema, value);
            case FLOAT -> floating((Float) value, ((Float) value).toString());
            case DOUBLE -> floating((Double) value, ((Double) value).toString());
            case BOOLEAN -> json.writeBoolean((Boolean) value);
            case NULL -> json.writeNull();
        }
    }

    /** Returns the only type of a union besides null. */
    static Schema branch(Schema union) {
        Schema found = null;
        for (Schema branch : union.getTypes()) {
            if (branch.getType() != Schema.Type.NULL) {
                if (found != null) {
                    throw new IllegalArgumentException("a union of several types is not supported: " + union);
                }
                found = branch;
            }
        }
        return Objects.requireNonNull(found, "a union with a value has a type besides null");
    }

    private void record(IndexedRecord record) throws IOException {
        json.writeStartObject();
        for (Schema.Field field : record.getSchema().getFields()) {
            json.writeFieldName(field.name());
            value(field.schema(), record.get(field.pos()));
        }
        json.writeEndObject();
    }

    private void array(Schema element, Collection<?> items) throws IOException {
        json.writeStartArray();
        for (Object item : items) {
            value(element, item);
        }
        json.writeEndArray();
    }

    private void map(Schema type, Map<?, ?> entries) throws IOException {
        json.writeStartObject();
        for (Map.Entry<?, ?> entry : entries.entrySet()) {
            json.writeFieldName(String.valueOf(entry.getKey()));
            value(type, entry.getValue());
        }
        json.writeEndObject();
    }

    private void number(Schema schema, Object value) throws IOException {
        if (value instanceof Instant instant) {
            json.writeString(MILLIS.format(instant));
        } else if (schema.getLogicalType() instanceof LogicalTypes.TimestampMillis) {
            json.writeString(MILLIS.format(Instant.ofEpochMilli((Long) value)));
        } else {
            json.writeNumber((Long) value);
        }
    }

    private void floating(double number, String text) throws IOException {
        if (Double.isFinite(number)) {
            json.writeNumber(text);
        } else {
            json.writeString(text);
        }
    }

    private void bytes(ByteBuffer bytes) throws IOException {
        try {
            json.writeString(StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(bytes.duplicate())
                    .toString());
        } catch (CharacterCodingException e) {
            byte[] copy = new byte[bytes.remaining()];
            bytes.get(copy);
            json.writeStartObject();
            json.writeStringField("base64", Base64.getEncoder().encodeToString(copy));
            json.writeEndObject();
        }
    }
}
