package dev.redrive.serde;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serializer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class RoundTripTest {

    private static final Map<String, Object> CONFIG = Map.of("schema.registry.url", "mock://round-trip");

    static List<SpecificRecord> samples() {
        return Samples.ALL;
    }

    @ParameterizedTest
    @MethodSource("samples")
    void shouldReadBackWhatItWrote(SpecificRecord sample) {
        byte[] bytes = serialize(sample);

        assertThat(deserialize(sample.getClass(), bytes)).isEqualTo(sample);
    }

    @ParameterizedTest
    @MethodSource("samples")
    void shouldReadAnyRecordAsItsWriterSawIt(SpecificRecord sample) {
        try (Deserializer<GenericRecord> generic = new GenericAvroDeserializer()) {
            generic.configure(CONFIG, false);

            GenericRecord read = generic.deserialize("topic", serialize(sample));

            assertThat(read).isNotNull();
            assertThat(read.getSchema().getFullName())
                    .isEqualTo(sample.getSchema().getFullName());
        }
    }

    private static byte[] serialize(SpecificRecord sample) {
        try (Serializer<SpecificRecord> serializer = new AvroSerializer<>()) {
            serializer.configure(CONFIG, false);
            return serializer.serialize("topic-" + sample.getSchema().getName(), sample);
        }
    }

    private static <T extends SpecificRecord> Object deserialize(Class<T> type, byte[] bytes) {
        try (Deserializer<T> deserializer = new AvroDeserializer<>(type)) {
            deserializer.configure(CONFIG, false);
            return deserializer.deserialize("topic", bytes);
        }
    }
}
