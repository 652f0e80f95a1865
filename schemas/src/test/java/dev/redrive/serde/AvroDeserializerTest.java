package dev.redrive.serde;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.redrive.avro.Alert;
import dev.redrive.avro.DeadLetter;
import dev.redrive.avro.JobFailure;
import dev.redrive.avro.UserState;
import dev.redrive.serde.FakeRegistry.Reply;
import dev.redrive.serde.UndecodableException.UndecodableReason;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.apache.avro.Schema;
import org.apache.avro.SchemaBuilder;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class AvroDeserializerTest {

    private static final String REGISTRY = "mock://deserializer";
    private static final Map<String, Object> CONFIG = Map.of("schema.registry.url", REGISTRY);

    private final Deserializer<JobFailure> failures = AvroSerdes.deserializer(JobFailure.class, CONFIG);

    private static byte[] written(SpecificRecord record) {
        try (Serializer<SpecificRecord> serializer = AvroSerdes.serializer(SpecificRecord.class, CONFIG)) {
            return serializer.serialize("topic-" + record.getSchema().getName(), record);
        }
    }

    private UndecodableReason reasonOf(byte[] bytes) {
        return catchThrowableOfType(UndecodableException.class, () -> failures.deserialize("topic", bytes))
                .reason();
    }

    @Test
    void shouldGiveNullForNull() {
        assertThat(failures.deserialize("topic", null)).isNull();
    }

    @Test
    void shouldTellWhatIsWrongWithTheBytes() {
        byte[] good = written(Samples.jobFailure());
        byte[] tail = Arrays.copyOf(good, good.length + 1);
        byte[] unknown = good.clone();
        unknown[1] = 0x7F;
        byte[] negative = good.clone();
        negative[1] = (byte) 0xFF;

        assertThat(reasonOf(new byte[0])).isEqualTo(UndecodableReason.TOO_SHORT);
        assertThat(reasonOf(new byte[] {0, 0, 0, 1})).isEqualTo(UndecodableReason.TOO_SHORT);
        assertThat(reasonOf("{\"userId\":1}".getBytes(java.nio.charset.StandardCharsets.UTF_8)))
                .isEqualTo(UndecodableReason.NO_MAGIC_BYTE);
        assertThat(reasonOf(unknown)).isEqualTo(UndecodableReason.UNKNOWN_SCHEMA_ID);
        assertThat(reasonOf(negative)).isEqualTo(UndecodableReason.UNKNOWN_SCHEMA_ID);
        assertThat(reasonOf(written(Samples.alert()))).isEqualTo(UndecodableReason.WRONG_RECORD);
        assertThat(reasonOf(tail)).isEqualTo(UndecodableReason.TRAILING_BYTES);
        for (int length = 5; length < good.length; length++) {
            assertThat(reasonOf(Arrays.copyOf(good, length))).isEqualTo(UndecodableReason.TRUNCATED);
        }
        assertThat(failures.deserialize("topic", good)).isEqualTo(Samples.jobFailure());
    }

    @Test
    void shouldTellAWriterThatCannotBeResolved() throws IOException {
        Schema writer = SchemaBuilder.record("dev.redrive.avro.JobFailure")
                .fields()
                .requiredInt("userId")
                .endRecord();

        byte[] bytes = written(writer, new GenericData.Record(writer), "userId", 1);

        assertThat(reasonOf(bytes)).isEqualTo(UndecodableReason.INCOMPATIBLE_SCHEMA);
        assertThat(reasonOf(bytes)).isEqualTo(UndecodableReason.INCOMPATIBLE_SCHEMA);
    }

    @Test
    void shouldReadWhatAnOlderWriterWroteWithDefaultsAndAnUnknownSymbol() throws IOException {
        String schema = Alert.getClassSchema().toString();
        String older = schema.replace(",{\"name\":\"count\",\"type\":\"long\",\"default\":0}", "");
        assertThat(older).isNotEqualTo(schema);
        Schema writer = new Schema.Parser().parse(older);
        GenericRecord record = new GenericData.Record(writer);
        record.put("alertId", "a");
        record.put("kind", "k");
        record.put("fingerprint", "f");
        record.put("summary", "s");
        byte[] bytes = written(writer, record, "at", 0L);

        try (Deserializer<Alert> alerts = AvroSerdes.deserializer(Alert.class, CONFIG)) {
            assertThat(alerts.deserialize("topic", bytes).getCount()).isZero();
            assertThat(alerts.deserialize("topic", bytes).getSummary()).isEqualTo("s");
        }
    }

    @Test
    void shouldReadListsThatCanBeCompared() {
        try (Deserializer<UserState> users = AvroSerdes.deserializer(UserState.class, CONFIG);
                Deserializer<DeadLetter> letters = AvroSerdes.deserializer(DeadLetter.class, CONFIG)) {
            byte[] user = written(Samples.userState());
            byte[] letter = written(Samples.deadLetter());

            assertThat(users.deserialize("t", user)).isEqualTo(users.deserialize("t", user));
            assertThat(letters.deserialize("t", letter)).hasSameHashCodeAs(letters.deserialize("t", letter));
        }
    }

    /** What claims 2^31 and more of something must not reserve memory for it: the test's heap is far smaller. */
    @ParameterizedTest
    @MethodSource("collectionsAndTexts")
    void shouldNotReserveMemoryForWhatTheDataOnlyClaims(Schema claimed) throws IOException {
        Schema writer = SchemaBuilder.record("Crafted")
                .fields()
                .name("field")
                .type(claimed)
                .noDefault()
                .endRecord();
        int id = RegistryApi.InMemory.named("deserializer").register("crafted", writer.toString(), false);
        for (long count : new long[] {1_000, Integer.MAX_VALUE - 8, 1L << 40, Long.MAX_VALUE, Long.MIN_VALUE, -1}) {
            byte[] bytes = crafted(id, count);
            try (Deserializer<GenericRecord> generic = new GenericAvroDeserializer()) {
                generic.configure(CONFIG, false);

                assertThatExceptionOfType(UndecodableException.class)
                        .isThrownBy(() -> generic.deserialize("topic", bytes))
                        .satisfies(e ->
                                assertThat(e.reason()).isIn(UndecodableReason.TRUNCATED, UndecodableReason.CORRUPT));
            }
        }
    }

    /** Items without bytes cost nothing to claim: without a bound for all of a record, 300 KB keep a thread for hours. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldBoundTheItemsOfARecordWhetherTheyAreReadOrSkipped(boolean skipped) throws IOException {
        String nulls = "{\"name\":\"nulls\",\"type\":{\"type\":\"array\",\"items\":\"null\"},\"default\":[]}";
        String alert = Alert.getClassSchema().toString();
        String crafted = skipped
                ? alert.replaceFirst("\"fields\":\\[", "\"fields\":[" + nulls + ",")
                : "{\"type\":\"record\",\"name\":\"Crafted\",\"fields\":[" + nulls + "]}";
        int id = RegistryApi.InMemory.named("deserializer").register("crafted", crafted, false);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        BinaryEncoder encoder = EncoderFactory.get().directBinaryEncoder(out, null);
        for (int block = 0; block < 100_000; block++) {
            encoder.writeLong(200_000);
        }

        try (Deserializer<?> reader =
                skipped ? AvroSerdes.deserializer(Alert.class, CONFIG) : new GenericAvroDeserializer()) {
            reader.configure(CONFIG, false);
            assertThatExceptionOfType(UndecodableException.class)
                    .isThrownBy(() -> reader.deserialize("topic", withHeader(id, out.toByteArray())))
                    .satisfies(e -> assertThat(e.reason()).isEqualTo(UndecodableReason.TRUNCATED));
        }
    }

    static List<Schema> collectionsAndTexts() {
        return List.of(
                Schema.create(Schema.Type.STRING),
                Schema.create(Schema.Type.BYTES),
                Schema.createArray(Schema.create(Schema.Type.LONG)),
                Schema.createArray(Schema.create(Schema.Type.NULL)),
                Schema.createMap(Schema.create(Schema.Type.LONG)));
    }

    private static byte[] crafted(int id, long count) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        BinaryEncoder encoder = EncoderFactory.get().directBinaryEncoder(out, null);
        encoder.writeLong(count);
        encoder.writeFixed(new byte[] {2, 2, 2});
        return withHeader(id, out.toByteArray());
    }

    @Test
    void shouldRefuseTextThatIsNotUtf8() {
        byte[] bytes = written(Samples.jobFailure());
        bytes[6] = (byte) 0xC0; // the first letter of userId becomes half of a character

        assertThat(reasonOf(bytes)).isEqualTo(UndecodableReason.CORRUPT);
    }

    @Test
    void shouldTakeTextThatHoldsTheReplacementCharacterItself() {
        JobFailure sample = JobFailure.newBuilder(Samples.jobFailure())
                .setErrorMessage("a\uFFFDb")
                .build();

        assertThat(failures.deserialize("topic", written(sample))).isEqualTo(sample);
    }

    @Test
    void shouldNeverTakeAnOutageForBadDataAndReadOnAfterIt() {
        try (FakeRegistry registry = new FakeRegistry()) {
            registry.on("GET /schemas/ids/1", new Reply(500, ""));
            try (Deserializer<JobFailure> reader = AvroSerdes.deserializer(
                    JobFailure.class, Map.of("schema.registry.url", registry.url(), "redrive.registry.retries", 0))) {
                byte[] bytes = written(Samples.jobFailure());
                System.arraycopy(new byte[] {0, 0, 0, 0, 1}, 0, bytes, 0, 5);

                assertThatExceptionOfType(RegistryUnavailableException.class)
                        .isThrownBy(() -> reader.deserialize("topic", bytes));

                registry.on(
                        "GET /schemas/ids/1",
                        Reply.schema(JobFailure.getClassSchema().toString()));
                assertThat(reader.deserialize("topic", bytes)).isEqualTo(Samples.jobFailure());
            }
        }
    }

    @Test
    void shouldKeepTheDataOutOfMessages() {
        byte[] bytes = written(Samples.jobFailure());
        List<byte[]> wrong = List.of(
                Arrays.copyOf(bytes, bytes.length - 3),
                Arrays.copyOf(bytes, bytes.length + 3),
                "user-1".getBytes(java.nio.charset.StandardCharsets.UTF_8));

        for (byte[] one : wrong) {
            assertThatExceptionOfType(UndecodableException.class)
                    .isThrownBy(() -> failures.deserialize("topic", one))
                    .withMessageNotContaining("user-1");
        }
    }

    private static byte[] written(Schema writer, GenericRecord record, String field, Object value) throws IOException {
        record.put(field, value);
        int id = RegistryApi.InMemory.named("deserializer").register("generic", writer.toString(), false);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        BinaryEncoder encoder = EncoderFactory.get().directBinaryEncoder(out, null);
        new GenericDatumWriter<GenericRecord>(writer).write(record, encoder);
        return withHeader(id, out.toByteArray());
    }

    private static byte[] withHeader(int id, byte[] body) {
        return ByteBuffer.allocate(5 + body.length)
                .put((byte) 0)
                .putInt(id)
                .put(body)
                .array();
    }
}
