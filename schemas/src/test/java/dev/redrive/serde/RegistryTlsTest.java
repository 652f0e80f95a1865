package dev.redrive.serde;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import dev.redrive.serde.FakeRegistry.Reply;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.apache.avro.Schema;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RegistryTlsTest {

    private static final String PASSWORD = "changeit";
    private static final Schema TEXT = Schema.create(Schema.Type.STRING);

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private static Path folder;

    @SuppressWarnings("NullAway.Init")
    private static FakeRegistry registry;

    @BeforeAll
    static void serve() throws Exception {
        Path keys = folder.resolve("keys.p12");
        Process keytool = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-alias",
                        "registry",
                        "-keyalg",
                        "EC",
                        "-dname",
                        "CN=localhost",
                        "-ext",
                        "san=dns:localhost",
                        "-validity",
                        "3650",
                        "-storetype",
                        "PKCS12",
                        "-keystore",
                        keys.toString(),
                        "-storepass",
                        PASSWORD)
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("keytool.log").toFile())
                .start();
        assertThat(keytool.waitFor()).isZero();
        HttpsServer server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setHttpsConfigurator(new HttpsConfigurator(serverContext(keys)));
        registry = new FakeRegistry(server).on("GET /schemas/ids/1", Reply.schema(TEXT.toString()));
    }

    @AfterAll
    static void stop() {
        registry.close();
    }

    private static SSLContext serverContext(Path keys) throws Exception {
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(keys)) {
            store.load(in, PASSWORD.toCharArray());
        }
        String certificate = Base64.getMimeEncoder()
                .encodeToString(store.getCertificate("registry").getEncoded());
        Files.writeString(
                folder.resolve("trust.pem"),
                "-----BEGIN CERTIFICATE-----\n" + certificate + "\n-----END CERTIFICATE-----\n");
        KeyManagerFactory managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        managers.init(store, PASSWORD.toCharArray());
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(managers.getKeyManagers(), null, null);
        return context;
    }

    private static RegistryClient client(Map<String, ?> ssl) {
        Map<String, Object> config = new HashMap<>(ssl);
        config.put("schema.registry.url", "https://" + registry.address());
        config.put("redrive.registry.retries", 0);
        return RegistryClient.shared(config);
    }

    @Test
    void shouldTrustTheCertificateOfATruststore() {
        RegistryClient client = client(Map.of(
                "schema.registry.ssl.truststore.location",
                folder.resolve("keys.p12").toString(),
                "schema.registry.ssl.truststore.password",
                PASSWORD,
                "schema.registry.ssl.truststore.type",
                "PKCS12"));

        assertThat(client.schema(1)).isEqualTo(TEXT);
    }

    @Test
    void shouldTrustTheCertificateOfAPemFile() {
        RegistryClient client = client(Map.of(
                "schema.registry.ssl.truststore.location",
                folder.resolve("trust.pem").toString(),
                "schema.registry.ssl.truststore.type",
                "PEM"));

        assertThat(client.schema(1)).isEqualTo(TEXT);
    }

    @Test
    void shouldTrustNobodyElse() {
        assertThatExceptionOfType(RegistryUnavailableException.class)
                .isThrownBy(() -> client(Map.of()).schema(1))
                .withMessageContaining("SSLHandshakeException");
    }
}
