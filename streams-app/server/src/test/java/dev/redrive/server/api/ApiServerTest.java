package dev.redrive.server.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.redrive.config.ConfigLoader;
import dev.redrive.config.ServerSettings;
import dev.redrive.server.api.ApiServer.ApiServerException;
import dev.redrive.server.index.IndexFile.IndexException;
import dev.redrive.server.index.IndexedHistory;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.time.Clock;
import java.time.ZoneOffset;
import java.util.Map;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ApiServerTest {

    private static final Clock CLOCK = Clock.fixed(ApiFixture.NOW, ZoneOffset.UTC);
    private static final String PASSWORD = "changeit-0123456789";

    @TempDir
    private Path directory;

    @ParameterizedTest
    @EnumSource
    void shouldAnswerWithTheReasonWhyTheIndexHasNoAnswer(IndexException.Reason reason) {
        RouteHandler failing = call -> {
            throw IndexedHistory.failure(reason);
        };
        try (ApiFixture api =
                new ApiFixture(ApiFixture.settings(Map.of()), CLOCK, Map.of(ApiRoute.LETTER_COUNTS, failing))) {
            HttpResponse<String> answer = api.send(api.request("/v1/dead-letters/counts", null));

            assertThat(answer.body()).contains("\"reason\":\"" + reason + "\"");
            assertThat(answer.statusCode()).isEqualTo(reason == IndexException.Reason.QUERY_TOO_LONG ? 400 : 503);
        }
    }

    private ApiFixture start(Map<String, String> settings) {
        return new ApiFixture(ApiFixture.settings(settings), CLOCK, Map.of());
    }

    private Path keyStore() throws IOException, InterruptedException {
        Path file = directory.resolve("server.p12");
        Process keytool = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-alias",
                        "server",
                        "-keyalg",
                        "EC",
                        "-storetype",
                        "PKCS12",
                        "-keystore",
                        file.toString(),
                        "-storepass",
                        PASSWORD,
                        "-dname",
                        "CN=localhost",
                        "-ext",
                        "SAN=dns:localhost,ip:127.0.0.1")
                .redirectErrorStream(true)
                .start();
        assertThat(keytool.waitFor()).isZero();
        return file;
    }

    private static HttpClient trusting(Path keyStore) throws IOException, GeneralSecurityException {
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(keyStore)) {
            trusted.load(in, PASSWORD.toCharArray());
        }
        KeyStore certificate = KeyStore.getInstance("PKCS12");
        certificate.load(null, null);
        certificate.setCertificateEntry("server", trusted.getCertificate("server"));
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(certificate);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, trust.getTrustManagers(), null);
        return HttpClient.newBuilder().sslContext(context).build();
    }

    @Test
    void shouldServeTlsWithTheCertificateOfTheKeyStore() throws Exception {
        Path keyStore = keyStore();
        Path config = directory.resolve("redrive.yaml");
        Files.writeString(
                config, "server: {port: 0, tls: {keyStore: " + keyStore + ", password: '${env:KEY_STORE_PASSWORD}'}}");
        ServerSettings settings = ConfigLoader.load(config, Map.of("KEY_STORE_PASSWORD", PASSWORD))
                .server();
        try (ApiFixture api = new ApiFixture(settings, CLOCK, Map.of())) {
            URI url = api.server.url();

            assertThat(url.getScheme()).isEqualTo("https");
            assertThat(trusting(keyStore)
                            .send(
                                    HttpRequest.newBuilder(url.resolve("/v1/health"))
                                            .build(),
                                    BodyHandlers.ofString())
                            .statusCode())
                    .isEqualTo(200);
            assertThat(api.raw("GET /v1/health HTTP/1.1\r\nHost: localhost\r\n\r\n"))
                    .doesNotContain("200 OK");
        }
    }

    @Test
    void shouldNameThePortThatCannotBeOpened() {
        try (ApiFixture first = start(Map.of())) {
            String port = Integer.toString(first.server.url().getPort());

            assertThatThrownBy(() -> start(Map.of("REDRIVE_SERVER__PORT", port)))
                    .isInstanceOf(ApiServerException.class)
                    .hasMessageContaining("127.0.0.1:" + port)
                    .hasMessageContaining("server.port");
        }
    }

    @Test
    void shouldTakeCallersOnLoopbackAsLocalWhereThereIsNoTokensFile() {
        try (ApiFixture api = start(Map.of())) {
            for (ApiRoute route : ApiRoute.values()) {
                assertThat(api.send(api.request(route, null)).statusCode()).isEqualTo(200);
            }
            assertThat(api.reached).containsExactly(ApiRoute.values());
        }
    }

    @Test
    void shouldAnswerWithoutDetailsWhenAHandlerFails() {
        Map<ApiRoute, RouteHandler> failing = Map.of(ApiRoute.HEALTH, call -> {
            throw new IllegalStateException("secret detail");
        });
        try (ApiFixture api = new ApiFixture(ApiFixture.settings(Map.of()), CLOCK, failing)) {
            var answer = api.send(api.request(ApiRoute.HEALTH, null));

            assertThat(answer.statusCode()).isEqualTo(500);
            assertThat(answer.body()).contains("\"reason\":\"INTERNAL\"").doesNotContain("secret", "Exception");
        }
    }

    @Test
    void shouldCountRequestsByTheirResultAndFailedAuthentications() throws IOException {
        String tokens = ApiFixture.tokens(directory).toString();
        try (ApiFixture api = start(Map.of("REDRIVE_SERVER__TOKENS", tokens))) {
            api.send(api.request(ApiRoute.HEALTH, ApiFixture.VIEWER));
            api.send(api.request(ApiRoute.HEALTH, null));
            api.send(api.request(ApiRoute.HEALTH, "nobody"));
            api.server.close();

            assertThat(api.counted("redrive.server.requests", "result", "ANSWERED"))
                    .isEqualTo(1);
            assertThat(api.counted("redrive.server.requests", "result", "REFUSED"))
                    .isEqualTo(2);
            assertThat(api.counted("redrive.server.authentication.failures")).isEqualTo(2);
        }
    }
}
