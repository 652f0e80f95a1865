package dev.redrive.codec;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.BigIntegerNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.DecimalNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.redrive.codec.EnvelopeReader.EnvelopeReading.Problem;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import org.jspecify.annotations.Nullable;

/**
 * Reads as much of one JSON text as possible: what precedes a fault is used, and only what is beyond a limit or
 * ambiguous is left out. Reads the text once; keeps at most 32 levels. Owned by one thread.
 */
final class PartialJson {

    /** Deeper levels are skipped. */
    private static final int MAX_DEPTH = 32;

    /** Deeper levels are a fault: the parser keeps a context for each, including those skipped. */
    private static final int MAX_SKIPPED_DEPTH = 100_000;

    private static final int MAX_NAME_LENGTH = 1024;
    private static final int MAX_NUMBER_LENGTH = 64;

    /** Names are not canonicalized, so that no table grows with names from the input. */
    private static final JsonFactory FACTORY = JsonFactory.builder()
            .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
            .enable(JsonReadFeature.ALLOW_UNESCAPED_CONTROL_CHARS)
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(MAX_SKIPPED_DEPTH)
                    .maxStringLength(Integer.MAX_VALUE)
                    .maxNameLength(Integer.MAX_VALUE)
                    .maxNumberLength(Integer.MAX_VALUE)
                    .build())
            .build();

    private final JsonParser parser;
    private JsonNode root = MissingNode.getInstance();
    private @Nullable Problem problem;

    /** Parent of the last number read: the number may continue after a cut, so it is valid once a token follows. */
    private @Nullable ObjectNode unendedIn;

    private String unendedName = "";

    private PartialJson(JsonParser parser) {
        this.parser = parser;
    }

    static PartialJson read(String text) throws IOException {
        try (JsonParser parser = FACTORY.createParser(text)) {
            PartialJson json = new PartialJson(parser);
            json.read();
            return json;
        }
    }

    /** Returns what could be read; a missing node if nothing could. */
    JsonNode root() {
        return root;
    }

    /** Returns the first fault; {@code null} if the text is JSON within the limits. */
    @Nullable
    Problem problem() {
        return problem;
    }

    private void read() throws IOException {
        try {
            JsonToken token = next();
            if (token == JsonToken.START_OBJECT) {
                ObjectNode object = JsonNodeFactory.instance.objectNode();
                root = object;
                fill(object, 1);
            } else if (token == JsonToken.START_ARRAY) {
                ArrayNode array = JsonNodeFactory.instance.arrayNode();
                root = array;
                fill(array, 1);
            } else if (token != null) {
                root = scalar(token);
            }
            if (next() != null) {
                note(Problem.NOT_JSON);
            }
        } catch (StreamConstraintsException e) {
            fault(Problem.BEYOND_LIMITS);
        } catch (IOException e) {
            fault(Problem.NOT_JSON);
        }
    }

    private @Nullable JsonToken next() throws IOException {
        JsonToken token = parser.nextToken();
        unendedIn = null;
        return token;
    }

    private void note(Problem found) {
        problem = problem == null ? found : problem;
    }

    private void fault(Problem found) {
        if (unendedIn != null) {
            unendedIn.remove(unendedName);
        }
        note(found);
    }

    private void fill(ObjectNode object, int depth) throws IOException {
        while (next() == JsonToken.FIELD_NAME) {
            String name = parser.currentName();
            JsonToken token = next();
            if (token == null || name.length() > MAX_NAME_LENGTH) {
                note(Problem.BEYOND_LIMITS);
                parser.skipChildren();
            } else if (token.isStructStart()) {
                member(object, name, token, depth);
            } else {
                member(object, name, scalar(token));
                if (token.isNumeric()) {
                    unendedIn = object;
                    unendedName = name;
                }
            }
        }
    }

    private void fill(ArrayNode array, int depth) throws IOException {
        for (JsonToken token = next(); token != null && token != JsonToken.END_ARRAY; token = next()) {
            if (!token.isStructStart()) {
                array.add(scalar(token));
            } else if (tooDeep(depth)) {
                array.add(MissingNode.getInstance());
            } else if (token == JsonToken.START_OBJECT) {
                fill(array.addObject(), depth + 1);
            } else {
                fill(array.addArray(), depth + 1);
            }
        }
    }

    /** Objects with the same name are merged; other values that differ are left out. */
    private void member(ObjectNode object, String name, JsonToken token, int depth) throws IOException {
        if (tooDeep(depth)) {
            return;
        }
        JsonNode before = object.get(name);
        if (before != null) {
            note(Problem.DUPLICATE_KEY);
        }
        if (token == JsonToken.START_OBJECT && (before == null || before instanceof ObjectNode)) {
            fill(before instanceof ObjectNode same ? same : object.putObject(name), depth + 1);
        } else if (before == null) {
            fill(object.putArray(name), depth + 1);
        } else {
            object.set(name, MissingNode.getInstance());
            parser.skipChildren();
        }
    }

    private void member(ObjectNode object, String name, JsonNode value) {
        JsonNode before = object.get(name);
        if (before != null) {
            note(Problem.DUPLICATE_KEY);
        }
        object.set(name, before == null || before.equals(value) ? value : MissingNode.getInstance());
    }

    private boolean tooDeep(int depth) throws IOException {
        if (depth < MAX_DEPTH) {
            return false;
        }
        note(Problem.BEYOND_LIMITS);
        parser.skipChildren();
        return true;
    }

    /** Returns the value, or a missing node if it is beyond the limits. */
    private JsonNode scalar(JsonToken token) throws IOException {
        return switch (token) {
            case VALUE_STRING -> TextNode.valueOf(parser.getText());
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> number(token, parser.getText());
            case VALUE_TRUE, VALUE_FALSE -> BooleanNode.valueOf(token == JsonToken.VALUE_TRUE);
            default -> NullNode.getInstance();
        };
    }

    private JsonNode number(JsonToken token, String text) {
        if (text.length() > MAX_NUMBER_LENGTH) {
            note(Problem.BEYOND_LIMITS);
            return MissingNode.getInstance();
        }
        try {
            return token == JsonToken.VALUE_NUMBER_INT
                    ? BigIntegerNode.valueOf(new BigInteger(text))
                    : DecimalNode.valueOf(new BigDecimal(text));
        } catch (NumberFormatException e) {
            boolean word = text.endsWith("N") || text.endsWith("y") || text.endsWith("F");
            note(word ? Problem.NOT_JSON : Problem.BEYOND_LIMITS);
            return MissingNode.getInstance();
        }
    }
}
