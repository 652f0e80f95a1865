package dev.redrive.serde;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.apache.avro.Schema;
import org.apache.avro.SchemaCompatibility;
import org.apache.avro.SchemaCompatibility.SchemaCompatibilityType;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.DatumReader;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.EncoderFactory;
import org.apache.avro.specific.SpecificData;
import org.apache.avro.specific.SpecificDatumReader;
import org.apache.avro.specific.SpecificRecord;
import org.apache.avro.util.RandomData;
import org.apache.kafka.common.serialization.Deserializer;

/** Holds the reading of what a newer release writes against Avro's own decoder and reader. */
class NewerWriterPropertiesTest {

    private static final String REGISTRY = "newer-writers";
    private static final Map<String, Object> CONFIG = Map.of("schema.registry.url", "mock://" + REGISTRY);
    private static final int SMALLEST_BLOCK_BYTES = 64;

    @Provide
    Arbitrary<Schema> published() {
        return Arbitraries.of(Released.CURRENT);
    }

    @Property(tries = 1_000)
    void shouldReadWhatANewerWriterWroteAsAvroDoes(
            @ForAll("published") Schema present, @ForAll long seed, @ForAll boolean blocks) throws Exception {
        Schema writer = new NewerWriters(new Random(seed)).of(present);
        assertFullCompatible(present, writer);
        byte[] body = written(writer, seed, blocks);
        Class<? extends SpecificRecord> type =
                SpecificData.get().getClass(present).asSubclass(SpecificRecord.class);

        assertThat(read(AvroSerdes.deserializer(type, CONFIG), writer, body))
                .as("written with %s", writer)
                .isEqualTo(readByAvro(specific(type, writer, present), body));
        assertThat(read(generic(), writer, body)).isEqualTo(readByAvro(new GenericDatumReader<>(writer), body));
    }

    private static void assertFullCompatible(Schema present, Schema writer) {
        for (var result : new SchemaCompatibility.SchemaPairCompatibility[] {
            SchemaCompatibility.checkReaderWriterCompatibility(present, writer),
            SchemaCompatibility.checkReaderWriterCompatibility(writer, present)
        }) {
            assertThat(result.getType()).as(result.getDescription()).isEqualTo(SchemaCompatibilityType.COMPATIBLE);
        }
    }

    /** Collections come as plain items, or in blocks with their length in bytes, which a reader may jump over. */
    private static byte[] written(Schema writer, long seed, boolean blocks) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        EncoderFactory factory = new EncoderFactory().configureBlockSize(SMALLEST_BLOCK_BYTES);
        BinaryEncoder encoder = blocks ? factory.blockingBinaryEncoder(out, null) : factory.binaryEncoder(out, null);
        Object datum = new RandomData(writer, 1, seed).iterator().next();
        new GenericDatumWriter<>(writer, new GenericData()).write(datum, encoder);
        encoder.flush();
        return out.toByteArray();
    }

    private static <T> T read(Deserializer<T> reader, Schema writer, byte[] body) {
        int id = RegistryApi.InMemory.named(REGISTRY).register("t", writer.toString(), false);
        byte[] bytes = ByteBuffer.allocate(WireFormat.HEADER_BYTES + body.length)
                .put(WireFormat.MAGIC)
                .putInt(id)
                .put(body)
                .array();
        try (reader) {
            return reader.deserialize("t", bytes);
        }
    }

    private static Deserializer<GenericRecord> generic() {
        GenericAvroDeserializer reader = new GenericAvroDeserializer();
        reader.configure(CONFIG, false);
        return reader;
    }

    private static DatumReader<Object> specific(Class<? extends SpecificRecord> type, Schema writer, Schema present) {
        SpecificData data = Models.copyOf(type);
        data.setCustomCoders(false);
        data.setFastReaderEnabled(false);
        return new SpecificDatumReader<>(writer, present, data);
    }

    private static Object readByAvro(DatumReader<Object> reader, byte[] body) throws IOException {
        return reader.read(null, DecoderFactory.get().binaryDecoder(body, null));
    }
}
