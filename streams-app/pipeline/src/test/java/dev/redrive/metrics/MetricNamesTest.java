package dev.redrive.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import dev.redrive.config.ConfigLoader;
import dev.redrive.config.RedriveConfig;
import dev.redrive.runtime.RedrivePipeline;
import dev.redrive.runtime.Wiring;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MetricNamesTest {

    private static final Path TABLE = Path.of("../../deploy/METRICS.md");
    private static final Pattern SERIES = Pattern.compile("([a-z0-9_]+)(?:\\{(.*)})?");

    @Test
    void shouldServeEveryMetricUnderItsNameTypeAndLabels(@TempDir Path directory) {
        RedriveConfig config = ConfigLoader.load(
                null,
                Map.of(
                        "REDRIVE_KAFKA__BOOTSTRAP_SERVERS",
                        "127.0.0.1:1",
                        "REDRIVE_STREAMS__STATE_DIR",
                        directory.toString()));
        try (RedriveMetrics metrics = new RedriveMetrics(config);
                RedrivePipeline pipeline = Wiring.pipeline(config, null, metrics)) {
            metrics.watch(pipeline);

            Scrape scrape = Scrape.of(metrics);

            Map<String, String> types = new TreeMap<>();
            for (MetricNames name : MetricNames.values()) {
                types.put(name.scraped(), name.kind().name().toLowerCase(Locale.ROOT));
            }
            types.put(MetricNames.RELEASE_LATENESS.scraped() + "_max", "gauge");
            assertThat(ownTypes(scrape)).isEqualTo(types);
            for (MetricNames name : MetricNames.values()) {
                if (name.kind() != MetricNames.Kind.HISTOGRAM) {
                    assertThat(labels(scrape, name.scraped()))
                            .as(name.scraped())
                            .containsOnly(Set.copyOf(name.labels()));
                }
            }
            assertThat(scrape.value("redrive_readiness{condition=\"STARTING\"}"))
                    .isEqualTo(1);
            assertThat(scrape.value("redrive_readiness{condition=\"READY\"}")).isZero();
        }
    }

    private static Map<String, String> ownTypes(Scrape scrape) {
        Map<String, String> own = new TreeMap<>(scrape.types());
        own.keySet().removeIf(name -> !name.startsWith("redrive_"));
        return own;
    }

    private static Set<Set<String>> labels(Scrape scrape, String name) {
        return scrape.series().keySet().stream()
                .map(SERIES::matcher)
                .filter(Matcher::matches)
                .filter(series -> series.group(1).equals(name))
                .map(series -> series.group(2) == null
                        ? Set.<String>of()
                        : Arrays.stream(series.group(2).split(","))
                                .map(label -> label.substring(0, label.indexOf('=')))
                                .collect(Collectors.toCollection(TreeSet::new)))
                .collect(Collectors.toSet());
    }

    @Test
    void shouldHaveARowOfTheTableForEachMetric() throws IOException {
        List<String> rows = Files.readAllLines(TABLE).stream()
                .filter(line -> line.startsWith("| `redrive_"))
                .toList();

        assertThat(rows)
                .containsExactlyElementsOf(Arrays.stream(MetricNames.values())
                        .map(MetricNamesTest::row)
                        .toList());
    }

    private static String row(MetricNames name) {
        return "| `" + name.scraped() + "` | " + name.kind().name().toLowerCase(Locale.ROOT) + " | "
                + name.labels().stream().map(label -> "`" + label + "`").collect(Collectors.joining(", ")) + " | "
                + name.help() + " |";
    }
}
