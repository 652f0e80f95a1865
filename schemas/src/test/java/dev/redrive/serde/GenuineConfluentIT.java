package dev.redrive.serde;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.redrive.avro.Alert;
import dev.redrive.serde.FakeRegistry.Reply;
import dev.redrive.serde.RegistryUnavailableException.RegistryAccessException;
import dev.redrive.serde.UndecodableException.UndecodableReason;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Holds this serde against Confluent's own classes: same calls of the registry, same bytes, either reads the other's. */
class GenuineConfluentIT {

    private final FakeRegistry registry = new FakeRegistry();
    private final ClassLoader before = Thread.currentThread().getContextClassLoader();

    @BeforeEach
    void showConfluentsClasses() throws IOException {
        Thread.currentThread().setContextClassLoader(new GenuineClasses(before));
    }

    @AfterEach
    void hideThem() throws IOException {
        ((GenuineClasses) Thread.currentThread().getContextClassLoader()).close();
        Thread.currentThread().setContextClassLoader(before);
        registry.close();
    }

    static List<SpecificRecord> samples() {
        return Samples.ALL;
    }

    private Map<String, Object> config(String impl) {
        return Map.of("schema.registry.url", registry.url(), "avro.serde.impl", impl, "redrive.registry.retries", 0);
    }

    @ParameterizedTest
    @MethodSource("samples")
    void shouldWriteTheSameBytesAndReadEachOthers(SpecificRecord sample) {
        registry.on("POST /subjects/t-value/versions", Reply.id(1))
                .on("GET /schemas/ids/1", Reply.schema(sample.getSchema().toString()));

        byte[] ours = written("redrive", sample);
        byte[] genuine = written("confluent", sample);

        assertThat(ours).isEqualTo(genuine);
        assertThat(registry.requests().get(0)).isEqualTo(registry.requests().get(1));
        assertThat(read("redrive", sample, genuine)).isEqualTo(sample);
        assertThat(read("confluent", sample, ours)).hasToString(sample.toString());
    }

    private byte[] written(String impl, SpecificRecord sample) {
        try (Serializer<SpecificRecord> serializer = AvroSerdes.serializer(SpecificRecord.class, config(impl))) {
            return serializer.serialize("t", sample);
        }
    }

    private Object read(String impl, SpecificRecord sample, byte[] bytes) {
        try (var deserializer = AvroSerdes.deserializer(sample.getClass(), config(impl))) {
            return deserializer.deserialize("t", bytes);
        }
    }

    @Test
    void shouldTellWhatConfluentsClassesThrowInItsOwnWords() {
        registry.on("POST /subjects/t-value/versions", Reply.id(1))
                .on("GET /schemas/ids/1", Reply.schema(Alert.getClassSchema().toString()))
                .on("GET /schemas/ids/3", new Reply(500, "{\"error_code\":50001,\"message\":\"down\"}"))
                .on("GET /schemas/ids/4", new Reply(401, "{\"error_code\":401,\"message\":\"who?\"}"));
        byte[] good = written("redrive", Samples.alert());
        Deserializer<Alert> reader = AvroSerdes.deserializer(Alert.class, config("confluent"));

        assertThat(reason(reader, new byte[] {1, 2, 3})).isEqualTo(UndecodableReason.NO_MAGIC_BYTE);
        assertThat(reason(reader, withId(good, 2))).isEqualTo(UndecodableReason.UNKNOWN_SCHEMA_ID);
        assertThat(reason(reader, Arrays.copyOf(good, good.length - 1))).isEqualTo(UndecodableReason.TRUNCATED);
        assertThatExceptionOfType(RegistryUnavailableException.class)
                .isThrownBy(() -> reader.deserialize("t", withId(good, 3)));
        assertThatExceptionOfType(RegistryAccessException.class)
                .isThrownBy(() -> reader.deserialize("t", withId(good, 4)));
        registry.close();
        assertThatExceptionOfType(RegistryUnavailableException.class)
                .isThrownBy(() -> reader.deserialize("t", withId(good, 5)));
    }

    static List<Arguments> answersAboutOneId() {
        return List.of(
                arguments(error(403, 40301), UndecodableReason.SCHEMA_REFUSED),
                arguments(error(400, 400), UndecodableReason.SCHEMA_REFUSED),
                arguments(error(404, 404), UndecodableReason.UNKNOWN_SCHEMA_ID),
                arguments(new Reply(404, "<html>not here</html>"), UndecodableReason.UNKNOWN_SCHEMA_ID),
                arguments(new Reply(200, "garbage"), UndecodableReason.INCOMPATIBLE_SCHEMA),
                arguments(Reply.schema("garbage"), UndecodableReason.INCOMPATIBLE_SCHEMA),
                arguments(Reply.schema("x".repeat(12_000_000)), UndecodableReason.INCOMPATIBLE_SCHEMA));
    }

    private static Reply error(int status, int code) {
        return new Reply(status, "{\"error_code\":" + code + ",\"message\":\"no\"}");
    }

    @ParameterizedTest
    @MethodSource("answersAboutOneId")
    void shouldTakeAnAnswerAboutOneIdForOneRecordsFault(Reply answer, UndecodableReason reason) {
        registry.on("GET /schemas/ids/7", answer);
        Deserializer<Alert> reader = AvroSerdes.deserializer(Alert.class, config("confluent"));

        assertThat(reason(reader, new byte[] {0, 0, 0, 0, 7, 1})).isEqualTo(reason);
    }

    @ParameterizedTest
    @ValueSource(ints = {401, 403, 429, 500, 503})
    void shouldTakeAnAnswerThatMayConcernEverySchemaForAnOutage(int status) {
        registry.on("GET /schemas/ids/7", new Reply(status, "{\"error_code\":" + status + ",\"message\":\"no\"}"));
        Deserializer<Alert> reader = AvroSerdes.deserializer(Alert.class, config("confluent"));

        assertThatExceptionOfType(RegistryUnavailableException.class)
                .isThrownBy(() -> reader.deserialize("t", new byte[] {0, 0, 0, 0, 7, 1}));
    }

    @Test
    void shouldNeverAskForANegativeId() {
        Deserializer<Alert> reader = AvroSerdes.deserializer(Alert.class, config("confluent"));

        assertThat(reason(reader, new byte[] {0, -1, -1, -1, -1, 1})).isEqualTo(UndecodableReason.UNKNOWN_SCHEMA_ID);
        assertThat(registry.requests()).isEmpty();
    }

    @Test
    void shouldTellARefusedSchema() {
        registry.on(
                "POST /subjects/t-value/versions", new Reply(409, "{\"error_code\":409,\"message\":\"incompatible\"}"));
        Serializer<Alert> writer = AvroSerdes.serializer(Alert.class, config("confluent"));

        assertThatExceptionOfType(SchemaRefusedException.class)
                .isThrownBy(() -> writer.serialize("t", Samples.alert()))
                .withMessageContaining("409");
    }

    @Test
    void shouldNameTheArtifactWhenTheClassesAreNotThere() {
        ClassLoader shown = Thread.currentThread().getContextClassLoader();
        Thread.currentThread().setContextClassLoader(before);
        try {
            assertThatExceptionOfType(ConfigException.class)
                    .isThrownBy(() -> AvroSerdes.serializer(Alert.class, config("confluent")))
                    .withMessageContaining("io.confluent:kafka-avro-serializer")
                    .withMessageContaining("lib/");
        } finally {
            Thread.currentThread().setContextClassLoader(shown);
        }
    }

    private static UndecodableReason reason(Deserializer<Alert> reader, byte[] bytes) {
        return catchThrowableOfType(UndecodableException.class, () -> reader.deserialize("t", bytes))
                .reason();
    }

    private static byte[] withId(byte[] bytes, int id) {
        byte[] other = bytes.clone();
        WireFormat.writeHeader(other, id);
        return other;
    }
}
