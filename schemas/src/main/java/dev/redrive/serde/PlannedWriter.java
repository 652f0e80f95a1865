package dev.redrive.serde;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.apache.avro.LogicalTypes;
import org.apache.avro.Schema;
import org.apache.avro.Schema.Field;
import org.apache.avro.io.DatumWriter;
import org.apache.avro.io.Encoder;
import org.apache.avro.specific.SpecificDatumWriter;
import org.apache.avro.specific.SpecificRecord;
import org.jspecify.annotations.Nullable;

/**
 * Writes records of one generated class by a plan that is built once from its schema, where Avro's own writer looks up
 * schema, conversions and types for each value. The bytes are the same. Immutable and thread-safe.
 */
final class PlannedWriter<T extends SpecificRecord> implements DatumWriter<T> {

    private static final int MAX_DEPTH = 16;

    private final ValueWriter root;

    private PlannedWriter(ValueWriter root) {
        this.root = root;
    }

    /** Returns a writer for the class of a record: Avro's own if its schema has a type without a plan. */
    static <T extends SpecificRecord> DatumWriter<T> of(T record) {
        try {
            return new PlannedWriter<>(plan(record.getSchema(), 0));
        } catch (UnplannedException e) {
            return new SpecificDatumWriter<>(record.getSchema(), Models.copyOf(record.getClass()));
        }
    }

    @Override
    public void setSchema(Schema schema) {
        throw new UnsupportedOperationException("the plan is that of one schema");
    }

    @Override
    public void write(T record, Encoder out) throws IOException {
        root.write(record, out);
    }

    /** Writes the values of one type. */
    @FunctionalInterface
    private interface ValueWriter {
        void write(Object value, Encoder out) throws IOException;
    }

    /** A type has no plan. */
    private static final class UnplannedException extends Exception {

        private static final long serialVersionUID = 1L;

        UnplannedException(Schema schema) {
            super(schema.getType().getName(), null, false, false);
        }
    }

    /** A field; its value may be null if it is optional: a union of null and one type. */
    private record Planned(Field field, boolean optional, ValueWriter writer) {

        void write(@Nullable Object value, Encoder out) throws IOException {
            if (optional) {
                out.writeIndex(value == null ? 0 : 1);
            } else if (value == null) {
                throw new NullPointerException(field.name() + " is missing");
            }
            if (value != null) {
                writer.write(value, out);
            }
        }
    }

    private static ValueWriter plan(Schema schema, int depth) throws UnplannedException {
        if (depth > MAX_DEPTH) {
            throw new UnplannedException(schema);
        }
        if (schema.getLogicalType() != null) {
            if (schema.getLogicalType() instanceof LogicalTypes.TimestampMillis) {
                return (value, out) -> out.writeLong(value instanceof Instant at ? at.toEpochMilli() : (Long) value);
            }
            throw new UnplannedException(schema);
        }
        return switch (schema.getType()) {
            case RECORD -> record(schema, depth + 1);
            case ARRAY -> array(plan(schema.getElementType(), depth + 1));
            case MAP -> map(plan(schema.getValueType(), depth + 1));
            case STRING -> (value, out) -> out.writeString((CharSequence) value);
            case ENUM -> (value, out) -> out.writeEnum(((Enum<?>) value).ordinal());
            case BYTES -> (value, out) -> out.writeBytes((ByteBuffer) value);
            case INT -> (value, out) -> out.writeInt((Integer) value);
            case LONG -> (value, out) -> out.writeLong((Long) value);
            case FLOAT -> (value, out) -> out.writeFloat((Float) value);
            case DOUBLE -> (value, out) -> out.writeDouble((Double) value);
            case BOOLEAN -> (value, out) -> out.writeBoolean((Boolean) value);
            case UNION, FIXED, NULL -> throw new UnplannedException(schema);
        };
    }

    private static ValueWriter array(ValueWriter element) {
        return (value, out) -> {
            Collection<?> elements = (Collection<?>) value;
            out.writeArrayStart();
            out.setItemCount(elements.size());
            for (Object one : elements) {
                out.startItem();
                element.write(one, out);
            }
            out.writeArrayEnd();
        };
    }

    private static ValueWriter map(ValueWriter entryValue) {
        return (value, out) -> {
            Map<?, ?> entries = (Map<?, ?>) value;
            out.writeMapStart();
            out.setItemCount(entries.size());
            for (Map.Entry<?, ?> entry : entries.entrySet()) {
                out.startItem();
                out.writeString((CharSequence) entry.getKey());
                entryValue.write(entry.getValue(), out);
            }
            out.writeMapEnd();
        };
    }

    private static ValueWriter record(Schema schema, int depth) throws UnplannedException {
        Planned[] fields = new Planned[schema.getFields().size()];
        for (Field field : schema.getFields()) {
            fields[field.pos()] = field(field, depth);
        }
        return (value, out) -> {
            SpecificRecord record = (SpecificRecord) value;
            for (int i = 0; i < fields.length; i++) {
                fields[i].write(record.get(i), out);
            }
        };
    }

    private static Planned field(Field field, int depth) throws UnplannedException {
        Schema schema = field.schema();
        if (schema.getType() != Schema.Type.UNION) {
            return new Planned(field, false, plan(schema, depth));
        }
        List<Schema> types = schema.getTypes();
        if (types.size() != 2 || types.get(0).getType() != Schema.Type.NULL) {
            throw new UnplannedException(schema);
        }
        return new Planned(field, true, plan(types.get(1), depth));
    }
}
