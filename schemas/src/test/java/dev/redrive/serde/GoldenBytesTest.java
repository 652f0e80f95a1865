package dev.redrive.serde;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serializer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Holds the bytes of one fixed record of every type: what is written today, and what once was written and still rests in a topic. */
class GoldenBytesTest {

    private static final int ID = 1;

    static List<SpecificRecord> samples() {
        return Samples.ALL;
    }

    @ParameterizedTest
    @MethodSource("samples")
    void shouldWriteTheGoldenBytes(SpecificRecord sample) throws IOException {
        String name = sample.getSchema().getName();
        try (Serializer<SpecificRecord> serializer = new AvroSerializer<>()) {
            serializer.configure(Map.of("schema.registry.url", "mock://golden-" + name), false);

            byte[] bytes = serializer.serialize("topic", sample);

            assertThat(HexFormat.of().formatHex(bytes))
                    .isEqualTo(golden(Released.latestOf(name)).getProperty(name));
        }
    }

    @ParameterizedTest
    @MethodSource("samples")
    void shouldReadTheGoldenBytesOfEveryRelease(SpecificRecord sample) throws IOException {
        String name = sample.getSchema().getName();
        for (Path version : Released.versionsOf(name)) {
            String registry = "golden-read-" + version.getFileName() + name;
            String released = Released.schema(version, name).toString();
            assertThat(RegistryApi.InMemory.named(registry).register("s", released, false))
                    .isEqualTo(ID);
            byte[] bytes = HexFormat.of().parseHex(golden(version).getProperty(name));
            try (Deserializer<? extends SpecificRecord> reader = new AvroDeserializer<>(sample.getClass())) {
                reader.configure(Map.of("schema.registry.url", "mock://" + registry), false);

                Object read = reader.deserialize("topic", bytes);

                assertThat(read).isInstanceOf(sample.getClass());
                if (version.equals(Released.latestOf(name))) {
                    assertThat(read).isEqualTo(sample);
                }
            }
        }
    }

    /** Looks at the bytes with nothing but Avro's own reader, so that writer and reader here cannot be wrong alike. */
    @ParameterizedTest
    @MethodSource("samples")
    void shouldBeReadableByAvroItself(SpecificRecord sample) throws IOException {
        String name = sample.getSchema().getName();
        byte[] bytes = HexFormat.of().parseHex(golden(Released.latestOf(name)).getProperty(name));
        BinaryDecoder decoder = DecoderFactory.get().binaryDecoder(bytes, 5, bytes.length - 5, null);

        GenericRecord read = new GenericDatumReader<GenericRecord>(sample.getSchema()).read(null, decoder);

        assertThat(read.toString()).isEqualTo(asGeneric(sample, bytes).toString());
        assertThat(decoder.isEnd()).isTrue();
    }

    private static GenericRecord asGeneric(SpecificRecord sample, byte[] bytes) {
        String registry = "golden-generic-" + sample.getSchema().getName();
        RegistryApi.InMemory.named(registry).register("s", sample.getSchema().toString(), false);
        try (Deserializer<GenericRecord> generic = new GenericAvroDeserializer()) {
            generic.configure(Map.of("schema.registry.url", "mock://" + registry), false);
            return generic.deserialize("topic", bytes);
        }
    }

    private static Properties golden(Path version) throws IOException {
        Properties golden = new Properties();
        Path file = Path.of("src/test/resources/golden", version.getFileName() + ".properties");
        try (Reader reader = Files.newBufferedReader(file)) {
            golden.load(reader);
        }
        return golden;
    }
}
