package dev.redrive.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Alerts, their tests, runbooks and the dashboard speak of the same things as the code. */
class DeployedObservabilityTest {

    private static final Path DEPLOY = Path.of("../../deploy");
    private static final Pattern METRIC = Pattern.compile("\\bredrive_[a-z_]+");

    @Test
    void shouldAlertOnMetricsThatExistAlone() throws IOException {
        List<String> used =
                metricsIn(rules().stream().map(rule -> rule.get("expr").asText()));

        assertThat(used).isNotEmpty().isSubsetOf(scrapedNames());
    }

    @Test
    void shouldShowEveryMetricOnTheDashboardAndNoOther() throws IOException {
        JsonNode dashboard =
                new JsonMapper().readTree(DEPLOY.resolve("grafana/redrive.json").toFile());

        List<String> shown = metricsIn(dashboard.findValuesAsText("expr").stream());

        assertThat(shown).isSubsetOf(scrapedNames());
        for (MetricNames name : MetricNames.values()) {
            assertThat(shown).as("panels").anyMatch(metric -> metric.startsWith(name.scraped()));
        }
    }

    @Test
    void shouldHaveARunbookForEachAlertAndNoOther() throws IOException {
        List<String> alerts = alerts();
        try (Stream<Path> pages = Files.list(DEPLOY.resolve("runbooks"))) {
            assertThat(pages.map(page -> page.getFileName().toString()))
                    .containsExactlyInAnyOrderElementsOf(
                            alerts.stream().map(alert -> alert + ".md").toList());
        }
        for (JsonNode rule : rules()) {
            String page = "deploy/runbooks/" + rule.get("alert").asText() + ".md";
            assertThat(rule.get("annotations").get("runbook").asText()).isEqualTo(page);
            assertThat(Files.readAllLines(Path.of("../..").resolve(page)))
                    .startsWith("# " + rule.get("alert").asText())
                    .contains("## What it means", "## Where to look", "## What to do");
        }
    }

    @Test
    void shouldTestEachAlert() throws IOException {
        JsonNode tests = new YAMLMapper()
                .readTree(DEPLOY.resolve("prometheus/redrive-rules-test.yaml").toFile());
        Set<String> tested = new TreeSet<>();
        tests.findValues("alertname").forEach(name -> tested.add(name.asText()));

        assertThat(tested).containsExactlyInAnyOrderElementsOf(alerts());
    }

    @Test
    void shouldNameMetricsAndSettingsThatExistInRunbooks() throws IOException {
        List<String> texts = new ArrayList<>();
        try (Stream<Path> pages = Files.list(DEPLOY.resolve("runbooks"))) {
            for (Path page : pages.toList()) {
                texts.add(Files.readString(page));
            }
        }

        assertThat(metricsIn(texts.stream())).isNotEmpty().isSubsetOf(scrapedNames());
    }

    private static List<JsonNode> rules() throws IOException {
        JsonNode file = new YAMLMapper()
                .readTree(DEPLOY.resolve("prometheus/redrive-rules.yaml").toFile());
        List<JsonNode> rules = new ArrayList<>();
        file.get("groups").forEach(group -> group.get("rules").forEach(rules::add));
        return rules;
    }

    private static List<String> alerts() throws IOException {
        return rules().stream().map(rule -> rule.get("alert").asText()).toList();
    }

    private static List<String> metricsIn(Stream<String> texts) {
        return texts.flatMap(text -> METRIC.matcher(text).results().map(MatchResult::group))
                .distinct()
                .toList();
    }

    private static List<String> scrapedNames() {
        return Arrays.stream(MetricNames.values())
                .flatMap(name -> name.kind() == MetricNames.Kind.HISTOGRAM
                        ? Stream.of("_bucket", "_count", "_sum", "_max").map(part -> name.scraped() + part)
                        : Stream.of(name.scraped()))
                .toList();
    }
}
