package dev.redrive.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.redrive.config.YamlReader.YamlValue;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

/** The production configuration that ships is the documentation of every key. */
@NullMarked
class DeployedConfigTest {

    private static final Path DEPLOYED = Path.of("../../deploy/redrive.yaml");

    @Test
    void shouldLoadToTheDefaults() {
        assertThat(ConfigPrinter.print(ConfigLoader.load(DEPLOYED, Map.of())))
                .isEqualTo(ConfigPrinter.print(ConfigLoader.builtIn()));
    }

    @Test
    void shouldNameEveryKeyWithItsDefault() {
        Problems problems = new Problems();

        Map<String, String> documented = flat(YamlReader.file(DEPLOYED, problems));

        assertThat(documented).isEqualTo(flat(ConfigLoader.defaults(problems))).hasSizeGreaterThan(50);
        assertThat(problems.none()).isTrue();
    }

    private static Map<String, String> flat(YamlValue value) {
        Map<String, String> leaves = new TreeMap<>();
        collect("", value, leaves);
        return leaves;
    }

    private static void collect(String path, YamlValue value, Map<String, String> leaves) {
        if (value instanceof YamlValue.Mapping mapping && !mapping.entries().isEmpty()) {
            mapping.entries().forEach((key, item) -> collect(Binder.join(path, key), item, leaves));
        } else if (value instanceof YamlValue.Sequence sequence) {
            for (int i = 0; i < sequence.items().size(); i++) {
                collect(path + "[" + i + "]", sequence.items().get(i), leaves);
            }
        } else {
            leaves.put(path, value instanceof YamlValue.Scalar scalar ? scalar.text() : "{}");
        }
    }
}
