package dev.redrive.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigCommandTest {

    @TempDir
    Path directory;

    @Test
    void shouldShowEveryMistakeWithItsPlaceAndThenSayHowMany() throws Exception {
        Path file = Files.writeString(directory.resolve("redrive.yaml"), "topics:\n  prefx: a.\n  partitions: 0\n");
        TestTerminal terminal = TestTerminal.withInput("");

        int code = terminal.run("config", "check", "--config", file.toString());

        assertThat(code).isEqualTo(1);
        assertThat(terminal.out()).isEmpty();
        assertThat(terminal.errLines()).hasSize(3);
        assertThat(terminal.errLines().subList(0, 2)).anyMatch(line -> line.startsWith(file + ":2: topics.prefx: "));
        assertThat(terminal.errLines().get(2)).isEqualTo("redrive: CONFIG_INVALID: 2 mistakes in the configuration");
    }

    @Test
    void shouldShowEveryMistakeInTheClientsSettingsWithItsLine() throws Exception {
        Path file = Files.writeString(directory.resolve("redrive.yaml"), """
                kafka:
                  properties:
                    security.protocl: SSL
                    security.protocol: SASL_TLS
                    plugin.interceptor.url: x
                schemaRegistry:
                  properties:
                    auto.register.schema: true
                """);
        TestTerminal terminal = new TestTerminal(
                "",
                Map.of(
                        "REDRIVE_KAFKA__PROPERTIES__SASL_MECHANISM", "${env:MECHANISM}",
                        "MECHANISM", "hidden-one",
                        "REDRIVE_PORT", "tcp://10.0.0.1:9464"));

        int code = terminal.run("config", "check", "--config", file.toString());

        assertThat(code).isEqualTo(1);
        assertThat(terminal.errLines())
                .hasSize(5)
                .anyMatch(line -> line.startsWith(file + ":3: kafka.properties.security.protocl: is no setting")
                        && line.contains("did you mean security.protocol?"))
                .anyMatch(line -> line.startsWith(file + ":4: kafka.properties.security.protocol: 'SASL_TLS'"))
                .anyMatch(line -> line.startsWith(file + ":8: schemaRegistry.properties.auto.register.schema: is no"))
                .anyMatch(line -> line.startsWith("environment variable REDRIVE_KAFKA__PROPERTIES__SASL_MECHANISM: "
                        + "kafka.properties.sasl.mechanism: '********' is not known"));
    }

    @Test
    void shouldPrintWhatItWouldLoadAgain() throws Exception {
        TestTerminal first = new TestTerminal(
                "", Map.of("REDRIVE_TOPICS__PREFIX", "mine.", "REDRIVE_LOG_LEVEL", "WARN", "REDRIVE_DEBUG", "0"));
        TestTerminal second = TestTerminal.withInput("");

        int code = first.run("config", "print");
        Path file = Files.writeString(directory.resolve("printed.yaml"), first.out());
        second.run("config", "print", "--config", file.toString());

        assertThat(first.err()).isEmpty();
        assertThat(code).isZero();
        assertThat(first.out()).contains("  prefix: mine.\n");
        assertThat(second.out()).isEqualTo(first.out());
    }

    @Test
    void shouldTellTheVersionOfRulesWithoutMistakes() {
        TestTerminal terminal = TestTerminal.withInput("");

        int code = terminal.run("config", "check");

        assertThat(code).isZero();
        assertThat(terminal.out()).matches("(profile [a-z-]+: [0-9]+ rules, version [0-9a-f]{12}\n)+no mistakes\n");
    }

    @Test
    void shouldCheckARulesFileAlone() throws Exception {
        Path rules = Files.writeString(directory.resolve("rules.yaml"), "nonsense: 1\n");
        TestTerminal terminal = TestTerminal.withInput("");

        int code = terminal.run("config", "check", "--rules", rules.toString());

        assertThat(code).isEqualTo(1);
        assertThat(terminal.err()).contains("rules.yaml:1: nonsense").contains("CONFIG_INVALID");
    }

    @Test
    void shouldTakeBrokersAndRegistryFromTheConfigurationUnlessNamed() throws Exception {
        Path file = Files.writeString(directory.resolve("redrive.yaml"), """
                kafka: {bootstrapServers: ['a:1', 'b:2'], properties: {security.protocol: SSL}}
                schemaRegistry: {url: ['http://r:1']}
                topics: {prefix: mine.}
                """);
        ConnectionOptions options = new ConnectionOptions();
        options.portBase = ConnectionOptions.DEFAULT_PORT_BASE;
        Connection development = options.resolve(Map.of());
        options.config = file;
        Connection fromFile = options.resolve(Map.of());
        options.bootstrapServer = "c:3";
        options.topicPrefix = "other.";
        Connection named = options.resolve(Map.of());

        assertThat(development.bootstrapServers()).isEqualTo("127.0.0.1:19092");
        assertThat(development.registryUrl()).isEqualTo("http://127.0.0.1:19094");
        assertThat(fromFile.bootstrapServers()).isEqualTo("a:1,b:2");
        assertThat(fromFile.registryUrl()).isEqualTo("http://r:1");
        assertThat(fromFile.clientConfig()).containsEntry("security.protocol", "SSL");
        assertThat(fromFile.topics().failures()).isEqualTo("mine.failures");
        assertThat(named.bootstrapServers()).isEqualTo("c:3");
        assertThat(named.registryUrl()).isEqualTo("http://r:1");
        assertThat(named.topics().failures()).isEqualTo("other.failures");
    }
}
