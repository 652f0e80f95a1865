package dev.redrive.topology;

import static org.assertj.core.api.Assertions.assertThat;

import dev.redrive.config.ConfigLoader;
import dev.redrive.golden.Golden;
import dev.redrive.runtime.Wiring;
import dev.redrive.state.StoreNames;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.TopologyDescription;
import org.apache.kafka.streams.TopologyTestDriver;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Compares the names and edges of the topology, on which state, changelogs and offsets of running pipelines depend. */
class TopologyDescriptionTest {

    private static Topology topology() {
        return Wiring.topology(
                        ConfigLoader.load(null, Map.of("REDRIVE_SCHEMA_REGISTRY__URL", "mock://description")), () -> 0L)
                .build();
    }

    @Test
    void shouldBeTheTopologyThatRunningPipelinesHaveStateOf() {
        Golden.check("topology.txt", sorted(topology().describe().toString()));
    }

    /** Names within brackets stand in no order of their own. */
    private static String sorted(String description) {
        return Pattern.compile("\\[(.*?)]")
                .matcher(description)
                .replaceAll(names ->
                        Stream.of(names.group(1).split(", ")).sorted().collect(Collectors.joining(", ", "[", "]")));
    }

    @Test
    void shouldNameEveryNodeAndStoreItself() {
        Set<String> stores = new TreeSet<>();
        for (TopologyDescription.Subtopology part : topology().describe().subtopologies()) {
            for (TopologyDescription.Node node : part.nodes()) {
                assertThat(node.name()).matches("[a-z0-9-]+").doesNotContainPattern("[0-9]{5}");
                if (node instanceof TopologyDescription.Source) {
                    assertThat(node.name()).endsWith("-source");
                } else if (node instanceof TopologyDescription.Sink) {
                    assertThat(node.name()).endsWith("-sink");
                } else if (node instanceof TopologyDescription.Processor processor) {
                    stores.addAll(processor.stores());
                }
            }
        }

        assertThat(stores)
                .containsExactlyInAnyOrderElementsOf(Stream.of(StoreNames.OF_USERS, StoreNames.OF_RATES)
                        .flatMap(List::stream)
                        .toList());
    }

    @Test
    void shouldStartWhereInternalTopicsMustBeNamed(@TempDir Path stateDir) {
        Properties properties = new Properties();
        properties.put(StreamsConfig.APPLICATION_ID_CONFIG, "named");
        properties.put(StreamsConfig.STATE_DIR_CONFIG, stateDir.toString());
        properties.put(StreamsConfig.ENSURE_EXPLICIT_INTERNAL_RESOURCE_NAMING_CONFIG, true);

        try (TopologyTestDriver driver = new TopologyTestDriver(topology(), properties)) {
            assertThat(driver.getAllStateStores()).hasSize(StoreNames.OF_USERS.size() + StoreNames.OF_RATES.size());
        }
    }
}
