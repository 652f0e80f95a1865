package dev.redrive.serde;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.apache.avro.Schema;

/** Changes schemas at random as releases to come may: in every way that is FULL-compatible with what there is. */
final class NewerWriters {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int MAX_DEPTH = 3;
    private static final int MAX_ADDED = 4;

    private final Random random;
    private int named;

    NewerWriters(Random random) {
        this.random = random;
    }

    /** A schema whose records can be read by the given one, and the other way round. */
    Schema of(Schema present) {
        try {
            JsonNode tree = JSON.readTree(present.toString());
            List<ObjectNode> records = new ArrayList<>();
            List<ObjectNode> enums = new ArrayList<>();
            collect(tree, records, enums);
            for (ObjectNode record : records) {
                change(record);
            }
            for (ObjectNode type : enums) {
                if (type.has("default") && random.nextBoolean()) {
                    ((ArrayNode) type.get("symbols")).insert(random.nextInt(2), "ADDED_" + named++);
                }
            }
            return new Schema.Parser().parse(JSON.writeValueAsString(tree));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a schema's text is JSON", e);
        }
    }

    private static void collect(JsonNode node, List<ObjectNode> records, List<ObjectNode> enums) {
        if (node instanceof ObjectNode object && object.path("type").asText().equals("record")) {
            records.add(object);
        } else if (node instanceof ObjectNode object
                && object.path("type").asText().equals("enum")) {
            enums.add(object);
        }
        node.forEach(child -> collect(child, records, enums));
    }

    private void change(ObjectNode record) {
        ArrayNode fields = (ArrayNode) record.get("fields");
        for (int i = fields.size() - 1; i >= 0; i--) {
            boolean definesTypes = fields.get(i).toString().contains("\"fields\"")
                    || fields.get(i).toString().contains("\"symbols\"");
            if (fields.get(i).has("default") && !definesTypes && random.nextInt(8) == 0) {
                fields.remove(i);
            }
        }
        for (int added = random.nextInt(MAX_ADDED + 1); added > 0; added--) {
            ObjectNode field = JSON.createObjectNode().put("name", "added" + named++);
            Typed typed = typed(0);
            field.set("type", typed.type);
            field.set("default", typed.standard);
            fields.insert(random.nextInt(fields.size() + 1), field);
        }
    }

    /** A type with a default, without which a field cannot be added. */
    private record Typed(JsonNode type, JsonNode standard) {}

    private Typed typed(int depth) {
        int kind = random.nextInt(depth < MAX_DEPTH ? 14 : 10);
        return switch (kind) {
            case 0 -> new Typed(JSON.getNodeFactory().textNode("null"), JSON.nullNode());
            case 1 -> new Typed(JSON.getNodeFactory().textNode("boolean"), JSON.valueToTree(true));
            case 2 -> new Typed(JSON.getNodeFactory().textNode("int"), JSON.valueToTree(-7));
            case 3 -> logical("long", "timestamp-millis", JSON.valueToTree(5));
            case 4 -> new Typed(JSON.getNodeFactory().textNode("float"), JSON.valueToTree(0.5));
            case 5 -> new Typed(JSON.getNodeFactory().textNode("double"), JSON.valueToTree(-0.25));
            case 6 -> new Typed(JSON.getNodeFactory().textNode("string"), JSON.valueToTree("ü"));
            case 7 -> new Typed(JSON.getNodeFactory().textNode("bytes"), JSON.valueToTree("b"));
            case 8 -> enumeration();
            case 9 -> fixed();
            case 10 -> new Typed(collection("array", "items", typed(depth + 1).type), JSON.createArrayNode());
            case 11 -> new Typed(collection("map", "values", typed(depth + 1).type), JSON.createObjectNode());
            case 12 -> union(depth);
            default -> record(depth);
        };
    }

    private static Typed logical(String type, String logicalType, JsonNode standard) {
        return new Typed(JSON.createObjectNode().put("type", type).put("logicalType", logicalType), standard);
    }

    private Typed enumeration() {
        ObjectNode type = JSON.createObjectNode().put("type", "enum").put("name", "Enum" + named++);
        type.putArray("symbols").add("A").add("B").add("C");
        return new Typed(type, JSON.valueToTree("B"));
    }

    private Typed fixed() {
        int size = random.nextInt(5);
        ObjectNode type = JSON.createObjectNode()
                .put("type", "fixed")
                .put("name", "Fixed" + named++)
                .put("size", size);
        return new Typed(type, JSON.valueToTree("x".repeat(size)));
    }

    private static ObjectNode collection(String type, String of, JsonNode element) {
        ObjectNode collection = JSON.createObjectNode().put("type", type);
        collection.set(of, element);
        return collection;
    }

    private Typed union(int depth) {
        ArrayNode branches = JSON.createArrayNode();
        branches.add("null").add("string").add("bytes").add("long");
        branches.add(fixed().type).add(enumeration().type).add(record(depth).type);
        branches.add(collection("array", "items", typed(depth + 1).type));
        branches.add(collection("map", "values", typed(depth + 1).type));
        return new Typed(branches, JSON.nullNode());
    }

    private Typed record(int depth) {
        ObjectNode type = JSON.createObjectNode().put("type", "record").put("name", "Record" + named++);
        ArrayNode fields = type.putArray("fields");
        ObjectNode standard = JSON.createObjectNode();
        for (int i = random.nextInt(4); i > 0; i--) {
            Typed field = typed(depth + 1);
            String name = "inner" + named++;
            fields.addObject().put("name", name).set("type", field.type);
            standard.set(name, field.standard);
        }
        return new Typed(type, standard);
    }
}
