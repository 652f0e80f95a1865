package dev.redrive.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The options of {@code redrive dev} for scenarios, as far as no broker starts. */
class DevScenarioTest {

    @TempDir
    private Path state;

    private TestTerminal run(String line) {
        TestTerminal terminal = new TestTerminal("", Map.of("XDG_STATE_HOME", state.toString()));
        assertThat(terminal.run(line.split(" "))).isEqualTo(2);
        return terminal;
    }

    @ParameterizedTest
    @ValueSource(strings = {"--jobs 5", "--seed 5", "--failures-only", "--output json"})
    void shouldTakeOptionsOfScenariosOnlyWithAScenario(String option) {
        assertThat(run("dev " + option).err()).contains("USAGE", option.split(" ")[0] + " needs --scenario");
    }

    @ParameterizedTest
    @ValueSource(strings = {"dev --scenario contention --seed -1", "dev --scenario unknown"})
    void shouldLeaveNoDirectoryBehindWhenAScenarioDoesNotStart(String line) {
        assertThat(run(line).err()).contains("USAGE");

        assertThat(state.resolve("redrive")).isEmptyDirectory();
    }

    @Test
    void shouldNotMixALoadWithAScenario() {
        assertThat(run("dev --scenario contention --rate 3").err()).contains("--users and --rate do not go with");
    }
}
