package dev.redrive.server.api;

import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.redrive.server.api.StrictJson.StrictJsonException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Masks parts of payloads before they are shown. Where something is to be masked, a payload that cannot be read as JSON
 * is not shown at all. A segment {@code -} stands for every element of an array. Immutable.
 */
public final class Redaction {

    /** Replacement of what is masked. */
    public static final String MASK = "********";

    private final List<List<String>> pointers = new ArrayList<>();

    /** Creates the masking of these JSON Pointers (RFC 6901). */
    public Redaction(List<String> pointers) {
        for (String pointer : pointers) {
            List<String> segments = new ArrayList<>();
            for (JsonPointer at = JsonPointer.compile(pointer); !at.matches(); at = at.tail()) {
                segments.add(at.getMatchingProperty());
            }
            this.pointers.add(segments);
        }
    }

    /** Returns the text that may be shown; {@code null} if nothing of it may be. */
    public @Nullable String shown(byte[] payload) {
        if (pointers.isEmpty()) {
            return new String(payload, StandardCharsets.UTF_8);
        }
        try {
            JsonNode tree = StrictJson.read(payload);
            pointers.forEach(segments -> mask(tree, segments, 0));
            return StrictJson.write(tree);
        } catch (StrictJsonException e) {
            return null;
        }
    }

    private static void mask(JsonNode node, List<String> segments, int depth) {
        String segment = segments.get(depth);
        boolean last = depth == segments.size() - 1;
        if (node instanceof ObjectNode object && object.has(segment)) {
            if (last) {
                object.put(segment, MASK);
            } else {
                mask(object.get(segment), segments, depth + 1);
            }
        } else if (node instanceof ArrayNode array) {
            for (int i = 0; i < array.size(); i++) {
                if (!segment.equals("-") && !segment.equals(Integer.toString(i))) {
                    continue;
                }
                if (last) {
                    array.set(i, array.textNode(MASK));
                } else {
                    mask(array.get(i), segments, depth + 1);
                }
            }
        }
    }
}
