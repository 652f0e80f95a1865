package dev.redrive.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class TopicsExportTest {

    private static final String CONFIG = """
            applicationId: retries
            topics:
              prefix: Shop_
              partitions: 12
              replicationFactor: 3
              minInsyncReplicas: 2
            retry:
              tiers: [10s, 1d]
            """;

    private final TestTerminal terminal = TestTerminal.withInput("");

    @ParameterizedTest
    @EnumSource(TopicsExport.Format.class)
    void shouldWriteWhatWasAgreed(TopicsExport.Format format, @TempDir Path directory) throws IOException {
        Path config = Files.writeString(directory.resolve("redrive.yaml"), CONFIG);

        int code = terminal.run(
                "topics", "export", "--format", format.name(), "--principal", "shop-retries", "-c", config.toString());

        assertThat(terminal.err()).isEmpty();
        assertThat(code).isZero();
        assertThat(terminal.out()).isEqualTo(golden(format));
    }

    @Test
    void shouldLeaveTheReplicationToTheBrokersWhereTheConfigurationDoes() {
        terminal.run("topics", "export", "--format", "shell");

        assertThat(terminal.out())
                .contains("'jobs.failures' --partitions 6 --config")
                .doesNotContain("replication");
    }

    @ParameterizedTest
    @ValueSource(strings = {"a'; rm -rf /; '", "a b", "", "ü"})
    void shouldRefuseAPrincipalThatHoldsMoreThanAName(String principal) {
        int code = terminal.run("topics", "export", "--format", "shell", "--principal", principal);

        assertThat(code).isEqualTo(2);
        assertThat(terminal.err()).contains("--principal takes");
        assertThat(terminal.out()).isEmpty();
    }

    private static String golden(TopicsExport.Format format) throws IOException {
        String name = "export-" + format + ".txt";
        try (InputStream in = Objects.requireNonNull(TopicsExportTest.class.getResourceAsStream(name), name)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
