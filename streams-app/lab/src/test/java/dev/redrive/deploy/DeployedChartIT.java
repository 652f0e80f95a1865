package dev.redrive.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.redrive.metrics.MetricNames;
import dev.redrive.state.DiskOptions;
import dev.redrive.state.StoreNames;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the chart renders to is what Kubernetes takes, and its parts fit each other. */
class DeployedChartIT {

    private static final Chart CHART = new Chart();

    /** What RocksDB has for each store beside what all share: its files as they are open, blocks that are in use. */
    private static final long STORE_BYTES = 2 * 1024L * 1024;

    static Stream<String> overlays() {
        return Stream.of("small", "production");
    }

    @ParameterizedTest
    @MethodSource("overlays")
    void shouldRenderOnlyWhatKubernetesKnows(String overlay) throws IOException {
        List<JsonNode> objects = CHART.rendered(overlay);

        assertThat(objects).hasSizeGreaterThanOrEqualTo(5);
        for (JsonNode object : objects) {
            assertThat(Chart.strict(object)).isNotNull();
            assertThat(object.at("/metadata/name").asText()).isEqualTo("retries");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "StatefulSet, /spec/template/spec, terminationGracePeriodSecond",
        "StatefulSet, /spec/template/spec/containers/0/livenessProbe, failureTreshold",
        "ServiceMonitor, /spec/endpoints/0, intervall",
        "ScaledObject, /spec, maxReplicas",
        "NetworkPolicy, /spec/egress/0, port"
    })
    void shouldRefuseAFieldThatKubernetesDoesNotKnow(String kind, String path, String typo) throws IOException {
        JsonNode object = Chart.only(CHART.rendered("production"), kind);
        ((ObjectNode) object.at(path)).put(typo, 30);

        assertThatThrownBy(() -> Chart.strict(object))
                .isInstanceOf(UnrecognizedPropertyException.class)
                .hasMessageContaining(typo);
    }

    /** Each value of an overlay, and whether the rendering is another without it. */
    static Stream<List<String>> overlayValues() throws IOException {
        List<List<String>> paths = new ArrayList<>();
        for (String overlay : overlays().toList()) {
            JsonNode values = new YAMLMapper().readTree(Chart.values(overlay).toFile());
            leaves(values, "").forEach(path -> paths.add(List.of(overlay, path)));
        }
        return paths.stream();
    }

    private static List<String> leaves(JsonNode node, String path) {
        List<String> leaves = new ArrayList<>();
        node.fields().forEachRemaining(field -> {
            String at = path + "/" + field.getKey();
            leaves.addAll(field.getValue().isObject() ? leaves(field.getValue(), at) : List.of(at));
        });
        return leaves;
    }

    @ParameterizedTest
    @MethodSource("overlayValues")
    void shouldHitSomethingWithEachValueOfAnOverlay(List<String> value, @TempDir Path directory) throws IOException {
        String overlay = value.get(0);
        String path = value.get(1);
        JsonNode without = new YAMLMapper().readTree(Chart.values(overlay).toFile());
        int last = path.lastIndexOf('/');
        ((ObjectNode) without.at(path.substring(0, last))).remove(path.substring(last + 1));
        Path values = directory.resolve("values.yaml");
        new YAMLMapper().writeValue(values.toFile(), without);

        assertThat(CHART.command(values, Chart.config(overlay)).call())
                .isNotEqualTo(CHART.command(Chart.values(overlay), Chart.config(overlay))
                        .call());
    }

    @ParameterizedTest
    @CsvSource({
        "replica, 3, additional properties 'replica' not allowed",
        "image.tga, 1, additional properties 'tga' not allowed",
        "memory, much, '/memory'",
        "autoscaling.maxReplicas, 13, autoscaling.maxReplicas: 13 is more than topics.partitions allow (12)",
        "replicas, 13, replicas: 13 is more than topics.partitions allow (12)"
    })
    void shouldRefuseValuesThatMakeNoSense(String key, String value, String told) {
        assertThatThrownBy(() -> CHART.command(Chart.values("production"), Chart.config("production"))
                        .set(key, value.matches("[0-9]+") ? Integer.valueOf(value) : value)
                        .call())
                .hasMessageContaining(told);
    }

    @Test
    void shouldAskForTheConfiguration(@TempDir Path directory) throws IOException {
        Path empty = Files.writeString(directory.resolve("redrive.yaml"), "");

        assertThatThrownBy(() -> CHART.command(Chart.values("small"), empty).call())
                .hasMessageContaining("--set-file config=redrive.yaml");
    }

    @ParameterizedTest
    @MethodSource("overlays")
    void shouldSelectItsOwnPods(String overlay) throws IOException {
        List<JsonNode> objects = CHART.rendered(overlay);
        JsonNode set = Chart.only(objects, "StatefulSet");
        JsonNode labels = set.at("/spec/template/metadata/labels");
        JsonNode service = Chart.only(objects, "Service");

        for (JsonNode selector : List.of(
                set.at("/spec/selector/matchLabels"),
                service.at("/spec/selector"),
                Chart.only(objects, "PodDisruptionBudget").at("/spec/selector/matchLabels"))) {
            assertSelects(selector, labels);
        }
        for (JsonNode constraint : set.at("/spec/template/spec/topologySpreadConstraints")) {
            assertSelects(constraint.at("/labelSelector/matchLabels"), labels);
        }
        assertThat(set.at("/spec/serviceName")).isEqualTo(service.at("/metadata/name"));
        assertThat(service.at("/spec/clusterIP").asText()).isEqualTo("None");
        assertThat(set.at("/spec/template/spec/serviceAccountName"))
                .isEqualTo(Chart.only(objects, "ServiceAccount").at("/metadata/name"));
        assertThat(service.at("/spec/ports/0/targetPort"))
                .isEqualTo(set.at("/spec/template/spec/containers/0/ports/0/name"));
    }

    @Test
    void shouldWatchGuardAndScaleItsOwnPods() throws IOException {
        List<JsonNode> objects = CHART.rendered("production");
        JsonNode set = Chart.only(objects, "StatefulSet");
        JsonNode service = Chart.only(objects, "Service");
        JsonNode policy = Chart.only(objects, "NetworkPolicy");
        JsonNode monitor = Chart.only(objects, "ServiceMonitor");
        JsonNode target = Chart.only(objects, "ScaledObject").at("/spec/scaleTargetRef");

        assertSelects(policy.at("/spec/podSelector/matchLabels"), set.at("/spec/template/metadata/labels"));
        assertThat(policy.at("/spec/ingress/0/ports/0/port"))
                .isEqualTo(set.at("/spec/template/spec/containers/0/ports/0/name"));
        assertSelects(monitor.at("/spec/selector/matchLabels"), service.at("/metadata/labels"));
        assertThat(monitor.at("/spec/endpoints/0/port")).isEqualTo(service.at("/spec/ports/0/name"));
        assertThat(target.get("name")).isEqualTo(set.at("/metadata/name"));
        assertThat(target.get("kind")).isEqualTo(set.get("kind"));
        assertThat(set.get("spec").has("replicas")).isFalse();
    }

    private static void assertSelects(JsonNode selector, JsonNode labels) {
        assertThat(selector).isNotEmpty();
        selector.fields()
                .forEachRemaining(
                        wanted -> assertThat(labels.get(wanted.getKey())).isEqualTo(wanted.getValue()));
    }

    @Test
    void shouldAlertByTheRulesThatAreTested() throws IOException {
        JsonNode rules = new YAMLMapper()
                .readTree(Chart.DEPLOY.resolve("prometheus/redrive-rules.yaml").toFile());

        assertThat(Chart.only(CHART.rendered("production"), "PrometheusRule").get("spec"))
                .isEqualTo(rules);
    }

    @Test
    void shouldScaleByAMetricThatExists() throws IOException {
        JsonNode query =
                Chart.only(CHART.rendered("production"), "ScaledObject").at("/spec/triggers/0/metadata/query");

        assertThat(query.asText())
                .isEqualTo("sum(" + MetricNames.RETRIES_OVERDUE.scraped() + "{namespace=\"jobs\",job=\"retries\"})");
    }

    @ParameterizedTest
    @ValueSource(strings = {"small", "production"})
    void shouldFitTheHeapAndTheStoresInTheMemory(String overlay) throws IOException {
        List<JsonNode> objects = CHART.rendered(overlay);
        JsonNode set = Chart.only(objects, "StatefulSet");
        JsonNode resources = set.at("/spec/template/spec/containers/0/resources");
        JsonNode config = new YAMLMapper().readTree(Chart.config(overlay).toFile());
        int instances = overlay.equals("small")
                ? set.at("/spec/replicas").asInt()
                : Chart.only(objects, "ScaledObject")
                        .at("/spec/minReplicaCount")
                        .asInt();
        int copies = 1 + config.at("/streams/standbyReplicas").asInt(0);
        int partitions = config.at("/topics/partitions").asInt();

        long limit = gibibytes(resources.at("/limits/memory").asText());
        String options = environment(set).get("REDRIVE_OPTS");
        long heap = limit / 100 * Integer.parseInt(options.replaceAll(".*MaxRAMPercentage=([0-9]+).*", "$1"));
        long perPartition = STORE_BYTES * StoreNames.OF_USERS.size();
        long stores = DiskOptions.WRITE_BUFFERS_BYTES
                + DiskOptions.CACHE_BYTES
                + (long) Math.ceil((double) partitions * copies / instances) * perPartition;

        assertThat(resources.at("/requests/memory")).isEqualTo(resources.at("/limits/memory"));
        assertThat(heap).isGreaterThanOrEqualTo(768L << 20);
        assertThat(heap + stores).isLessThanOrEqualTo(limit);
    }

    private static long gibibytes(String text) {
        assertThat(text).endsWith("Gi");
        return Long.parseLong(text.substring(0, text.length() - 2)) << 30;
    }

    /** The environment of the container, without what Kubernetes fills in. */
    static Map<String, String> environment(JsonNode set) {
        Map<String, String> environment = new HashMap<>();
        ArrayNode variables = (ArrayNode) set.at("/spec/template/spec/containers/0/env");
        variables.forEach(variable -> {
            if (variable.has("value")) {
                environment.put(
                        variable.get("name").asText(), variable.get("value").asText());
            }
        });
        return environment;
    }
}
