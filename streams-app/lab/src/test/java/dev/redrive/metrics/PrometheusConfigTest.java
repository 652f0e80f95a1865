package dev.redrive.metrics;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** What Prometheus' own tools say of the files that operators are given. */
@ExtendWith(PrometheusCondition.class)
class PrometheusConfigTest {

    private static final Path DEPLOYED = Path.of("../../deploy/prometheus");
    private static final String TOKEN_FILE = "/run/secrets/management-token";

    @Test
    void shouldHaveRulesThatPromtoolUnderstands() throws Exception {
        assertThat(run("promtool", "check", "rules", "redrive-rules.yaml")).contains("SUCCESS");
    }

    @Test
    void shouldAlertWhenTheTestsOfTheRulesSaySo() throws Exception {
        assertThat(run("promtool", "test", "rules", "redrive-rules-test.yaml")).contains("SUCCESS");
    }

    @Test
    void shouldHaveAConfigurationThatPrometheusTakes(@TempDir Path directory) throws Exception {
        // Given the deployed files, and a token where there is one on this machine
        Path token = Files.writeString(directory.resolve("token"), "not-a-real-token");
        String deployed = Files.readString(DEPLOYED.resolve("prometheus.yaml"));
        assertThat(deployed).contains(TOKEN_FILE);
        Path config =
                Files.writeString(directory.resolve("prometheus.yaml"), deployed.replace(TOKEN_FILE, token.toString()));
        Files.copy(DEPLOYED.resolve("redrive-rules.yaml"), directory.resolve("redrive-rules.yaml"));

        assertThat(run("promtool", "check", "config", config.toString()))
                .contains("1 rule files found")
                .contains("SUCCESS");
    }

    @Test
    void shouldHaveAConfigurationThatAlertmanagerTakes() throws Exception {
        assertThat(run("amtool", "check-config", "alertmanager.yaml")).contains("SUCCESS");
    }

    private static String run(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command)
                .directory(DEPLOYED.toFile())
                .redirectErrorStream(true)
                .start();
        String printed = new String(process.getInputStream().readAllBytes(), UTF_8);
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as(printed).isZero();
        return printed;
    }
}
