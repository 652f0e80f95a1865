package dev.redrive.dev;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.redrive.dev.DevInstance.DevException;
import dev.redrive.http.RawHttp;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DevRegistryTest {

    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    private static final String SONG = record("{\"name\":\"id\",\"type\":\"string\"}");
    private static final String SONG_SPACED = SONG.replace(",", " ,\n ");
    private static final String SONG_WITH_TITLE =
            record("{\"name\":\"id\",\"type\":\"string\"},{\"name\":\"title\",\"type\":\"string\",\"default\":\"\"}");
    private static final String SONG_WITH_REQUIRED_TITLE =
            record("{\"name\":\"id\",\"type\":\"string\"},{\"name\":\"title\",\"type\":\"string\"}");

    @TempDir
    private Path directory;

    private DevRegistry registry;

    @BeforeEach
    void start() {
        registry = DevRegistry.start(directory, 0);
    }

    @AfterEach
    void stop() {
        registry.close();
    }

    @Test
    void shouldGiveOneIdToOneSchemaUnderEverySubject() throws Exception {
        int id = register("a-value", SONG);

        assertThat(register("a-value", SONG)).isEqualTo(id);
        assertThat(register("b-value", SONG_SPACED)).isEqualTo(id);
        assertThat(json("GET", "/subjects/a-value/versions", null)).isEqualTo(JSON.readTree("[1]"));
        assertThat(json("GET", "/schemas/ids/" + id, null).path("schema").asText())
                .isEqualTo(SONG);
        assertThat(json("GET", "/subjects", null)).isEqualTo(JSON.readTree("[\"a-value\",\"b-value\"]"));
    }

    @Test
    void shouldAnswerInTheProtocolsContentType() throws Exception {
        HttpResponse<String> response = send("GET", "/", null);

        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.body()).isEqualTo("{}");
        assertThat(response.headers().firstValue("Content-Type")).contains("application/vnd.schemaregistry.v1+json");
    }

    @Test
    void shouldFindASchemaByItsContentAndItsVersion() throws Exception {
        register("a-value", SONG);
        int second = register("a-value", SONG_WITH_TITLE);

        JsonNode found = json("POST", "/subjects/a-value", body(SONG_WITH_TITLE));
        assertThat(found.path("version").asInt()).isEqualTo(2);
        assertThat(found.path("id").asInt()).isEqualTo(second);
        assertThat(json("GET", "/subjects/a-value/versions/latest", null)).isEqualTo(found);
        assertThat(json("GET", "/subjects/a-value/versions/1", null)
                        .path("schema")
                        .asText())
                .isEqualTo(SONG);
    }

    @Test
    void shouldRefuseAnIncompatibleSchemaAndNameSubjectAndField() throws Exception {
        register("a-value", SONG);

        HttpResponse<String> response = send("POST", "/subjects/a-value/versions", body(SONG_WITH_REQUIRED_TITLE));

        assertThat(response.statusCode()).isEqualTo(409);
        JsonNode error = JSON.readTree(response.body());
        assertThat(error.path("error_code").asInt()).isEqualTo(409);
        assertThat(error.path("message").asText()).contains("\"a-value\"", "field 'title'", "BACKWARD");
        assertThat(json("POST", "/compatibility/subjects/a-value/versions/latest", body(SONG_WITH_REQUIRED_TITLE))
                        .path("is_compatible")
                        .asBoolean())
                .isFalse();
        assertThat(json("POST", "/compatibility/subjects/a-value/versions/latest", body(SONG_WITH_TITLE))
                        .path("is_compatible")
                        .asBoolean())
                .isTrue();
    }

    @Test
    void shouldTakeTheSubjectsOwnCompatibilityBeforeTheGlobalOne() throws Exception {
        register("a-value", SONG);
        assertThat(send("GET", "/config/a-value", null).body()).contains("40408");

        json("PUT", "/config/a-value", "{\"compatibility\":\"NONE\"}");

        assertThat(register("a-value", SONG_WITH_REQUIRED_TITLE)).isPositive();
        assertThat(json("GET", "/config/a-value", null)
                        .path("compatibilityLevel")
                        .asText())
                .isEqualTo("NONE");
        assertThat(json("GET", "/config", null).path("compatibilityLevel").asText())
                .isEqualTo("BACKWARD");
        assertThat(json("GET", "/config/other?defaultToGlobal=true", null)
                        .path("compatibilityLevel")
                        .asText())
                .isEqualTo("BACKWARD");
    }

    @Test
    void shouldLookAtAllEarlierVersionsWhereTheLevelIsTransitive() throws Exception {
        // Given a field that went, so that the level before last has a required one that is unknown now
        json("PUT", "/config", "{\"compatibility\":\"NONE\"}");
        register("a-value", SONG_WITH_REQUIRED_TITLE.replace("\"string\"}]", "\"long\"}]"));
        register("a-value", SONG);

        json("PUT", "/config", "{\"compatibility\":\"BACKWARD\"}");
        assertThat(compatible(SONG_WITH_TITLE)).isTrue();
        json("PUT", "/config", "{\"compatibility\":\"BACKWARD_TRANSITIVE\"}");
        assertThat(compatible(SONG_WITH_TITLE)).isFalse();
    }

    private boolean compatible(String schema) throws Exception {
        return json("POST", "/compatibility/subjects/a-value/versions", body(schema))
                .path("is_compatible")
                .asBoolean();
    }

    @ParameterizedTest
    @CsvSource({
        "GET, /subjects/none/versions, 404, 40401",
        "POST, /subjects/none, 404, 40401",
        "GET, /subjects/a-value/versions/7, 404, 40402",
        "GET, /subjects/a-value/versions/x, 422, 42202",
        "GET, /schemas/ids/2, 404, 40403",
        "GET, /nowhere, 404, 404",
        "PUT, /subjects/a-value, 405, 405",
        "DELETE, /subjects/a-value, 405, 405",
    })
    void shouldAnswerErrorsByTheProtocolsCodes(String method, String path, int status, int code) throws Exception {
        register("a-value", SONG);

        HttpResponse<String> response = send(method, path, body(SONG));

        assertThat(response.statusCode()).isEqualTo(status);
        assertThat(JSON.readTree(response.body()).path("error_code").asInt()).isEqualTo(code);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"schema\":\"{\\\"type\\\":\\\"nope\\\"}\"} | 422 | 42201",
                "{\"schema\":7} | 422 | 42201",
                "{\"schema\":\"\\\"string\\\"\",\"schemaType\":\"PROTOBUF\"} | 422 | 42201",
                "{\"schema\":\"\\\"string\\\"\",\"references\":[{\"name\":\"x\"}]} | 422 | 42201",
                "{\"schema\" | 400 | 400",
            })
    void shouldRefuseBodiesThatHoldNoAvroSchema(String body, int status, int code) throws Exception {
        HttpResponse<String> response = send("POST", "/subjects/a-value/versions", body);

        assertThat(response.statusCode()).isEqualTo(status);
        assertThat(JSON.readTree(response.body()).path("error_code").asInt()).isEqualTo(code);
    }

    @Test
    void shouldRefuseABodyThatIsTooLarge() throws Exception {
        HttpResponse<String> response = send("POST", "/subjects/a-value/versions", " ".repeat(1_048_577));

        assertThat(response.statusCode()).isEqualTo(413);
    }

    @Test
    void shouldContinueOnTheSamePortWithWhatItKnew() throws Exception {
        int id = register("a/b value", SONG);
        json("PUT", "/config", "{\"compatibility\":\"FULL\"}");
        int port = registry.port();

        registry.close();
        registry = DevRegistry.start(directory, port);

        assertThat(json("GET", "/subjects", null)).isEqualTo(JSON.readTree("[\"a/b value\"]"));
        assertThat(json("GET", "/schemas/ids/" + id, null).path("schema").asText())
                .isEqualTo(SONG);
        assertThat(json("GET", "/config", null).path("compatibilityLevel").asText())
                .isEqualTo("FULL");
    }

    @Test
    void shouldGiveTheSameIdsAgainAfterItsFileWasLost() throws Exception {
        int id = register("a-value", SONG);

        registry.close();
        Files.delete(directory.resolve("registry.json"));
        registry = DevRegistry.start(directory, 0);

        assertThat(register("other-value", SONG_WITH_TITLE)).isNotEqualTo(id);
        assertThat(register("a-value", SONG)).isEqualTo(id);
    }

    @Test
    void shouldReadAFileThatAFormerReleaseHasWritten(@TempDir Path other) throws Exception {
        int id = register("a-value", SONG);
        Files.writeString(
                other.resolve("registry.json"),
                "{\"level\":\"FULL\",\"schemas\":{\"" + id + "\":" + JSON.writeValueAsString(SONG)
                        + "},\"subjects\":{\"a-value\":{\"level\":null,\"versions\":[{\"version\":3,\"id\":" + id
                        + ",\"deleted\":false}]}}}");

        registry.close();
        registry = DevRegistry.start(other, 0);

        assertThat(json("GET", "/subjects/a-value/versions", null)).isEqualTo(JSON.readTree("[3]"));
        assertThat(register("a-value", SONG)).isEqualTo(id);
    }

    @Test
    void shouldNotStartOnAFileThatItCannotRead(@TempDir Path other) throws Exception {
        Files.writeString(other.resolve("registry.json"), "{\"level\":");

        assertThatThrownBy(() -> DevRegistry.start(other, 0))
                .isInstanceOfSatisfying(
                        DevException.class, e -> assertThat(e.reason()).isEqualTo(DevException.Reason.DATA_UNREADABLE));
        Files.delete(other.resolve("registry.json"));
        DevRegistry.start(other, 0).close();
    }

    @Test
    void shouldNotStartTwiceOnOnePort(@TempDir Path other) {
        assertThatThrownBy(() -> DevRegistry.start(other, registry.port()))
                .isInstanceOfSatisfying(
                        DevException.class, e -> assertThat(e.reason()).isEqualTo(DevException.Reason.PORT_IN_USE));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "application/xml"})
    void shouldTakeWritesInJsonOnly(String contentType) throws Exception {
        HttpResponse<String> refused =
                send("POST", "/subjects/a-value/versions", body(SONG), "Content-Type", contentType);
        HttpResponse<String> level =
                send("PUT", "/config", "{\"compatibility\":\"NONE\"}", "Content-Type", contentType);

        assertThat(refused.statusCode()).isEqualTo(415);
        assertThat(JSON.readTree(refused.body()).path("message").asText()).contains("application/json");
        assertThat(level.statusCode()).isEqualTo(415);
        assertThat(send("GET", "/subjects", null).body()).isEqualTo("[]");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "application/json",
                "application/json; charset=utf-8",
                "application/vnd.schemaregistry+json",
                "application/vnd.schemaregistry.v1+json"
            })
    void shouldTakeWritesInEveryJsonOfTheProtocol(String contentType) throws Exception {
        assertThat(send("POST", "/subjects/a-value/versions", body(SONG), "Content-Type", contentType)
                        .statusCode())
                .isEqualTo(200);
    }

    @ParameterizedTest
    @CsvSource({
        "Origin, https://evil.example",
        "Origin, null",
        "Origin, http://localhost:1",
        "Sec-Fetch-Site, cross-site",
        "Sec-Fetch-Site, same-site",
    })
    void shouldRefusePagesOfOtherSites(String header, String value) throws Exception {
        HttpResponse<String> write = send(
                "POST", "/subjects/a-value/versions", body(SONG), "Content-Type", "application/json", header, value);

        assertThat(write.statusCode()).isEqualTo(403);
        assertThat(write.body()).contains("FOREIGN_ORIGIN");
        assertThat(send("GET", "/subjects", null, header, value).statusCode()).isEqualTo(403);
        assertThat(send("DELETE", "/config", null, header, value).statusCode()).isEqualTo(403);
        assertThat(send("GET", "/subjects", null).body()).isEqualTo("[]");
    }

    @Test
    void shouldAnswerToTheNamesOfThisMachineOnly() throws Exception {
        // Given a name that an attacker's name server binds to 127.0.0.1 after his page was loaded from it
        String rebound = RawHttp.ask(registry.port(), "GET /subjects HTTP/1.1\r\nHost: evil.example:8081\r\n\r\n");

        assertThat(rebound).startsWith("HTTP/1.1 403 ").contains("FOREIGN_HOST");
        for (String name : List.of("localhost", "127.0.0.1", "[::1]", "registry.localhost")) {
            assertThat(RawHttp.ask(
                            registry.port(),
                            "GET /subjects HTTP/1.1\r\nHost: " + name + ":" + registry.port() + "\r\n\r\n"))
                    .startsWith("HTTP/1.1 200 ");
        }
    }

    @Test
    void shouldAnswerWhileManyRequestsAreHalfSent() throws Exception {
        String half = "POST /subjects/a-value/versions HTTP/1.1\r\nHost: localhost\r\n"
                + "Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{";
        try (RawHttp.HalfOpen many = RawHttp.halfOpen(registry.port(), 500, half)) {
            assertThat(register("a-value", SONG)).isPositive();
            assertThat(many.count()).isEqualTo(500);
        }
    }

    private int register(String subject, String schema) throws Exception {
        String path = "/subjects/" + subject.replace(" ", "%20").replace("/", "%2F") + "/versions";
        return json("POST", path, body(schema)).path("id").asInt();
    }

    private JsonNode json(String method, String path, @Nullable String body) throws Exception {
        HttpResponse<String> response = send(method, path, body);
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        return JSON.readTree(response.body());
    }

    private HttpResponse<String> send(String method, String path, @Nullable String body) throws Exception {
        return send(method, path, body, "Content-Type", "application/vnd.schemaregistry.v1+json");
    }

    private HttpResponse<String> send(String method, String path, @Nullable String body, String... headers)
            throws Exception {
        return HTTP.send(
                HttpRequest.newBuilder(URI.create(registry.url() + path))
                        .headers(headers)
                        .method(method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body))
                        .build(),
                BodyHandlers.ofString());
    }

    private static String body(String schema) throws Exception {
        return JSON.writeValueAsString(Map.of("schema", schema));
    }

    private static String record(String fields) {
        return "{\"type\":\"record\",\"name\":\"Song\",\"fields\":[" + fields + "]}";
    }
}
