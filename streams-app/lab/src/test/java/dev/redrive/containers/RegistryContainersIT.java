package dev.redrive.containers;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.redrive.avro.Alert;
import dev.redrive.avro.ErrorRate;
import dev.redrive.avro.FailureCause;
import dev.redrive.avro.JobFailure;
import dev.redrive.avro.Outcome;
import dev.redrive.avro.UserState;
import dev.redrive.config.RedriveConfig;
import dev.redrive.publish.FailurePublisher;
import dev.redrive.publish.JobContext;
import dev.redrive.runtime.RedrivePipeline;
import dev.redrive.serde.AvroDeserializer;
import dev.redrive.serde.AvroSerializer;
import dev.redrive.serde.RegistryClient;
import dev.redrive.serde.RegistryUnavailableException;
import dev.redrive.serde.RegistryUnavailableException.RegistryAccessException;
import dev.redrive.serde.SchemaRefusedException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.avro.Schema;
import org.apache.avro.specific.SpecificRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The serde and the pipeline with a registry that others wrote. */
@NeedsDocker
class RegistryContainersIT {

    private static final JobFailure FAILURE = failure("job-1");

    @Test
    void shouldRegisterLookUpAndRead(Containers containers) {
        String url = containers.registryUrl();

        // Given a schema that is registered by the first record
        byte[] written = serializer(Map.of("schema.registry.url", url)).serialize("look-up", FAILURE);

        // When others only look it up, or take the latest version, then they write the same bytes
        Map<String, Object> lookUp = Map.of("schema.registry.url", url, "auto.register.schemas", false);
        Map<String, Object> latest =
                Map.of("schema.registry.url", url, "auto.register.schemas", false, "use.latest.version", true);
        assertThat(serializer(lookUp).serialize("look-up", FAILURE)).isEqualTo(written);
        assertThat(serializer(latest).serialize("look-up", FAILURE)).isEqualTo(written);

        // And a reader with a cache of its own reads it
        assertThat(readAfresh(url, written)).isEqualTo(FAILURE);

        // And a subject that has no version is told by name
        assertThatThrownBy(() -> serializer(lookUp).serialize("never-written", FAILURE))
                .isInstanceOf(SchemaRefusedException.class)
                .hasMessageContaining("never-written-value");
    }

    @Test
    void shouldTellSubjectAndFieldWhereASchemaIsNotCompatible(Containers containers) {
        // Given the schema of failures under a subject
        RegistryClient registry = RegistryClient.shared(Map.of("schema.registry.url", containers.registryUrl()));
        registry.register("grown-value", JobFailure.getClassSchema(), false);

        // When a version with one field more, without a default, is offered, then it is refused by name
        assertThatThrownBy(() -> registry.register("grown-value", withField("surprise"), false))
                .isInstanceOf(SchemaRefusedException.class)
                .hasMessageContaining("grown-value")
                .hasMessageContaining("surprise");
    }

    @Test
    void shouldGoOnWithTheNextUrlWhereOneFails(Containers containers) throws Exception {
        try (RegistryGate first = containers.gate(null);
                RegistryGate second = containers.gate(null)) {
            // Given three registries, of which one refuses connections and one answers 503
            String gone = "http://127.0.0.1:9/apis/ccompat/v7";
            first.shut();

            // When a record is written, then the third has registered it
            byte[] written = serializer(Map.of("schema.registry.url", gone + "," + first.url() + "," + second.url()))
                    .serialize("fail-over", FAILURE);
            assertThat(second.passed()).isPositive();
            assertThat(readAfresh(containers.registryUrl(), written)).isEqualTo(FAILURE);
        }
    }

    @Test
    void shouldShowItsCredentials(Containers containers) throws Exception {
        String basic = "Basic " + Base64.getEncoder().encodeToString("redrive:s3cret".getBytes(UTF_8));
        try (RegistryGate basicGate = containers.gate(basic);
                RegistryGate bearerGate = containers.gate("Bearer t0ken")) {
            Map<String, Object> userInfo = new HashMap<>(Map.of(
                    "schema.registry.url", basicGate.url(),
                    "basic.auth.credentials.source", "USER_INFO",
                    "basic.auth.user.info", "redrive:s3cret"));
            serializer(userInfo).serialize("credentials", FAILURE);
            serializer(Map.of("schema.registry.url", basicGate.url("redrive:s3cret")))
                    .serialize("credentials", FAILURE);
            serializer(Map.of(
                            "schema.registry.url", bearerGate.url(),
                            "bearer.auth.credentials.source", "STATIC_TOKEN",
                            "bearer.auth.token", "t0ken"))
                    .serialize("credentials", FAILURE);
            assertThat(basicGate.passed()).isEqualTo(2);
            assertThat(bearerGate.passed()).isEqualTo(1);

            // When they are wrong, then the message tells what to check, and not what was shown
            userInfo.put("basic.auth.user.info", "redrive:wr0ng");
            assertThatThrownBy(() -> serializer(userInfo).serialize("credentials", FAILURE))
                    .isInstanceOf(RegistryAccessException.class)
                    .hasMessageContaining("401")
                    .hasMessageContaining("basic.auth")
                    .hasMessageNotContaining("wr0ng");
        }
    }

    @Test
    void shouldWaitForARegistryThatIsDownAtTheStartAndOutlastOneThatFreezes(
            Containers containers, @TempDir Path directory) throws Exception {
        try (RegistryGate gate = containers.gate(null)) {
            // Given a pipeline that starts while its registry answers 503, and a failure that waits for it
            gate.shut();
            RedriveConfig config = containers.pipeline(directory, "outage", gate.url());
            try (FailurePublisher publisher = containers.publisher(config, containers.registryUrl());
                    var outcomes =
                            new Committed<>(containers, config.topics().names().outcomes(), Outcome.class);
                    RedrivePipeline pipeline = containers.run(config)) {
                publisher.publish(failure("job-1"), null).get(30, TimeUnit.SECONDS);
                outcomes.await(none -> gate.turnedAway() >= 5);
                assertThat(outcomes.read()).isEmpty();

                // When the registry is there, then the failure is taken, and all that follows from it is written
                gate.reopen();
                assertThat(outcomes.await(1).get(0).value().getOutcome()).isEqualTo("DEAD_LETTERED");
                awaitOne(containers, config.topics().names().users(), UserState.class);
                awaitOne(containers, config.topics().names().errorRates(), ErrorRate.class);
                awaitOne(containers, config.topics().names().alerts(), Alert.class);

                // When it freezes, then what knows its schemas goes on, and what does not is told so in time
                containers.freezeRegistry();
                try {
                    publisher.publish(failure("job-2"), null).get(30, TimeUnit.SECONDS);
                    outcomes.await(2);
                    assertThatThrownBy(() -> serializer(Map.of(
                                            "schema.registry.url", containers.registryUrl(),
                                            "redrive.registry.request.timeout.ms", 300,
                                            "redrive.registry.deadline.ms", 1_000))
                                    .serialize("frozen", FAILURE))
                            .isInstanceOf(RegistryUnavailableException.class)
                            .isNotInstanceOf(RegistryAccessException.class);
                } finally {
                    containers.thawRegistry();
                }
                assertThat(serializer(Map.of("schema.registry.url", containers.registryUrl()))
                                .serialize("thawed", FAILURE))
                        .isNotEmpty();
                assertThat(pipeline.failed()).isFalse();
            }
        }
    }

    @Test
    void shouldRunOnWithTheSecondRegistryAndItsCredentialsWhereTheFirstGoes(
            Containers containers, @TempDir Path directory) throws Exception {
        try (RegistryGate first = containers.gate("Bearer t0ken");
                RegistryGate second = containers.gate("Bearer t0ken")) {
            // Given a pipeline that has worked with the first of two registries
            RedriveConfig config = containers.pipeline(
                    directory,
                    "two-registries",
                    first.url(),
                    Map.of(
                            "REDRIVE_SCHEMA_REGISTRY__URL", first.url() + "," + second.url(),
                            "REDRIVE_SCHEMA_REGISTRY__PROPERTIES__BEARER_AUTH_CREDENTIALS_SOURCE", "STATIC_TOKEN",
                            "REDRIVE_SCHEMA_REGISTRY__PROPERTIES__BEARER_AUTH_TOKEN", "t0ken"));
            try (FailurePublisher publisher = containers.publisher(config, containers.registryUrl());
                    var outcomes =
                            new Committed<>(containers, config.topics().names().outcomes(), Outcome.class);
                    RedrivePipeline pipeline = containers.run(config)) {
                publisher.publish(failure("job-1"), null).get(30, TimeUnit.SECONDS);
                outcomes.await(1);
                assertThat(first.passed()).isPositive();
                assertThat(second.passed()).isZero();

                // When that one goes, and a kind of record comes that the pipeline has not read before
                first.shut();
                publisher
                        .submitted(JobContext.of("user-1", "job-2", "music", "music.song.generate")
                                .build())
                        .get(30, TimeUnit.SECONDS);

                // Then the second tells its schema, and no thread has failed
                outcomes.await(2);
                assertThat(second.passed()).isPositive();
                assertThat(pipeline.registryFailures()).isZero();
            }
        }
    }

    private static <T extends SpecificRecord> void awaitOne(Containers containers, String topic, Class<T> type) {
        try (var committed = new Committed<>(containers, topic, type)) {
            committed.await(1);
        }
    }

    private static AvroSerializer<JobFailure> serializer(Map<String, Object> config) {
        AvroSerializer<JobFailure> serializer = new AvroSerializer<>();
        serializer.configure(config, false);
        return serializer;
    }

    /** Reads with a client that has seen no schema yet; clients are shared by equal settings. */
    private static JobFailure readAfresh(String url, byte[] written) {
        AvroDeserializer<JobFailure> reader = new AvroDeserializer<>(JobFailure.class);
        reader.configure(Map.of("schema.registry.url", url, "redrive.registry.unknown.id.ttl.ms", 1), false);
        return reader.deserialize("any", written);
    }

    private static Schema withField(String name) {
        Schema original = JobFailure.getClassSchema();
        List<Schema.Field> fields = new ArrayList<>();
        original.getFields().forEach(field -> fields.add(new Schema.Field(field, field.schema())));
        fields.add(new Schema.Field(name, Schema.create(Schema.Type.STRING)));
        return Schema.createRecord(original.getName(), original.getDoc(), original.getNamespace(), false, fields);
    }

    private static JobFailure failure(String jobId) {
        return JobFailure.newBuilder()
                .setUserId("user-1")
                .setJobId(jobId)
                .setAttempt(1)
                .setService("music")
                .setOperation("music.song.generate")
                .setCause(FailureCause.RESPONSE)
                .setHttpStatus(404)
                .setFailedAt(Instant.parse("2026-01-02T03:04:05.678Z"))
                .build();
    }
}
