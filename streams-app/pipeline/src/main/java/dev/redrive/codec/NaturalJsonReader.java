package dev.redrive.codec;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.redrive.codec.NaturalJson.NaturalJsonNames;
import dev.redrive.codec.NaturalJson.NaturalJsonRefusal;
import dev.redrive.codec.NaturalJson.NaturalJsonResult.Problem;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Deque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.avro.LogicalType;
import org.apache.avro.LogicalTypes;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.IndexedRecord;
import org.jspecify.annotations.Nullable;

/** One walk over a schema and a JSON object in parallel. Used once, by one thread; depth is bounded by the parser. */
final class NaturalJsonReader {

    private static final String BASE64 = "base64";

    private final GenericData data;
    private final Set<String> jsonTextFields;
    private final Deque<String> path = new ArrayDeque<>();

    NaturalJsonReader(GenericData data, Set<String> jsonTextFields) {
        this.data = data;
        this.jsonTextFields = jsonTextFields;
    }

    /** @throws NaturalJsonRefusal if the object is not a record of the schema */
    Object read(Schema schema, ObjectNode object) {
        return record(schema, object);
    }

    private @Nullable Object value(Schema schema, JsonNode node) {
        return switch (schema.getType()) {
            case UNION -> union(schema, node);
            case RECORD -> record(schema, object(node));
            case ENUM -> enumeration(schema, node);
            case ARRAY -> array(schema, node);
            case MAP -> map(schema, object(node));
            case STRING -> string(node);
            case BYTES -> ByteBuffer.wrap(bytes(node));
            case FIXED -> fixed(schema, node);
            case INT -> integer(node);
            case LONG ->
                schema.getLogicalType() instanceof LogicalTypes.TimestampMillis instant
                        ? instant(instant, node)
                        : (Object) integral(node);
            case FLOAT -> floating(node, true);
            case DOUBLE -> floating(node, false);
            case BOOLEAN -> bool(node);
            case NULL -> throw new IllegalArgumentException("a schema of null alone is not supported");
        };
    }

    private @Nullable Object union(Schema schema, JsonNode node) {
        return node.isNull() && schema.isNullable() ? null : value(NaturalJsonWriter.branch(schema), node);
    }

    private Object record(Schema schema, ObjectNode object) {
        refuseUnknown(schema, object);
        IndexedRecord record = (IndexedRecord) data.newRecord(null, schema);
        List<String> missing = new ArrayList<>();
        for (Schema.Field field : schema.getFields()) {
            JsonNode node = object.get(field.name());
            if (node != null) {
                path.addLast(field.name());
                record.put(field.pos(), value(field.schema(), node));
                path.removeLast();
            } else if (field.hasDefaultValue()) {
                record.put(field.pos(), data.deepCopy(field.schema(), data.getDefaultValue(field)));
            } else {
                missing.add(where() + (path.isEmpty() ? "" : ".") + field.name());
            }
        }
        if (!missing.isEmpty()) {
            throw new NaturalJsonRefusal(Problem.MISSING_FIELD, String.join(", ", missing), "missing");
        }
        return record;
    }

    private void refuseUnknown(Schema schema, ObjectNode object) {
        for (Iterator<String> names = object.fieldNames(); names.hasNext(); ) {
            String name = names.next();
            if (schema.getField(name) == null) {
                path.addLast(shortened(name));
                String nearest = NaturalJsonNames.nearest(
                        name,
                        schema.getFields().stream().map(Schema.Field::name).toList());
                throw refusal(
                        Problem.UNKNOWN_FIELD,
                        nearest == null ? "unknown field" : "unknown field; did you mean " + nearest + "?");
            }
        }
    }

    private Object enumeration(Schema schema, JsonNode node) {
        String text = text(node, "one of " + String.join(", ", schema.getEnumSymbols()));
        for (String symbol : schema.getEnumSymbols()) {
            if (symbol.equalsIgnoreCase(text)) {
                return data.createEnum(symbol, schema);
            }
        }
        throw refusal(Problem.OUT_OF_RANGE, "must be one of " + String.join(", ", schema.getEnumSymbols()));
    }

    private List<@Nullable Object> array(Schema schema, JsonNode node) {
        if (!node.isArray()) {
            throw wrongType("an array", node);
        }
        List<@Nullable Object> items = new ArrayList<>(node.size());
        for (JsonNode item : node) {
            path.addLast("[" + items.size() + "]");
            items.add(value(schema.getElementType(), item));
            path.removeLast();
        }
        return items;
    }

    private Map<String, @Nullable Object> map(Schema schema, ObjectNode object) {
        Map<String, @Nullable Object> entries = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> entry : object.properties()) {
            path.addLast(shortened(entry.getKey()));
            entries.put(wellFormed(entry.getKey()), value(schema.getValueType(), entry.getValue()));
            path.removeLast();
        }
        return entries;
    }

    private String string(JsonNode node) {
        boolean container = node.isObject() || node.isArray();
        if (container && !path.isEmpty() && jsonTextFields.contains(path.getLast())) {
            return wellFormed(node.toString());
        }
        return text(node, "a string");
    }

    private byte[] bytes(JsonNode node) {
        if (node.isObject() && node.size() == 1 && node.path(BASE64).isTextual()) {
            try {
                return Base64.getDecoder().decode(node.get(BASE64).textValue());
            } catch (IllegalArgumentException e) {
                throw refusal(Problem.OUT_OF_RANGE, "is not base64");
            }
        }
        String text = node.isObject() || node.isArray()
                ? wellFormed(node.toString())
                : text(node, "a string, a JSON object or {\"base64\": \"…\"}");
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private Object fixed(Schema schema, JsonNode node) {
        byte[] bytes = bytes(node);
        if (bytes.length != schema.getFixedSize()) {
            throw refusal(Problem.OUT_OF_RANGE, "must be of " + schema.getFixedSize() + " bytes");
        }
        return data.createFixed(null, bytes, schema);
    }

    private int integer(JsonNode node) {
        long number = integral(node);
        if (number != (int) number) {
            throw refusal(Problem.OUT_OF_RANGE, "must be between " + Integer.MIN_VALUE + " and " + Integer.MAX_VALUE);
        }
        return (int) number;
    }

    private long integral(JsonNode node) {
        if (!node.isIntegralNumber()) {
            throw wrongType("a whole number", node);
        }
        if (!node.canConvertToLong()) {
            throw refusal(Problem.OUT_OF_RANGE, "must be between " + Long.MIN_VALUE + " and " + Long.MAX_VALUE);
        }
        return node.longValue();
    }

    private Object instant(LogicalType type, JsonNode node) {
        long millis = node.isTextual() ? isoMillis(node.textValue()) : millis(node);
        boolean typed = data.getConversionByClass(Instant.class, type) != null;
        return typed ? Instant.ofEpochMilli(millis) : (Object) millis;
    }

    private long millis(JsonNode node) {
        if (!node.isIntegralNumber()) {
            throw wrongType("an instant (ISO-8601 such as 2026-11-22T12:00:00Z, or milliseconds since 1970)", node);
        }
        return integral(node);
    }

    private long isoMillis(String text) {
        try {
            return OffsetDateTime.parse(text).toInstant().toEpochMilli();
        } catch (DateTimeException | ArithmeticException e) {
            throw refusal(
                    Problem.OUT_OF_RANGE, "must be an ISO-8601 instant with an offset, such as 2026-11-22T12:00:00Z");
        }
    }

    private Object floating(JsonNode node, boolean single) {
        double number;
        if (node.isNumber()) {
            number = single ? node.floatValue() : node.doubleValue();
            if (!Double.isFinite(number)) {
                throw refusal(Problem.OUT_OF_RANGE, "is too large");
            }
        } else {
            number = switch (node.isTextual() ? node.textValue() : "") {
                case "NaN" -> Double.NaN;
                case "Infinity" -> Double.POSITIVE_INFINITY;
                case "-Infinity" -> Double.NEGATIVE_INFINITY;
                default -> throw wrongType("a number", node);
            };
        }
        return single ? (Object) (float) number : (Object) number;
    }

    private boolean bool(JsonNode node) {
        if (!node.isBoolean()) {
            throw wrongType("true or false", node);
        }
        return node.booleanValue();
    }

    private ObjectNode object(JsonNode node) {
        if (node instanceof ObjectNode object) {
            return object;
        }
        throw wrongType("an object", node);
    }

    private String text(JsonNode node, String wanted) {
        if (!node.isTextual()) {
            throw wrongType(wanted, node);
        }
        return wellFormed(node.textValue());
    }

    /** A lone surrogate has no UTF-8 encoding, and would silently become a question mark. */
    private String wellFormed(String text) {
        if (!StandardCharsets.UTF_8.newEncoder().canEncode(text)) {
            throw refusal(Problem.OUT_OF_RANGE, "has a lone surrogate");
        }
        return text;
    }

    private NaturalJsonRefusal wrongType(String wanted, JsonNode node) {
        String found = switch (node.getNodeType()) {
            case ARRAY -> "an array";
            case BOOLEAN -> "a boolean";
            case NULL -> "null";
            case NUMBER -> "a number";
            case OBJECT, POJO -> "an object";
            case STRING -> "a string";
            case BINARY, MISSING -> "nothing";
        };
        if (node.isNumber() && !node.isIntegralNumber()) {
            found = "a number with fraction or exponent";
        }
        return refusal(Problem.WRONG_TYPE, "must be " + wanted + ", not " + found);
    }

    private NaturalJsonRefusal refusal(Problem problem, String message) {
        return new NaturalJsonRefusal(problem, where(), message);
    }

    private String where() {
        return String.join(".", path).replace(".[", "[");
    }

    /** Names come from the input; messages shorten them. */
    private static String shortened(String name) {
        return name.length() <= 100 ? name : name.substring(0, 100) + "…";
    }
}
