package dev.redrive.serde;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.redrive.avro.Alert;
import dev.redrive.avro.JobFailure;
import dev.redrive.serde.FakeRegistry.Reply;
import dev.redrive.serde.RegistryUnavailableException.RegistryAccessException;
import dev.redrive.serde.UndecodableException.UndecodableReason;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.avro.Schema;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class RegistryClientTest {

    private static final Schema SCHEMA = JobFailure.getClassSchema();
    private static final String BY_ID = FakeRegistry.JOB_FAILURE_BY_ID;
    private static final String SUBJECTS = "GET /subjects";
    private static final Reply NO_SUBJECTS = new Reply(200, "[]");

    private final FakeRegistry registry = new FakeRegistry();

    @AfterEach
    void stop() {
        registry.close();
    }

    private static RegistryClient client(String url, Object... more) {
        Map<String, Object> config = new HashMap<>(Map.of(
                "schema.registry.url", url,
                "redrive.registry.backoff.ms", 1,
                "redrive.registry.deadline.ms", 5_000));
        for (int i = 0; i < more.length; i += 2) {
            config.put(more[i].toString(), more[i + 1]);
        }
        return RegistryClient.shared(config);
    }

    private static String deadUrl() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return "http://localhost:" + socket.getLocalPort();
        }
    }

    @Test
    void shouldAskForASchemaOnce() {
        registry.on(BY_ID, Reply.schema(SCHEMA.toString()));
        RegistryClient client = client(registry.url());

        assertThat(client.schema(1)).isEqualTo(SCHEMA);
        assertThat(client.schema(1)).isEqualTo(SCHEMA);
        assertThat(registry.requests()).hasSize(1);
    }

    @Test
    void shouldAskTheNextUrlWhenOneIsDown() throws IOException {
        registry.on(BY_ID, Reply.schema(SCHEMA.toString()));

        assertThat(client(deadUrl() + " , " + registry.url() + "/").schema(1)).isEqualTo(SCHEMA);
    }

    @Test
    void shouldStayWithTheUrlThatAnswered() {
        try (FakeRegistry failing = new FakeRegistry()) {
            failing.on(BY_ID, new Reply(503, ""));
            registry.on(BY_ID, Reply.schema(SCHEMA.toString())).on("GET /schemas/ids/2", Reply.schema("\"string\""));
            RegistryClient client = client(failing.url() + "," + registry.url());

            assertThat(client.schema(1)).isEqualTo(SCHEMA);
            assertThat(client.schema(2)).isEqualTo(Schema.create(Schema.Type.STRING));

            assertThat(failing.requests()).hasSize(1);
            assertThat(registry.requests()).hasSize(2);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {408, 429, 500, 502, 503, 504})
    void shouldTryAgainWhatMayPass(int status) {
        AtomicInteger calls = new AtomicInteger();
        registry.on(
                BY_ID,
                request -> calls.incrementAndGet() < 3
                        ? new Reply(status, "{\"error_code\":50002}")
                        : Reply.schema(SCHEMA.toString()));

        assertThat(client(registry.url()).schema(1)).isEqualTo(SCHEMA);
        assertThat(calls).hasValue(3);
    }

    @Test
    void shouldTellAnOutageAsSuchAndRecoverFromIt() {
        registry.on(BY_ID, new Reply(503, ""));
        RegistryClient client = client(registry.url(), "redrive.registry.retries", 1);

        assertThatExceptionOfType(RegistryUnavailableException.class)
                .isThrownBy(() -> client.schema(1))
                .withMessageContaining("503");
        assertThat(registry.requests()).hasSize(2);

        registry.on(BY_ID, Reply.schema(SCHEMA.toString()));
        assertThat(client.schema(1)).isEqualTo(SCHEMA);
    }

    @Test
    void shouldTellAnOutageWhenNobodyListens() throws IOException {
        RegistryClient client = client(deadUrl(), "redrive.registry.retries", 0);

        assertThatExceptionOfType(RegistryUnavailableException.class)
                .isThrownBy(() -> client.schema(1))
                .withMessageContaining("ConnectException");
    }

    @Test
    void shouldGiveUpAtTheDeadlineHoweverManyTriesAreLeft() {
        registry.hangOn(BY_ID);
        RegistryClient client = client(
                registry.url() + "," + registry.url() + "/",
                "redrive.registry.deadline.ms",
                300,
                "redrive.registry.request.timeout.ms",
                100,
                "redrive.registry.retries",
                100);
        long start = System.nanoTime();

        assertThatExceptionOfType(RegistryUnavailableException.class).isThrownBy(() -> client.schema(1));

        assertThat(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start)).isBetween(200L, 3_000L);
        assertThat(registry.requests()).hasSizeBetween(2, 5);
    }

    @Test
    void shouldTellAnUnknownIdFromAnOutage() {
        registry.on(BY_ID, Reply.UNKNOWN_ID);

        assertThatExceptionOfType(UndecodableException.class)
                .isThrownBy(() -> client(registry.url()).schema(1))
                .satisfies(e -> assertThat(e.reason()).isEqualTo(UndecodableReason.UNKNOWN_SCHEMA_ID));
    }

    @ParameterizedTest
    @ValueSource(ints = {401, 403})
    void shouldNeverTakeARefusedCredentialForBadData(int status) {
        registry.on(BY_ID, new Reply(status, "{\"error_code\":" + status + ",\"message\":\"no\"}"));
        RegistryClient client = client(
                registry.url(), "basic.auth.credentials.source", "USER_INFO", "basic.auth.user.info", "me:hunter2");

        assertThatExceptionOfType(RegistryAccessException.class)
                .isThrownBy(() -> client.schema(1))
                .withMessageContaining(Integer.toString(status))
                .withMessageNotContaining("hunter2");
        assertThat(registry.requests())
                .extracting(FakeRegistry.Request::line)
                .containsOnlyOnce(BY_ID)
                .isSubsetOf(BY_ID, SUBJECTS);
    }

    /** What may be an answer about one id: of a registry that gives this one to nobody, or to others. */
    static List<Arguments> answersAboutOneId() {
        String big = "x".repeat(12_000_000);
        return List.of(
                arguments(error(403, 40301), UndecodableReason.SCHEMA_REFUSED),
                arguments(error(403, 403), UndecodableReason.SCHEMA_REFUSED),
                arguments(new Reply(403, "<html>no</html>"), UndecodableReason.SCHEMA_REFUSED),
                arguments(error(400, 400), UndecodableReason.SCHEMA_REFUSED),
                arguments(new Reply(400, ""), UndecodableReason.SCHEMA_REFUSED),
                arguments(error(422, 42201), UndecodableReason.SCHEMA_REFUSED),
                arguments(new Reply(302, "http://localhost/elsewhere"), UndecodableReason.SCHEMA_REFUSED),
                arguments(error(404, 40403), UndecodableReason.UNKNOWN_SCHEMA_ID),
                arguments(error(404, 404), UndecodableReason.UNKNOWN_SCHEMA_ID),
                arguments(new Reply(404, "<html>not here</html>"), UndecodableReason.UNKNOWN_SCHEMA_ID),
                arguments(new Reply(200, "garbage"), UndecodableReason.INCOMPATIBLE_SCHEMA),
                arguments(new Reply(200, ""), UndecodableReason.INCOMPATIBLE_SCHEMA),
                arguments(new Reply(200, "{\"schema\":5}"), UndecodableReason.INCOMPATIBLE_SCHEMA),
                arguments(Reply.schema("{\"type\":\"record\",\"fields\":5}"), UndecodableReason.INCOMPATIBLE_SCHEMA),
                arguments(Reply.schema("[".repeat(100_000)), UndecodableReason.INCOMPATIBLE_SCHEMA),
                arguments(Reply.schema(big), UndecodableReason.INCOMPATIBLE_SCHEMA),
                arguments(new Reply(404, big), UndecodableReason.UNKNOWN_SCHEMA_ID));
    }

    private static Reply error(int status, int code) {
        return new Reply(status, "{\"error_code\":" + code + ",\"message\":\"no\"}");
    }

    @ParameterizedTest
    @MethodSource("answersAboutOneId")
    void shouldTakeAnAnswerAboutOneIdForOneRecordsFault(Reply answer, UndecodableReason reason) {
        // Given a registry that gives every schema but one
        registry.on(BY_ID, answer)
                .on("GET /schemas/ids/2", Reply.schema("\"string\""))
                .on(SUBJECTS, NO_SUBJECTS);
        RegistryClient client = client(registry.url());

        // When that one is asked for, then the reason is a stable one, and the answer is told
        UndecodableException e = catchThrowableOfType(UndecodableException.class, () -> client.schema(1));
        assertThat(e.reason()).isEqualTo(reason);
        if (answer.status() != 200) {
            assertThat(e).hasMessageContaining("status " + answer.status());
        }
        assertThat(e.getMessage()).hasSizeLessThan(1_000);

        // Then it is not asked for with each record, and others are read
        int asked = registry.requests().size();
        assertThatExceptionOfType(UndecodableException.class)
                .isThrownBy(() -> client.schema(1))
                .withMessage(e.getMessage());
        assertThat(registry.requests()).hasSize(asked);
        assertThat(client.schema(2)).isEqualTo(Schema.create(Schema.Type.STRING));
    }

    @Test
    void shouldNameStatusAndCodeOfARefusal() {
        registry.on(BY_ID, error(403, 40301));

        assertThatExceptionOfType(UndecodableException.class)
                .isThrownBy(() -> client(registry.url()).schema(1))
                .withMessageContaining("id 1")
                .withMessageContaining("status 403")
                .withMessageContaining("error code 40301");
    }

    @ParameterizedTest
    @ValueSource(ints = {401, 403, 404, 429, 503})
    void shouldNotTrustADoubtfulAnswerWhereTheRegistryDoesNotListItsSubjects(int status) {
        registry.on(BY_ID, new Reply(404, "default backend - 404")).on(SUBJECTS, new Reply(status, "<html></html>"));

        assertThatExceptionOfType(RegistryUnavailableException.class)
                .isThrownBy(() ->
                        client(registry.url(), "redrive.registry.retries", 0).schema(1));
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, Integer.MIN_VALUE})
    void shouldNeverAskForANegativeId(int id) {
        assertThatExceptionOfType(UndecodableException.class)
                .isThrownBy(() -> client(registry.url()).schema(id))
                .withMessageContaining(Integer.toString(id))
                .satisfies(e -> assertThat(e.reason()).isEqualTo(UndecodableReason.UNKNOWN_SCHEMA_ID));
        assertThat(registry.requests()).isEmpty();
    }

    @Test
    void shouldNeverTakeAWrongUrlForBadData() {
        registry.on("GET /wrong/schemas/ids/1", new Reply(404, "<html>not here</html>"))
                .on("GET /moved/schemas/ids/1", new Reply(302, "http://localhost/elsewhere"))
                .on("GET /other/schemas/ids/1", new Reply(200, "{\"hello\":\"world\"}"));

        for (String path : new String[] {"/wrong", "/moved", "/other"}) {
            assertThatExceptionOfType(RegistryAccessException.class)
                    .isThrownBy(() -> client(registry.url() + path).schema(1))
                    .withMessageContaining("schema.registry.url");
        }
    }

    @Test
    void shouldRefuseAnAnswerThatIsTooLong() {
        registry.on(BY_ID, Reply.schema("x".repeat(10_000))).on(SUBJECTS, NO_SUBJECTS);
        RegistryClient client =
                client(registry.url(), "redrive.registry.max.response.bytes", 2_000, "redrive.registry.retries", 0);

        assertThatExceptionOfType(UndecodableException.class)
                .isThrownBy(() -> client.schema(1))
                .withMessageContaining("2000 bytes");
    }

    @Test
    void shouldTellASchemaThatAvroCannotRead() {
        registry.on(BY_ID, Reply.schema("message Proto {}"))
                .on("GET /schemas/ids/2", new Reply(200, "{\"schemaType\":\"PROTOBUF\",\"schema\":\"x\"}"));
        RegistryClient client = client(registry.url());

        for (int id = 1; id <= 2; id++) {
            int asked = id;
            UndecodableException e = catchThrowableOfType(UndecodableException.class, () -> client.schema(asked));
            assertThat(e.reason()).isEqualTo(UndecodableReason.INCOMPATIBLE_SCHEMA);
        }
    }

    @Test
    void shouldRegisterASchemaOnceForEachSubject() {
        registry.on("POST /subjects/jobs.a-value/versions", Reply.id(7))
                .on("POST /subjects/jobs.b%2Fc%20d-value/versions?normalize=true", Reply.id(8));
        RegistryClient client = client(registry.url());

        assertThat(client.register("jobs.a-value", SCHEMA, false)).isEqualTo(7);
        assertThat(client.register("jobs.a-value", SCHEMA, false)).isEqualTo(7);
        assertThat(client.register("jobs.b/c d-value", SCHEMA, true)).isEqualTo(8);

        assertThat(registry.requests()).hasSize(2);
        assertThat(registry.requests().get(0).contentType()).isEqualTo("application/vnd.schemaregistry.v1+json");
        assertThat(registry.requests().get(0).body()).startsWith("{\"schema\":\"{\\\"type\\\":\\\"record\\\"");
    }

    @ParameterizedTest
    @ValueSource(ints = {409, 422})
    void shouldTellWhichSchemaWasRefusedAndWhy(int status) {
        registry.on(
                "POST /subjects/t-value/versions",
                new Reply(status, "{\"error_code\":" + status + ",\"message\":\"incompatible: userId\"}"));

        assertThatExceptionOfType(SchemaRefusedException.class)
                .isThrownBy(() -> client(registry.url()).register("t-value", SCHEMA, false))
                .withMessageContaining("incompatible: userId")
                .satisfies(e -> assertThat(e.subject()).isEqualTo("t-value"));
    }

    @Test
    void shouldLookUpWithoutRegistering() {
        registry.on("POST /subjects/t-value", new Reply(200, "{\"subject\":\"t-value\",\"id\":9,\"version\":1}"));
        RegistryClient client = client(registry.url());

        assertThat(client.lookUp("t-value", SCHEMA, false)).isEqualTo(9);
        assertThatExceptionOfType(SchemaRefusedException.class)
                .isThrownBy(() -> client.lookUp("other-value", SCHEMA, false))
                .withMessageContaining("auto.register.schemas");
    }

    @Test
    void shouldTakeTheLatestVersionOnlyWhileItsRecordsHaveTheSameBytes() {
        String same = Models.withoutJavaProperties(SCHEMA).toString();
        registry.on("GET /subjects/t-value/versions/latest", latest(same))
                .on(
                        "GET /subjects/u-value/versions/latest",
                        latest(Alert.getClassSchema().toString()));
        RegistryClient client = client(registry.url());

        assertThat(client.latest("t-value", SCHEMA)).isEqualTo(5);
        assertThatExceptionOfType(SchemaRefusedException.class)
                .isThrownBy(() -> client.latest("u-value", SCHEMA))
                .withMessageContaining("other fields");
    }

    private static Reply latest(String schema) {
        return new Reply(200, Reply.schema(schema).body().replaceFirst("\\{", "{\"id\":5,"));
    }

    @Test
    void shouldSendTheCredentialsThatAreConfigured() {
        registry.on(BY_ID, Reply.schema("\"string\""));
        String basic = "Basic bWU6c2VjcmV0"; // me:secret

        assertThat(client("http://me:secret@" + registry.address()).schema(1)).isNotNull();
        assertThat(client(
                                registry.url(),
                                "schema.registry.basic.auth.credentials.source",
                                "USER_INFO",
                                "schema.registry.basic.auth.user.info",
                                "me:secret")
                        .schema(1))
                .isNotNull();
        assertThat(client(
                                registry.url(),
                                "bearer.auth.credentials.source",
                                "STATIC_TOKEN",
                                "bearer.auth.token",
                                "token-1")
                        .schema(1))
                .isNotNull();
        assertThat(client(registry.url()).schema(1)).isNotNull();

        assertThat(registry.requests())
                .extracting(FakeRegistry.Request::authorization)
                .containsExactly(basic, basic, "Bearer token-1", "");
    }

    @Test
    void shouldShareOneClientAmongEqualSettingsOnly() {
        RegistryClient one = client("http://localhost:1", "auto.register.schemas", true);

        assertThat(client("http://localhost:1", "auto.register.schemas", false)).isSameAs(one);
        assertThat(client("http://localhost:2")).isNotSameAs(one);
        assertThat(client("http://a:b@localhost:1")).isNotSameAs(one);
    }
}
