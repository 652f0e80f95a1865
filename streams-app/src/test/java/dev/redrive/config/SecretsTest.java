package dev.redrive.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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
                plain: shown""".formatted(secret));

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
                d: ${env:OPEN""");

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
}
