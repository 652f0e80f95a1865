package dev.redrive.dev;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

class DevSettingsTest {

    private static final Path HOME = Path.of("/home/somebody");

    @Test
    void shouldKeepDataUnderTheStateDirectoryOfTheUser() {
        assertThat(DevSettings.defaultDataDirectory(Map.of("XDG_STATE_HOME", "/state"), HOME, 19092))
                .isEqualTo(Path.of("/state/redrive/dev-19092"));
    }

    @Test
    void shouldIgnoreAStateDirectoryThatIsUnsetEmptyOrRelative() {
        Path expected = HOME.resolve(".local/state/redrive/dev-7000");

        assertThat(DevSettings.defaultDataDirectory(Map.of(), HOME, 7000)).isEqualTo(expected);
        assertThat(DevSettings.defaultDataDirectory(Map.of("XDG_STATE_HOME", ""), HOME, 7000))
                .isEqualTo(expected);
        assertThat(DevSettings.defaultDataDirectory(Map.of("XDG_STATE_HOME", "state"), HOME, 7000))
                .isEqualTo(expected);
    }
}
