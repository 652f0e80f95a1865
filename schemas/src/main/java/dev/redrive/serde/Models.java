package dev.redrive.serde;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import org.apache.avro.Schema;
import org.apache.avro.generic.IndexedRecord;
import org.apache.avro.specific.SpecificData;
import org.jspecify.annotations.Nullable;

/** Avro's data models and schemas of generated classes. */
public final class Models {

    static final ObjectMapper JSON = new ObjectMapper();
    private static final String JAVA_STRING = "avro.java.string";

    private Models() {}

    /** Returns a separate model with the class's conversions; enabling custom coders on it has no side effects. */
    public static SpecificData copyOf(Class<?> type) {
        SpecificData copy = new LeanData(type.getClassLoader());
        SpecificData.getForClass(type).getConversions().forEach(copy::addLogicalTypeConversion);
        copy.setCustomCoders(true);
        return copy;
    }

    /**
     * Creates plain lists for new records, which the reader then fills. Avro's own lists throw when compared if their
     * records have optional timestamps. For optional values it only checks for null, where Avro looks up the type's
     * name.
     */
    private static final class LeanData extends SpecificData {

        LeanData(ClassLoader loader) {
            super(loader);
        }

        @Override
        public int resolveUnion(Schema union, @Nullable Object datum) {
            List<Schema> types = union.getTypes();
            boolean optional = types.size() == 2 && types.get(0).getType() == Schema.Type.NULL;
            return optional ? (datum == null ? 0 : 1) : super.resolveUnion(union, datum);
        }

        @Override
        public InstanceSupplier getNewRecordSupplier(Schema schema) {
            InstanceSupplier records = super.getNewRecordSupplier(schema);
            int[] lists = schema.getFields().stream()
                    .filter(field -> field.schema().getType() == Schema.Type.ARRAY)
                    .mapToInt(Schema.Field::pos)
                    .toArray();
            if (lists.length == 0) {
                return records;
            }
            return (old, of) -> {
                Object made = records.newInstance(old, of);
                if (made instanceof IndexedRecord indexed) {
                    for (int position : lists) {
                        indexed.put(position, new ArrayList<>());
                    }
                }
                return made;
            };
        }
    }

    /** Returns the schema without Java-specific properties. */
    static Schema withoutJavaProperties(Schema schema) {
        try {
            JsonNode stripped = strip(JSON.readTree(schema.toString()));
            return new Schema.Parser().parse(JSON.writeValueAsString(stripped));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a schema's text is JSON", e);
        }
    }

    private static JsonNode strip(JsonNode node) {
        if (node instanceof ObjectNode object) {
            object.remove(JAVA_STRING);
            object.properties().forEach(field -> field.setValue(strip(field.getValue())));
            boolean bare = object.size() == 1 && object.path("type").isTextual();
            return bare ? object.get("type") : object;
        }
        if (node.isArray()) {
            var array = JSON.createArrayNode();
            node.forEach(element -> array.add(strip(element)));
            return array;
        }
        return node;
    }
}
