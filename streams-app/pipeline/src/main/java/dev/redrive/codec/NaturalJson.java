package dev.redrive.codec;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.redrive.codec.NaturalJsonResult.Problem;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.function.Consumer;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.IndexedRecord;
import org.apache.avro.specific.SpecificData;
import org.apache.avro.specific.SpecificRecord;

/**
 * Records as the JSON that people write, by walking any Avro schema whose unions are a type or null.
 *
 * <p>It differs from Avro's own JSON encoding: a union's value stands alone without the name of its branch; fields with
 * a default may be absent; enums are read in any case; {@code timestamp-millis} is written as ISO-8601 with milliseconds
 * and read as that, with any offset, or as milliseconds since 1970; bytes are a string in UTF-8 where they are one, else
 * <code>{"base64": "…"}</code>. Where bytes, or the string {@code errorBody}, are wanted and another object or array
 * stands, its JSON text is kept. NaN and the infinities are strings,
 * and minus zero is read as zero.
 *
 * <p>Strict where leniency would hide a mistake: unknown, missing and doubled fields, numbers out of range, lone
 * surrogates, ill-formed UTF-8, text after the value and more than {@value #MAX_DEPTH} levels are refused.
 *
 * <p>Immutable, safe to share between threads.
 */
public final class NaturalJson {

    /** Longest text that is read. */
    public static final int MAX_LINE_BYTES = 1 << 20;

    /** Deepest nesting that is read. */
    public static final int MAX_DEPTH = 100;

    private static final Set<String> JSON_TEXT_FIELDS = Set.of("errorBody");

    private final JsonMapper mapper = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(MAX_DEPTH)
                            .maxStringLength(MAX_LINE_BYTES)
                            .maxNumberLength(1000)
                            .build())
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY)
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
            .build();

    /**
     * Reads a record of a generated class.
     *
     * @param <T> the class
     * @param line one JSON object in UTF-8
     * @param type the class
     * @return the record, or what is wrong with it
     */
    public <T extends SpecificRecord> NaturalJsonResult<T> read(byte[] line, Class<T> type) {
        return read(line, type, absent -> {});
    }

    /**
     * Reads a record of a generated class, after fields that the schema has no default for were filled in.
     *
     * @param <T> the class
     * @param line one JSON object in UTF-8
     * @param type the class
     * @param complete may add fields to the object before it is read
     * @return the record, or what is wrong with it
     */
    public <T extends SpecificRecord> NaturalJsonResult<T> read(
            byte[] line, Class<T> type, Consumer<ObjectNode> complete) {
        SpecificData data = SpecificData.getForClass(type);
        return read(line, data.getSchema(type), data, type, complete);
    }

    /**
     * Reads a generic record.
     *
     * @param line one JSON object in UTF-8
     * @param schema schema of a record
     * @return the record, or what is wrong with it
     */
    public NaturalJsonResult<IndexedRecord> read(byte[] line, Schema schema) {
        return read(line, schema, GenericData.get(), IndexedRecord.class, absent -> {});
    }

    /**
     * Writes a record as one line without the line's end.
     *
     * @param record a generated or a generic record
     */
    public String write(IndexedRecord record) {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = mapper.createGenerator(text)) {
            write(record, json);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return text.toString();
    }

    /**
     * Writes a record as a value within other JSON.
     *
     * @param record a generated or a generic record
     * @param json where to write it; stays open
     * @throws IOException if {@code json} cannot be written
     */
    public void write(IndexedRecord record, JsonGenerator json) throws IOException {
        new NaturalJsonWriter(json).value(record.getSchema(), record);
    }

    private <T> NaturalJsonResult<T> read(
            byte[] line, Schema schema, GenericData data, Class<T> type, Consumer<ObjectNode> complete) {
        try {
            ObjectNode object = parse(line);
            complete.accept(object);
            Object record = new NaturalJsonReader(data, JSON_TEXT_FIELDS).read(schema, object);
            return new NaturalJsonResult.Read<>(type.cast(record));
        } catch (NaturalJsonRefusal refusal) {
            return refusal.toResult();
        }
    }

    private ObjectNode parse(byte[] line) {
        if (line.length > MAX_LINE_BYTES) {
            throw new NaturalJsonRefusal(Problem.TOO_LARGE, "", "longer than " + MAX_LINE_BYTES + " bytes");
        }
        try {
            JsonNode node = mapper.readTree(decode(line));
            if (node instanceof ObjectNode object) {
                return object;
            }
            throw new NaturalJsonRefusal(Problem.WRONG_TYPE, "", "must be a JSON object");
        } catch (CharacterCodingException e) {
            throw new NaturalJsonRefusal(Problem.MALFORMED, "", "is not well-formed UTF-8");
        } catch (StreamConstraintsException e) {
            throw new NaturalJsonRefusal(Problem.MALFORMED, "", "exceeds a limit: " + e.getOriginalMessage());
        } catch (MismatchedInputException e) {
            String message = e.getOriginalMessage();
            throw message.startsWith("Duplicate field")
                    ? new NaturalJsonRefusal(Problem.DUPLICATE_FIELD, "", duplicate(message))
                    : new NaturalJsonRefusal(Problem.MALFORMED, "", "holds more than one JSON value");
        } catch (JsonProcessingException e) {
            String column = e.getLocation() == null
                    ? ""
                    : " at column " + e.getLocation().getColumnNr()
                            + (e.getLocation().getLineNr() > 1
                                    ? " of its line " + e.getLocation().getLineNr()
                                    : "");
            throw new NaturalJsonRefusal(Problem.MALFORMED, "", "is not JSON" + column + ": " + e.getOriginalMessage());
        }
    }

    /** Takes the field's name from the message, which quotes it. */
    private static String duplicate(String message) {
        int from = message.indexOf('\'');
        int to = message.lastIndexOf('\'');
        return from >= 0 && to > from
                ? "the field " + message.substring(from + 1, to) + " stands twice"
                : "a field stands twice";
    }

    private static String decode(byte[] line) throws CharacterCodingException {
        return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(line)).toString();
    }
}
