package dev.redrive.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.redrive.config.ClientProperties.Secret;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@NullMarked
class SecretsTest {

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path dir;

    private Path config(String properties) throws IOException {
        Path file = dir.resolve("redrive.yaml");
        Files.writeString(file, "kafka:\n  properties:\n" + properties.indent(4));
        return file;
    }

    @Test
    void shouldPutInSecretsAndNeverShowThem() throws IOException {
        Path secret = Files.writeString(dir.resolve("password"), "pass$1\\word\n");
        Path file = config("""
            sasl.jaas.config: module username="u" password="${file:%s}";
            some.setting: ${env:ELSEWHERE}
            ssl.keystore.password: written-here
            literal: $${kept}
            plain: shown\
            """.formatted(secret));

        RedriveConfig config = ConfigLoader.load(file, Map.of("ELSEWHERE", "from-environment"));

        assertThat(config.kafka().properties().values())
                .containsEntry("sasl.jaas.config", "module username=\"u\" password=\"pass$1\\word\";")
                .containsEntry("some.setting", "from-environment")
                .containsEntry("literal", "${kept}");
        assertThat(config + ConfigPrinter.print(config))
                .doesNotContain("word\";", "from-environment", "written-here")
                .contains("plain: shown", ClientProperties.MASK);
    }

    @Test
    void shouldRefuseReferencesThatLeadNowhere() throws IOException {
        Path file = config("""
            a: ${file:/no/such/file}
            b: ${env:NOT_SET}
            c: ${NOT_SET}
            d: ${env:OPEN\
            """);

        assertThatThrownBy(() -> ConfigLoader.load(file, Map.of("NOT_SET_EITHER", "x")))
                .hasMessageContaining("redrive.yaml:3: kafka.properties.a: refers to a file that cannot be read")
                .hasMessageContaining("redrive.yaml:4: kafka.properties.b: refers to the environment variable NOT_SET")
                .hasMessageContaining(
                        "redrive.yaml:5: kafka.properties.c: refers to nothing known; write ${file:/path}")
                .hasMessageContaining("redrive.yaml:6: kafka.properties.d: refers to nothing known");
    }

    @Test
    void shouldNotShowASecretInAMessage() throws IOException {
        Path file = Files.writeString(dir.resolve("redrive.yaml"), "retry: {maxAttempts: '${env:PASSWORD}'}");

        assertThatThrownBy(() -> ConfigLoader.load(file, Map.of("PASSWORD", "hidden")))
                .hasMessageContaining("is no whole number")
                .hasMessageNotContaining("hidden");
    }

    @Test
    void shouldPrintWhatLoadsToTheSameConfiguration() throws IOException {
        Path file = config("literal: $${kept}\nquoted: \"it's\"");
        RedriveConfig config = ConfigLoader.load(file, Map.of("REDRIVE_RETRY__MAX_AGE", "90s"));
        Path printed = Files.writeString(dir.resolve("printed.yaml"), ConfigPrinter.print(config));

        RedriveConfig again = ConfigLoader.load(printed, Map.of());

        assertThat(ConfigPrinter.print(again))
                .isEqualTo(ConfigPrinter.print(config))
                .contains("maxAge: 90s");
        assertThat(again.retry()).isEqualTo(config.retry());
        assertThat(again.kafka()).isEqualTo(config.kafka());
    }

    @Test
    void shouldNotPrintWhatOrdinaryKeysReferTo() throws IOException {
        Path secret = Files.writeString(dir.resolve("secret"), "from-file\n");
        Path file = Files.writeString(dir.resolve("redrive.yaml"), """
            applicationId: ${env:NAME}
            kafka: {bootstrapServers: ['${file:%s}:9092', 'shown:9092']}
            topics: {prefix: 'p-${env:NAME}.'}
            retry: {maxAttempts: "${env:COUNT}"}
            streams: {stateDir: /shown}
            """.formatted(secret));

        RedriveConfig config = ConfigLoader.load(
                file, Map.of("NAME", "hidden", "COUNT", "734", "REDRIVE_STREAMS__INSTANCE_ID", "${env:NAME}"));

        assertThat(config.applicationId()).isEqualTo("hidden");
        assertThat(config.retry().maxAttempts()).isEqualTo(734);
        assertThat(config.streams().instanceId()).isEqualTo("hidden");
        assertThat(config + ConfigPrinter.print(config))
                .doesNotContain("hidden", "from-file", "734")
                .contains("stateDir: /shown", "applicationId: '" + ClientProperties.MASK + "'");
    }

    @Test
    void shouldKeepWhatWasReferredToOutOfEveryMessage() throws IOException {
        Path file = Files.writeString(dir.resolve("redrive.yaml"), """
            kafka: {bootstrapServers: '${env:SERVERS}'}
            streams: {threads: "${env:COUNT}"}
            topics: {prefix: '${env:PREFIX}'}
            """);

        assertThatThrownBy(() -> ConfigLoader.load(
                        file,
                        Map.of("SERVERS", "first-secret,second-secret", "COUNT", "987654321", "PREFIX", "my prefix")))
                .hasMessageContaining("kafka.bootstrapServers: '" + ClientProperties.MASK + "' is no broker")
                .hasMessageContaining(ClientProperties.MASK + " is out of range; write 1 to 64")
                .hasMessageContaining("topics.prefix")
                .hasMessageNotContainingAny("first-secret", "second-secret", "987654321", "my prefix");
    }

    @Test
    void shouldNotPrintPasswordsWithinValues() throws IOException {
        Path file = config("""
            sasl.jaas.config: module required username="u" password="in-jaas";
            sasl.oauthbearer.jwks.endpoint.url: https://u:in-user@h/p?x=1&access_token=in-query&y=2
            proxy: http://user:in@pw@h\
            """);

        RedriveConfig config = ConfigLoader.load(file, Map.of());

        assertThat(config + ConfigPrinter.print(config))
                .doesNotContain("in-jaas", "in-user", "in-query", "in@pw")
                .contains(
                        "https://" + ClientProperties.MASK + "@h/p?x=1&access_token=" + ClientProperties.MASK + "&y=2");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "no registry answers at http://u:hidden@h:1/x | http://********@h:1/x",
                "GET https://h/t?a=1&token=hidden refused     | https://h/t?a=1&token=******** refused",
                "x password='hidden' y                        | x password=******** y",
                "clientSecret=\"hid den\";                   | clientSecret=********;",
                "mail a@b and http://h/@scope                 | mail a@b and http://h/@scope",
                "basic.auth.credentials.source=USER_INFO needs | basic.auth.credentials.source=USER_INFO needs",
            })
    void shouldMaskPasswordsInAnyText(String text, String masked) {
        assertThat(Secret.masked(text)).contains(masked).doesNotContain("hidden", "hid den");
    }

    @Test
    void shouldTakeNoQueryInTheRegistrysAddress() throws IOException {
        Path file = Files.writeString(dir.resolve("redrive.yaml"), "schemaRegistry: {url: 'http://h:1/?token=hidden'}");

        assertThatThrownBy(() -> ConfigLoader.load(file, Map.of()))
                .hasMessageContaining("schemaRegistry.url: an address ends with its path")
                .hasMessageNotContaining("hidden");
    }

    @Test
    void shouldPassThePluginsSettingsWithoutTheirMark() throws IOException {
        Path file = config("plugin.my.interceptor.url: x\nclient.rack: a");

        RedriveConfig config = ConfigLoader.load(file, Map.of());

        assertThat(config.kafka().properties().passed())
                .containsExactlyInAnyOrderEntriesOf(Map.of("my.interceptor.url", "x", "client.rack", "a"));
        assertThat(ConfigPrinter.print(config)).contains("plugin.my.interceptor.url: x");
    }
}
