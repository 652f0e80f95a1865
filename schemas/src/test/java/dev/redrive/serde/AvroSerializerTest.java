package dev.redrive.serde;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.redrive.avro.Alert;
import dev.redrive.avro.JobFailure;
import dev.redrive.avro.JobLifecycle;
import dev.redrive.serde.FakeRegistry.Reply;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.avro.Schema;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.serialization.Serializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AvroSerializerTest {

    private static Map<String, Object> config(String url, Object... more) {
        Map<String, Object> config = new HashMap<>();
        config.put("schema.registry.url", url);
        for (int i = 0; i < more.length; i += 2) {
            config.put(more[i].toString(), more[i + 1]);
        }
        return config;
    }

    @ParameterizedTest
    @CsvSource({
        "TopicNameStrategy,                                                  t-value",
        "RecordNameStrategy,                                                 dev.redrive.avro.Alert",
        "TopicRecordNameStrategy,                                            t-dev.redrive.avro.Alert",
        "io.confluent.kafka.serializers.subject.TopicRecordNameStrategy,     t-dev.redrive.avro.Alert"
    })
    void shouldRegisterUnderTheSubjectThatTheStrategyNames(String strategy, String subject) {
        try (FakeRegistry registry = new FakeRegistry()) {
            registry.on("POST /subjects/" + subject + "/versions", Reply.id(0x01020304));
            Serializer<Alert> serializer =
                    AvroSerdes.serializer(Alert.class, config(registry.url(), "value.subject.name.strategy", strategy));

            byte[] bytes = serializer.serialize("t", Samples.alert());

            assertThat(bytes).startsWith(0, 1, 2, 3, 4);
            assertThat(registry.requests()).hasSize(1);
        }
    }

    @Test
    void shouldNameTheSubjectOfAKeyAfterTheKey() {
        try (FakeRegistry registry = new FakeRegistry();
                Serializer<Alert> serializer = new AvroSerializer<>()) {
            registry.on("POST /subjects/t-key/versions", Reply.id(1));
            serializer.configure(config(registry.url()), true);

            assertThat(serializer.serialize("t", Samples.alert())).isNotEmpty();
        }
    }

    @Test
    void shouldOnlyLookUpWhereSchemasAreNotRegistered() {
        try (FakeRegistry registry = new FakeRegistry()) {
            registry.on("POST /subjects/t-value?normalize=true", Reply.id(3));
            Serializer<Alert> serializer = AvroSerdes.serializer(
                    Alert.class, config(registry.url(), "auto.register.schemas", "false", "normalize.schemas", true));

            assertThat(serializer.serialize("t", Samples.alert())).startsWith(0, 0, 0, 0, 3);
            assertThatExceptionOfType(SchemaRefusedException.class)
                    .isThrownBy(() -> serializer.serialize("u", Samples.alert()));
        }
    }

    @Test
    void shouldRegisterTheReleasedTextWhenJavaPropertiesAreRemoved() throws Exception {
        Serializer<JobFailure> serializer =
                AvroSerdes.serializer(JobFailure.class, config("mock://plain", "avro.remove.java.properties", true));
        serializer.serialize("t", Samples.jobFailure());

        RegistryApi.Registered latest =
                Objects.requireNonNull(RegistryApi.InMemory.named("plain").latest("t-value"));

        assertThat(new Schema.Parser().parse(latest.text()))
                .isEqualTo(Released.schema(Released.latestOf("JobFailure"), "JobFailure"));
    }

    @Test
    void shouldGoOnAfterARecordThatLacksAField() {
        Serializer<JobLifecycle> serializer = AvroSerdes.serializer(JobLifecycle.class, config("mock://lacking"));
        byte[] good = serializer.serialize("t", Samples.jobLifecycle());

        assertThatThrownBy(() -> serializer.serialize("t", new JobLifecycle()))
                .isInstanceOf(SerializationException.class)
                .hasMessageContaining("dev.redrive.avro.JobLifecycle");

        assertThat(serializer.serialize("t", Samples.jobLifecycle())).isEqualTo(good);
    }

    @Test
    void shouldWriteTheSameBytesFromManyThreads() throws Exception {
        Serializer<SpecificRecord> serializer = AvroSerdes.serializer(SpecificRecord.class, config("mock://threads"));
        List<byte[]> expected = new ArrayList<>();
        Samples.ALL.forEach(sample -> expected.add(serializer.serialize("t", sample)));
        ExecutorService pool = Executors.newFixedThreadPool(4);
        try {
            List<Future<?>> runs = new ArrayList<>();
            for (int thread = 0; thread < 4; thread++) {
                runs.add(pool.submit(() -> {
                    for (int i = 0; i < 2_000; i++) {
                        int index = i % expected.size();
                        assertThat(serializer.serialize("t", Samples.ALL.get(index)))
                                .isEqualTo(expected.get(index));
                    }
                }));
            }
            for (Future<?> run : runs) {
                run.get();
            }
        } finally {
            pool.shutdownNow();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "auto.register.schemas,            maybe",
        "value.subject.name.strategy,      com.example.MyStrategy",
        "basic.auth.credentials.source,    SASL_INHERIT",
        "bearer.auth.credentials.source,   OAUTHBEARER",
        "redrive.registry.deadline.ms,     soon",
        "redrive.registry.retries,         -1",
        "redrive.registry.retires,         3",
        "schema.registry.url,              ftp://host",
        "schema.registry.url,              http://me:p@ss@host",
        "schema.registry.url,              http://host?a=b",
        "schema.registry.ssl.truststore.place, /x",
        "schema.registry.ssl.truststore.location, /does/not/exist",
        "schema.registry.ssl.endpoint.identification.algorithm, none",
        "use.schema.id,                    4",
        "avro.serde.impl,                  other"
    })
    void shouldRefuseAValueThatItDoesNotKnowAndNameTheKey(String key, String value) {
        assertThatExceptionOfType(ConfigException.class)
                .isThrownBy(() -> AvroSerdes.serializer(Alert.class, config("http://localhost:1", key, value)))
                .withMessageContaining(key.startsWith("schema.registry.ssl") ? "schema.registry.ssl" : key);
    }

    @Test
    void shouldNotRepeatCredentialsOfAUrlItCannotRead() {
        assertThatExceptionOfType(ConfigException.class)
                .isThrownBy(() -> AvroSerdes.serializer(Alert.class, config("http://me:hunter2@no host")))
                .withMessageNotContaining("hunter2");
    }

    @Test
    void shouldAskForTheUrl() {
        assertThatExceptionOfType(ConfigException.class)
                .isThrownBy(() -> AvroSerdes.serializer(Alert.class, Map.of()))
                .withMessageContaining("schema.registry.url");
    }
}
