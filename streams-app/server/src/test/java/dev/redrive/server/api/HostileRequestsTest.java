package dev.redrive.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests that nobody sends in good faith, to every route: refused with a stable reason, and never a failure. */
class HostileRequestsTest {

    private static final JsonMapper JSON = new JsonMapper();

    private static ApiFixture api;

    @BeforeAll
    static void start(@TempDir Path directory) throws IOException {
        String tokens = ApiFixture.tokens(directory).toString();
        api = new ApiFixture(
                ApiFixture.settings(
                        Map.of("REDRIVE_SERVER__TOKENS", tokens, "REDRIVE_SERVER__ALLOWED_HOSTS", "redrive.example")),
                Clock.fixed(ApiFixture.NOW, ZoneOffset.UTC),
                Map.of());
    }

    @AfterAll
    static void stop() {
        assertThat(api.counted("redrive.server.requests", "result", "FAILED")).isZero();
        api.close();
    }

    @BeforeEach
    void forget() {
        api.reached.clear();
    }

    static Stream<ApiRoute> guarded() {
        return Stream.of(ApiRoute.values()).filter(route -> route.role() != null);
    }

    static Stream<ApiRoute> writing() {
        return Stream.of(ApiRoute.values()).filter(route -> route.body() != ApiRoute.Body.NONE);
    }

    static Stream<ApiRoute> ofOneObject() {
        return writing().filter(route -> route.body() != ApiRoute.Body.RECORDS);
    }

    private static void refused(HttpResponse<String> answer, ApiError error) {
        assertThat(answer.body()).doesNotContain("Exception", "at dev.redrive", "org.eclipse");
        JsonNode problem;
        try {
            problem = JSON.readTree(answer.body());
        } catch (IOException e) {
            throw new AssertionError("no JSON: " + answer.body(), e);
        }
        assertThat(problem.path("reason").asText()).isEqualTo(error.name());
        assertThat(answer.statusCode()).isEqualTo(error.status());
        assertThat(problem.path("status").asInt()).isEqualTo(error.status());
        assertThat(problem.path("title").asText()).isEqualTo(error.title());
        assertThat(answer.headers().firstValue("content-type"))
                .hasValueSatisfying(type -> assertThat(type).startsWith("application/problem+json"));
        assertThat(answer.headers().firstValue("x-content-type-options")).hasValue("nosniff");
        assertThat(answer.headers().firstValue("cache-control")).hasValue("no-store");
        assertThat(api.reached).isEmpty();
    }

    private static HttpRequest.Builder post(ApiRoute route, String body) {
        return api.request(ApiFixture.path(route), ApiFixture.ADMIN)
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(body));
    }

    @ParameterizedTest
    @EnumSource
    void shouldAdmitAValidRequest(ApiRoute route) {
        HttpResponse<String> answer = api.send(api.request(route, ApiFixture.ADMIN));

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(api.reached).containsExactly(route);
        assertThat(answer.headers().firstValue("content-security-policy"))
                .hasValue("default-src 'none'; frame-ancestors 'none'");
        assertThat(answer.headers().firstValue("server")).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("guarded")
    void shouldRequireAToken(ApiRoute route) {
        refused(api.send(api.request(route, null)), ApiError.UNAUTHENTICATED);
        refused(api.send(api.request(route, "viewer-token-012345678")), ApiError.UNAUTHENTICATED);
        refused(api.send(api.request(route, null).header("Authorization", "Basic YTpi")), ApiError.UNAUTHENTICATED);
        refused(
                api.send(api.request(route, null).header("Authorization", "Bearer " + "x".repeat(4_000))),
                ApiError.UNAUTHENTICATED);
    }

    @ParameterizedTest
    @MethodSource("guarded")
    void shouldRequireTheRole(ApiRoute route) {
        String weak =
                route.role() == dev.redrive.config.ServerSettings.Role.INGEST ? ApiFixture.VIEWER : ApiFixture.INGESTER;

        refused(api.send(api.request(route, weak)), ApiError.ROLE_MISSING);
    }

    @ParameterizedTest
    @MethodSource("writing")
    void shouldLetNoBoundCallerWrite(ApiRoute route) {
        HttpResponse<String> answer = api.send(api.request(route, ApiFixture.BOUND));

        if (route.role() != null) {
            refused(answer, ApiError.ROLE_MISSING);
        }
    }

    @ParameterizedTest
    @EnumSource
    void shouldRefuseAForeignHost(ApiRoute route) throws IOException {
        String body = route.body() == ApiRoute.Body.NONE ? "" : "{}";
        String head = route.method().name() + " " + ApiFixture.path(route) + " HTTP/1.1\r\nAuthorization: Bearer "
                + ApiFixture.ADMIN + "\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: "
                + body.length() + "\r\n";

        for (String host : List.of("evil.example", "127.0.0.1.evil.example", "redrive.example@evil", "")) {
            String answer = api.raw(head + "Host: " + host + "\r\n\r\n" + body);
            assertThat(answer).matches("(?s)HTTP/1.1 (403|400) .*").containsAnyOf("FOREIGN_HOST", "REQUEST_MALFORMED");
        }
        assertThat(api.reached).isEmpty();
        assertThat(api.raw(head + "Host: redrive.example:8443\r\n\r\n" + body)).startsWith("HTTP/1.1 200 ");
        assertThat(api.raw(head + "Host: localhost\r\n\r\n" + body)).startsWith("HTTP/1.1 200 ");
    }

    @ParameterizedTest
    @EnumSource
    void shouldRefusePagesOfOtherSites(ApiRoute route) {
        for (String origin : List.of("https://evil.example", "null", "http://127.0.0.1", "::not a uri::")) {
            refused(api.send(api.request(route, ApiFixture.ADMIN).header("Origin", origin)), ApiError.FOREIGN_ORIGIN);
        }
        for (String site : List.of("cross-site", "same-site", "x")) {
            refused(
                    api.send(api.request(route, ApiFixture.ADMIN).header("Sec-Fetch-Site", site)),
                    ApiError.FOREIGN_ORIGIN);
        }
        assertThat(api.send(api.request(route, ApiFixture.ADMIN)
                                .header("Origin", api.server.url().toString())
                                .header("Sec-Fetch-Site", "same-origin"))
                        .statusCode())
                .isEqualTo(200);
    }

    @ParameterizedTest
    @EnumSource
    void shouldRefuseOtherMethods(ApiRoute route) throws IOException {
        for (String method :
                List.of("HEAD", "TRACE", "OPTIONS", "PUT", "PATCH", "DELETE", "CONNECT", "PROPFIND", "get")) {
            String answer = api.raw(method + " " + ApiFixture.path(route)
                    + " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + ApiFixture.ADMIN
                    + "\r\nConnection: close\r\n\r\n");
            assertThat(answer)
                    .as(method)
                    .matches("(?s)HTTP/1.1 4\\d\\d .*")
                    .doesNotContain(ApiFixture.ADMIN, "Exception");
        }
        String other = route.body() == ApiRoute.Body.NONE ? "POST" : "GET";
        if (Stream.of(ApiRoute.values())
                .anyMatch(each ->
                        each.path().equals(route.path()) && each.method().name().equals(other))) {
            return;
        }
        HttpResponse<String> answer = api.send(api.request(ApiFixture.path(route), ApiFixture.ADMIN)
                .header("Content-Type", "application/json")
                .method(other, BodyPublishers.noBody()));
        refused(answer, ApiError.METHOD_NOT_ALLOWED);
    }

    @ParameterizedTest
    @MethodSource("writing")
    void shouldRefuseOtherMediaTypesAndEncodings(ApiRoute route) {
        for (String type : List.of(
                "text/plain",
                "application/x-www-form-urlencoded",
                "multipart/form-data; boundary=x",
                "application/jsonp",
                "*/*")) {
            refused(
                    api.send(api.request(ApiFixture.path(route), ApiFixture.ADMIN)
                            .header("Content-Type", type)
                            .POST(BodyPublishers.ofString("{}"))),
                    ApiError.MEDIA_TYPE_UNSUPPORTED);
        }
        refused(
                api.send(api.request(ApiFixture.path(route), ApiFixture.ADMIN).POST(BodyPublishers.ofString("{}"))),
                ApiError.MEDIA_TYPE_UNSUPPORTED);
        refused(api.send(post(route, "{}").header("Content-Encoding", "gzip")), ApiError.ENCODING_UNSUPPORTED);
        refused(
                api.send(api.request(ApiFixture.path(route), ApiFixture.ADMIN)
                        .header("Content-Type", "application/json; charset=utf-16")
                        .POST(BodyPublishers.ofString("{}"))),
                ApiError.ENCODING_UNSUPPORTED);
    }

    @ParameterizedTest
    @MethodSource("ofOneObject")
    void shouldRefuseMalformedJson(ApiRoute route) {
        List<String> malformed = new ArrayList<>(List.of(
                "",
                "{",
                "{\"a\":1}{\"b\":2}",
                "{\"a\":1} x",
                "{\"a\":1,\"a\":2}",
                "{'a':1}",
                "{\"a\":NaN}",
                "// comment\n{}",
                "{\"a\":01}",
                "[".repeat(5_000),
                "{\"a\":" + "1".repeat(200) + "}",
                "{\"a\":\"" + "x".repeat(10) + "\u0000\"}"));

        for (String body : malformed) {
            refused(api.send(post(route, body)), ApiError.BODY_MALFORMED);
        }
        refused(
                api.send(api.request(ApiFixture.path(route), ApiFixture.ADMIN)
                        .header("Content-Type", "application/json")
                        .POST(BodyPublishers.ofByteArray(new byte[] {'{', '"', (byte) 0xc0, (byte) 0x80, '"'}))),
                ApiError.BODY_MALFORMED);
        for (String body : List.of("[]", "1", "null", "\"x\"")) {
            refused(api.send(post(route, body)), ApiError.BODY_INVALID);
        }
    }

    @ParameterizedTest
    @MethodSource("writing")
    void shouldRefuseALargeBody(ApiRoute route) {
        int tooLarge = route.body().maxBytes() + 1;
        byte[] body = new byte[tooLarge];
        java.util.Arrays.fill(body, (byte) ' ');

        refused(
                api.send(api.request(ApiFixture.path(route), ApiFixture.ADMIN)
                        .header("Content-Type", "application/json")
                        .POST(BodyPublishers.ofByteArray(body))),
                ApiError.BODY_TOO_LARGE);
        // Without a length: chunked.
        refused(
                api.send(api.request(ApiFixture.path(route), ApiFixture.ADMIN)
                        .header("Content-Type", "application/json")
                        .POST(BodyPublishers.fromPublisher(BodyPublishers.ofByteArray(body)))),
                ApiError.BODY_TOO_LARGE);
    }

    @ParameterizedTest
    @EnumSource
    void shouldRefuseALargeHeader(ApiRoute route) throws IOException {
        String answer = api.raw(route.method().name() + " " + ApiFixture.path(route)
                + " HTTP/1.1\r\nHost: localhost\r\nX-Long: " + "x".repeat(9_000) + "\r\n\r\n");

        assertThat(answer).startsWith("HTTP/1.1 431 ").contains("HEADER_TOO_LARGE");
        assertThat(api.raw(route.method().name() + " " + ApiFixture.path(route) + "/" + "x".repeat(9_000)
                        + " HTTP/1.1\r\nHost: localhost\r\n\r\n"))
                .matches("(?s)HTTP/1.1 (414|431) .*");
    }

    @ParameterizedTest
    @EnumSource
    void shouldRefuseUnknownAndRepeatedParameters(ApiRoute route) {
        for (String query : List.of("?unknown=1", "?%6", "?x=%ff", "?a=1&a=2")) {
            HttpRequest.Builder request =
                    api.request(ApiFixture.path(route) + query.replace("%6", "%256"), ApiFixture.ADMIN);
            refused(
                    api.send(
                            route.body() == ApiRoute.Body.NONE
                                    ? request
                                    : request.header("Content-Type", "application/json")
                                            .POST(BodyPublishers.ofString("{}"))),
                    ApiError.PARAMETER_INVALID);
        }
    }

    @ParameterizedTest
    @EnumSource
    void shouldRefuseLongPathsAndQueriesThatFitIntoAHeader(ApiRoute route) throws IOException {
        for (String target : List.of(
                ApiFixture.path(route) + "/" + "x/".repeat(3_500),
                ApiFixture.path(route) + "?x=" + "y".repeat(7_000),
                ApiFixture.path(route) + "?" + "&".repeat(7_000),
                ApiFixture.path(route) + "/a/b/c/d/" + "%41".repeat(2_300))) {
            String body = route.body() == ApiRoute.Body.NONE ? "" : "{}";
            String answer = api.raw(route.method().name() + " " + target
                    + " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + ApiFixture.ADMIN
                    + "\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: " + body.length()
                    + "\r\n\r\n" + body);

            assertThat(answer).matches("(?s)HTTP/1.1 4\\d\\d .*");
        }
        String host = api.raw("GET /v1/health HTTP/1.1\r\nHost: " + "a.".repeat(3_000) + "localhost\r\n\r\n");
        assertThat(host).matches("(?s)HTTP/1.1 4\\d\\d .*");
        assertThat(api.reached).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/v1/../v1/health",
                "/v1/%2e%2e/health",
                "/v1/%2E/health",
                "//v1/health",
                "/v1//health",
                "/v1/health;x=1",
                "/v1/health%00",
                "/v1/health\\x",
                "/v1/%c0%ae/health",
                "/v1/hea%zzlth",
                "/v1/%u0041",
                "/v1/commands/a%2f..%2f..",
                "/v1%2fhealth",
                "/V1/health",
                "/v1/health/",
                "/v1/nothing",
                "/",
                "*",
                "http://evil.example/v1/health",
            })
    void shouldRefusePathTricks(String path) throws IOException {
        String answer = api.raw("GET " + path + " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer "
                + ApiFixture.ADMIN + "\r\nConnection: close\r\n\r\n");

        if (path.equals("/v1/commands/a%2f..%2f..")) {
            assertThat(answer).startsWith("HTTP/1.1 200 ");
        } else {
            assertThat(answer).matches("(?s)HTTP/1.1 4\\d\\d .*").doesNotContain("Exception", "jetty");
            assertThat(api.reached).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET /v1/health HTTP/1.1\r\n\r\n",
                "GET /v1/health HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n",
                "GET /v1/health HTTP/9.9\r\nHost: localhost\r\n\r\n",
                "GET  /v1/health\r\n\r\n",
                "\u0000\u0001\u0002\r\n\r\n",
                "POST /v1/failures HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                "POST /v1/failures HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
                "POST /v1/failures HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999999999999\r\n\r\n",
                "GET /v1/health HTTP/1.1\r\nHost: localhost\r\nX: a\r\n b\r\n\r\n",
                "GET /v1/health HTTP/1.1\r\nHost : localhost\r\n\r\n",
                "GET /v1/health HTTP/1.1\r\nHost: localhost\r\nX\u0000: a\r\n\r\n",
            })
    void shouldRefuseWhatIsNoHttp(String request) throws IOException {
        String answer = api.raw(request);

        assertThat(answer).matches("(?s)HTTP/1.1 (4\\d\\d|505|501) .*").doesNotContain("Exception", "<html");
        assertThat(api.reached).isEmpty();
    }

    @Test
    void shouldRefuseABodyThatEndsEarlyOrHasBadChunks() throws IOException {
        String head = "POST /v1/failures HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + ApiFixture.ADMIN
                + "\r\nContent-Type: application/json\r\n";

        assertThat(api.raw(head + "Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n"))
                .startsWith("HTTP/1.1 400 ");
        api.raw(head + "Content-Length: 100\r\n\r\n{}");

        assertThat(api.reached).isEmpty();
    }

    @Test
    void shouldAnswerWhileManyConnectionsAreOpen() throws IOException {
        List<java.net.Socket> open = new ArrayList<>();
        try {
            for (int i = 0; i < 500; i++) {
                java.net.Socket socket =
                        new java.net.Socket("127.0.0.1", api.server.url().getPort());
                socket.getOutputStream()
                        .write("GET /v1/health HTTP/1.1\r\nHost: loc".getBytes(StandardCharsets.US_ASCII));
                open.add(socket);
            }

            assertThat(api.send(api.request(ApiRoute.HEALTH, ApiFixture.ADMIN)).statusCode())
                    .isEqualTo(200);
        } finally {
            for (java.net.Socket socket : open) {
                socket.close();
            }
        }
    }
}
