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
import dev.redrive.codec.NaturalJson.NaturalJsonResult.Problem;
import dev.redrive.codec.NaturalJson.NaturalJsonResult.Refused;
import dev.redrive.text.Suggestion;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Consumer;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.IndexedRecord;
import org.apache.avro.specific.SpecificData;
import org.apache.avro.specific.SpecificRecord;
import org.jspecify.annotations.Nullable;

/**
 * Reads and writes records as plain JSON, for any Avro schema whose unions are a type or null.
 *
 * <p>It differs from Avro's own JSON encoding: a union's value is written without the name of its branch; fields with a
 * default may be absent; enums are read in any case; {@code timestamp-millis} is written as ISO-8601 with milliseconds
 * and read in that form, with any offset, or as epoch milliseconds; bytes are a string if they are valid UTF-8, else
 * <code>{"base64": "…"}</code>. If the schema has bytes, or the string {@code errorBody}, and the value is another
 * object or array, its JSON text is kept. NaN and the infinities are strings, and minus zero is read as zero.
 *
 * <p>Strict where leniency would hide a mistake: unknown, missing and duplicate fields, numbers out of range, lone
 * surrogates, ill-formed UTF-8, text after the value and more than {@value #MAX_DEPTH} levels are refused.
 *
 * <p>Immutable and safe for use by several threads.
 */
public final class NaturalJson {

    /** Maximum length of a text in bytes. */
    public static final int MAX_LINE_BYTES = 1 << 20;

    /** Maximum nesting depth. */
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
     * @return the record, or its fault
     */
    public <T extends SpecificRecord> NaturalJsonResult<T> read(byte[] line, Class<T> type) {
        return read(line, type, absent -> {});
    }

    /**
     * Reads a record of a generated class after adding fields without a default.
     *
     * @param <T> the class
     * @param line one JSON object in UTF-8
     * @param type the class
     * @param complete may add fields to the object before it is read
     * @return the record, or its fault
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
     * @return the record, or its fault
     */
    public NaturalJsonResult<IndexedRecord> read(byte[] line, Schema schema) {
        return read(line, schema, GenericData.get(), IndexedRecord.class, absent -> {});
    }

    /**
     * Writes a record as one line without a line terminator.
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
     * Writes a record as a value inside other JSON.
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
                    : new NaturalJsonRefusal(Problem.MALFORMED, "", "has more than one JSON value");
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

    /** Extracts the field's name from the message, which quotes it. */
    private static String duplicate(String message) {
        int from = message.indexOf('\'');
        int to = message.lastIndexOf('\'');
        return from >= 0 && to > from
                ? "the field " + message.substring(from + 1, to) + " is given twice"
                : "a field is given twice";
    }

    private static String decode(byte[] line) throws CharacterCodingException {
        return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(line)).toString();
    }

    /** Carries a fault out of the walk over a schema; never leaves this package. */
    static final class NaturalJsonRefusal extends RuntimeException {

        private final Problem problem;
        private final String path;

        NaturalJsonRefusal(Problem problem, String path, String message) {
            super(message, null, false, false);
            this.problem = problem;
            this.path = path;
        }

        <T> Refused<T> toResult() {
            return new Refused<>(problem, path, String.valueOf(getMessage()));
        }
    }

    /**
     * The result of reading natural JSON.
     *
     * @param <T> the type of the record
     */
    public sealed interface NaturalJsonResult<T> {

        /**
         * The record was read.
         *
         * @param <T> the type of the record
         * @param value the record
         */
        record Read<T>(T value) implements NaturalJsonResult<T> {}

        /**
         * The record could not be read.
         *
         * @param <T> the type of the record
         * @param problem the kind of mistake
         * @param path its position, e.g. {@code request.body} or {@code history[2].attempt}; empty for the whole line
         * @param message what is wrong; contains names of fields, never their values
         */
        record Refused<T>(Problem problem, String path, String message) implements NaturalJsonResult<T> {

            /** Returns path and message as one sentence for people. */
            public String sentence() {
                return path.isEmpty() ? message : path + ": " + message;
            }
        }

        /** Kinds of mistakes; the names are stable. */
        enum Problem {
            /** Not JSON in UTF-8, nested too deep, or more than one value. */
            MALFORMED,
            /** Longer than {@link NaturalJson#MAX_LINE_BYTES}. */
            TOO_LARGE,
            /** A name occurs twice in one object. */
            DUPLICATE_FIELD,
            /** The schema has no such field. */
            UNKNOWN_FIELD,
            /** A field without default is absent. */
            MISSING_FIELD,
            /** The value is of another type than the schema's. */
            WRONG_TYPE,
            /** The type is right, but the value is outside its range. */
            OUT_OF_RANGE
        }
    }

    /** Finds the intended name for a misspelt one. */
    static final class NaturalJsonNames {

        private static final int LONGEST = 64;

        private NaturalJsonNames() {}

        /**
         * Returns the most similar known name, if similar enough: different in case, {@code _} and {@code -}, or by a
         * third of its letters.
         */
        static @Nullable String nearest(String name, List<String> known) {
            if (name.length() > LONGEST) {
                return null;
            }
            String nearest = null;
            int min = Integer.MAX_VALUE;
            for (String candidate : known) {
                int distance = Suggestion.distance(folded(name), folded(candidate));
                if (distance < min && distance <= Math.max(1, candidate.length() / 3)) {
                    nearest = candidate;
                    min = distance;
                }
            }
            return nearest;
        }

        private static String folded(String name) {
            return name.toLowerCase(Locale.ROOT).replace("_", "").replace("-", "");
        }
    }
}
