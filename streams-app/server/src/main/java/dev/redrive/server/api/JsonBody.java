package dev.redrive.server.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.redrive.server.api.ApiException.FieldError;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads the fields of a JSON object. Mistakes are collected; {@link #end} throws all of them, and those of fields that
 * were not asked for. Used by one thread.
 */
public final class JsonBody {

    /** Maximum length of a reason, in characters. */
    static final int MAX_REASON = 500;

    private static final int MAX_ERRORS = 20;
    private static final Pattern CONTROL = Pattern.compile("[\\p{Cntrl}&&[^\\n\\t]]|[\\u202a-\\u202e\\u2066-\\u2069]");

    private final ObjectNode object;
    private final Set<String> known = new TreeSet<>();
    private final List<FieldError> errors = new ArrayList<>();

    JsonBody(ObjectNode object) {
        this.object = object;
    }

    /** Returns a text of 1 to {@code max} characters; empty after a mistake. */
    public String text(String name, int max) {
        String text = optionalText(name, max);
        if (text == null && !object.hasNonNull(name)) {
            error(name, "is missing");
        }
        return text == null ? "" : text;
    }

    /** Returns a text; {@code null} if it is absent. */
    public @Nullable String optionalText(String name, int max) {
        JsonNode node = value(name);
        if (node == null) {
            return null;
        }
        if (!node.isTextual()) {
            error(name, "must be text");
            return null;
        }
        String text = node.textValue();
        if (text.isEmpty() || text.length() > max) {
            error(name, "must have 1 to " + max + " characters");
            return null;
        }
        if (CONTROL.matcher(text).find() || !wellFormed(text)) {
            error(name, "holds control characters");
            return null;
        }
        return text;
    }

    /** Returns why a write is asked for, in the words of who asks. */
    public String reason() {
        return text("reason", MAX_REASON);
    }

    /** Returns a whole number. */
    public long number(String name, long absent, long min, long max) {
        JsonNode node = value(name);
        if (node == null) {
            return absent;
        }
        if (!node.isIntegralNumber() || !node.canConvertToLong() || node.longValue() < min || node.longValue() > max) {
            error(name, "must be a whole number from " + min + " to " + max);
            return absent;
        }
        return node.longValue();
    }

    /** Returns a truth value; false if it is absent. */
    public boolean flag(String name) {
        JsonNode node = value(name);
        if (node != null && !node.isBoolean()) {
            error(name, "must be true or false");
        }
        return node != null && node.booleanValue();
    }

    /** Returns texts; empty if they are absent. */
    public List<String> texts(String name, int maxItems, int maxLength) {
        JsonNode node = value(name);
        List<String> texts = new ArrayList<>();
        if (node == null) {
            return texts;
        }
        if (!node.isArray() || node.size() > maxItems) {
            error(name, "must be a list of at most " + maxItems + " texts");
            return texts;
        }
        for (JsonNode item : node) {
            if (!item.isTextual()
                    || item.textValue().isEmpty()
                    || item.textValue().length() > maxLength) {
                error(name, "must be a list of texts of 1 to " + maxLength + " characters");
                return List.of();
            }
            texts.add(item.textValue());
        }
        return texts;
    }

    /** Returns any JSON value; {@code null} if it is absent. */
    public @Nullable JsonNode json(String name) {
        return value(name);
    }

    /** Adds a mistake. */
    public void error(String name, String detail) {
        if (errors.size() < MAX_ERRORS) {
            errors.add(new FieldError("/" + name.replace("~", "~0").replace("/", "~1"), detail));
        }
    }

    /**
     * Ends reading.
     *
     * @throws ApiException if there are mistakes, or fields that were not read
     */
    public void end() {
        for (Iterator<String> names = object.fieldNames(); names.hasNext(); ) {
            if (!known.contains(names.next()) && errors.size() < MAX_ERRORS) {
                errors.add(new FieldError("", "a field is unknown; this takes " + String.join(", ", known)));
                break;
            }
        }
        if (!errors.isEmpty()) {
            throw new ApiException(ApiError.BODY_INVALID, null, errors);
        }
    }

    private @Nullable JsonNode value(String name) {
        known.add(name);
        JsonNode node = object.get(name);
        return node == null || node.isNull() ? null : node;
    }

    private static boolean wellFormed(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (Character.isHighSurrogate(c) && i + 1 < text.length() && Character.isLowSurrogate(text.charAt(i + 1))) {
                i++;
            } else if (Character.isSurrogate(c)) {
                return false;
            }
        }
        return true;
    }
}
