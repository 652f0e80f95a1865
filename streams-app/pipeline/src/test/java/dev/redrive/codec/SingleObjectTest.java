package dev.redrive.codec;

import static org.assertj.core.api.Assertions.assertThat;

import dev.redrive.codec.avro.HealthPhase;
import dev.redrive.codec.avro.HoldMemory;
import dev.redrive.codec.avro.JobMemory;
import dev.redrive.codec.avro.OpenCommandMemory;
import dev.redrive.codec.avro.ServiceMemory;
import dev.redrive.codec.avro.UserMemory;
import java.io.IOException;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.avro.Schema;
import org.apache.avro.io.Encoder;
import org.apache.avro.specific.SpecificData;
import org.apache.avro.specific.SpecificRecordBase;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SingleObjectTest {

    private static void addRecords(Schema schema, Map<String, Schema> records) {
        switch (schema.getType()) {
            case RECORD -> {
                if (records.put(schema.getFullName(), schema) == null) {
                    schema.getFields().forEach(field -> addRecords(field.schema(), records));
                }
            }
            case UNION -> schema.getTypes().forEach(type -> addRecords(type, records));
            case ARRAY -> addRecords(schema.getElementType(), records);
            case MAP -> addRecords(schema.getValueType(), records);
            default -> {}
        }
    }

    /** A logical type, or a union of more than null and one type, takes them away: Avro then writes field by field. */
    @ParameterizedTest
    @ValueSource(
            classes = {JobMemory.class, UserMemory.class, ServiceMemory.class, OpenCommandMemory.class, HoldMemory.class
            })
    void shouldHaveCodersOfItsOwnForEveryRecordOfAStore(Class<? extends SpecificRecordBase> type) throws Exception {
        Method custom = SpecificRecordBase.class.getDeclaredMethod("hasCustomCoders");
        custom.setAccessible(true);
        Map<String, Schema> records = new LinkedHashMap<>();
        addRecords(SpecificData.get().getSchema(type), records);

        List<String> without = new ArrayList<>();
        for (Schema schema : records.values()) {
            if (!(boolean)
                    custom.invoke(SpecificData.newInstance(SpecificData.get().getClass(schema), schema))) {
                without.add(schema.getName());
            }
        }
        assertThat(records).containsKey(type.getName());
        assertThat(without).isEmpty();
    }

    private static final class Watched extends ServiceMemory {
        private static final long serialVersionUID = 1L;
        private int written;

        private Watched() {
            super(HealthPhase.BROKEN, 0, 0L, 0L, 3, 0L, 0, 0L, 0L, null, 0.0, 0.0, 0);
        }

        @Override
        public void customEncode(Encoder out) throws IOException {
            written++;
            super.customEncode(out);
        }
    }

    @Test
    void shouldLetARecordWriteItself() {
        Watched record = new Watched();

        byte[] bytes = new SingleObject<>(ServiceMemory.class).encode(record);

        assertThat(record.written).isEqualTo(1);
        assertThat(new SingleObject<>(ServiceMemory.class).decode(bytes).getStrikes())
                .isEqualTo(3);
    }
}
