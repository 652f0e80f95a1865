package dev.redrive.serde;

import static org.assertj.core.api.Assertions.assertThat;

import dev.redrive.serde.RecordReader.WireDecoder;
import java.lang.reflect.Method;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.apache.avro.SystemLimitException;
import org.apache.avro.io.Decoder;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serializer;
import org.junit.jupiter.api.Test;

/**
 * What the serde relies on beyond the published interfaces of Avro and Kafka (docs/decisions/0002-own-serde.md). A
 * failure after an upgrade of either names what to check before the upgrade is taken. The bytes themselves are compared
 * with Confluent's classes in {@link GenuineConfluentIT}.
 */
class SerdeInternalsTest {

    private static final Map<String, Object> CONFIG = Map.of("schema.registry.url", "mock://internals");

    /** Implemented by the decoder's other methods. */
    private static final Set<String> RIGHTLY_INHERITED = Set.of("readFixed/1");

    @Test
    void shouldBoundEachMethodByWhichAvroReads() {
        Set<String> unbounded = new TreeSet<>();
        for (Method method : Decoder.class.getDeclaredMethods()) {
            String name = method.getName() + "/" + method.getParameterCount();
            if (!RIGHTLY_INHERITED.contains(name) && !declares(WireDecoder.class, method)) {
                unbounded.add(name);
            }
        }

        assertThat(unbounded)
                .as("Avro's Decoder has new methods: override each in WireDecoder, bounded by the bytes that remain")
                .isEmpty();
    }

    @Test
    void shouldFindTheMethodThatMakesAvroReadItsLimitsAgain() throws ReflectiveOperationException {
        Method reset = SystemLimitException.class.getDeclaredMethod("resetLimits");

        assertThat(reset.getParameterCount())
                .as("AvroLimits calls it where Avro has read its limits before")
                .isZero();
        assertThat(List.of(
                        SystemLimitException.MAX_BYTES_LENGTH_PROPERTY,
                        SystemLimitException.MAX_STRING_LENGTH_PROPERTY,
                        SystemLimitException.MAX_COLLECTION_LENGTH_PROPERTY))
                .as("AvroLimits sets every limit that Avro has; there is a new one if this list is not complete")
                .containsExactlyInAnyOrderElementsOf(limits());
    }

    private static List<String> limits() throws ReflectiveOperationException {
        return Arrays.stream(SystemLimitException.class.getFields())
                .filter(field -> field.getName().endsWith("_PROPERTY"))
                .map(field -> {
                    try {
                        return (String) field.get(null);
                    } catch (IllegalAccessException e) {
                        throw new IllegalStateException(e);
                    }
                })
                .toList();
    }

    @Test
    void shouldReadAndWriteTheSameBytesByEachMethodThatKafkasClientsCall() {
        for (SpecificRecord sample : Samples.ALL) {
            RecordHeaders headers = new RecordHeaders();
            try (Serializer<SpecificRecord> serializer = AvroSerdes.serializer(SpecificRecord.class, CONFIG);
                    Deserializer<? extends SpecificRecord> reader =
                            AvroSerdes.deserializer(sample.getClass(), CONFIG)) {
                byte[] bytes = serializer.serialize("t", headers, sample);

                assertThat(bytes).isEqualTo(serializer.serialize("t", sample));
                assertThat(headers.toArray())
                        .as("the schema's id is in the value, as Confluent's classes have it by default")
                        .isEmpty();
                assertThat((Object) reader.deserialize("t", headers, bytes)).isEqualTo(sample);
                assertThat((Object) reader.deserialize("t", headers, ByteBuffer.wrap(bytes)))
                        .as("consumers hand over a ByteBuffer; check Deserializer's default method")
                        .isEqualTo(sample);
            }
        }
        assertThat(overloads(Serializer.class, "serialize"))
                .as("Kafka's Serializer has a new overload: check which one producers call")
                .isEqualTo(2);
        assertThat(overloads(Deserializer.class, "deserialize"))
                .as("Kafka's Deserializer has a new overload: check which one consumers call")
                .isEqualTo(3);
    }

    private static long overloads(Class<?> type, String name) {
        return Arrays.stream(type.getDeclaredMethods())
                .filter(method -> method.getName().equals(name))
                .count();
    }

    private static boolean declares(Class<?> type, Method method) {
        return Arrays.stream(type.getDeclaredMethods())
                .anyMatch(own -> own.getName().equals(method.getName())
                        && Arrays.equals(own.getParameterTypes(), method.getParameterTypes()));
    }
}
