package dev.redrive.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.redrive.config.ConfigLoader;
import dev.redrive.config.RedriveConfig;
import dev.redrive.config.RedriveConfig.ManagementSettings;
import dev.redrive.http.ManagementServer;
import dev.redrive.metrics.RedriveMetrics;
import dev.redrive.runtime.RedrivePipeline.Readiness;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The pod that the chart makes fits the image and the code: settings, secrets, probes. */
class DeployedPodIT {

    private static final Chart CHART = new Chart();
    private static final String SECRETS = "/run/secrets";
    private static final Pattern SECRET_FILE = Pattern.compile("/run/secrets/([^/\\s}]+)/([^/\\s}]+)");
    private static final String TOKEN = "0123456789abcdef";

    @TempDir
    Path directory;

    @ParameterizedTest
    @ValueSource(strings = {"small", "production"})
    void shouldGiveRedriveAConfigurationThatItTakes(String overlay) throws IOException {
        JsonNode set = Chart.only(CHART.rendered(overlay), "StatefulSet");
        JsonNode map = Chart.only(CHART.rendered(overlay), "ConfigMap");
        JsonNode pod = set.at("/spec/template/spec");

        RedriveConfig config = config(set, map);

        assertThat(config.management().host()).isEqualTo("0.0.0.0");
        assertThat(config.management().port())
                .isEqualTo(pod.at("/containers/0/ports/0/containerPort").asInt());
        assertThat(config.streams().stateDir()).isEqualTo(mountPath(pod, "state"));
        assertThat(config.streams().instanceId()).isEqualTo("retries-0");
        if (overlay.equals("production")) {
            assertThat(config.kafka().properties().values())
                    .containsEntry("sasl.jaas.config", TOKEN)
                    .containsEntry("security.protocol", "SASL_SSL");
            assertThat(config.schemaRegistry().properties().values()).containsEntry("basic.auth.user.info", TOKEN);
        }
        assertThat(pod.at("/containers/0/args/2").asText())
                .isEqualTo(mountPath(pod, "config") + "/"
                        + map.get("data").fieldNames().next());
        assertThat(volume(pod, "config").at("/configMap/name")).isEqualTo(map.at("/metadata/name"));
        assertThat(set.at("/spec/volumeClaimTemplates/0/metadata/name").asText())
                .isEqualTo("state");
    }

    @ParameterizedTest
    @ValueSource(strings = {"small", "production"})
    void shouldKeepSecretsOutOfTheFileThatTopicsAreExportedFrom(String overlay) {
        assertThat(ConfigLoader.load(Chart.config(overlay), Map.of()).topics().partitions())
                .isPositive();
    }

    /** Loads it as the pod would, with the secrets' files at another place. */
    private RedriveConfig config(JsonNode set, JsonNode map) throws IOException {
        JsonNode pod = set.at("/spec/template/spec");
        Map<String, String> environment = new HashMap<>(DeployedChartIT.environment(set));
        environment.keySet().removeIf(name -> name.equals("REDRIVE_OPTS"));
        String text = map.at("/data/redrive.yaml").asText();
        Matcher files = SECRET_FILE.matcher(List.of(text, environment.values()).toString());
        while (files.find()) {
            assertThat(mounted(pod, SECRETS + "/" + files.group(1)))
                    .as(files.group())
                    .isTrue();
            Path file = directory.resolve(files.group(1)).resolve(files.group(2));
            Files.createDirectories(file.getParent());
            Files.writeString(file, TOKEN);
        }
        environment.replaceAll((name, value) -> value.replace(SECRETS, directory.toString()));
        // What Kubernetes fills in.
        environment.put("POD_NAME", "retries-0");
        Path file = Files.writeString(directory.resolve("redrive.yaml"), text.replace(SECRETS, directory.toString()));
        return ConfigLoader.load(file, environment);
    }

    private static boolean mounted(JsonNode pod, String path) {
        for (JsonNode mount : pod.at("/containers/0/volumeMounts")) {
            if (mount.get("mountPath").asText().equals(path)) {
                return mount.path("readOnly").asBoolean()
                        && volume(pod, mount.get("name").asText()).has("secret");
            }
        }
        return false;
    }

    private static String mountPath(JsonNode pod, String name) {
        for (JsonNode mount : pod.at("/containers/0/volumeMounts")) {
            if (mount.get("name").asText().equals(name)) {
                return mount.get("mountPath").asText();
            }
        }
        throw new AssertionError("nothing mounts " + name);
    }

    private static JsonNode volume(JsonNode pod, String name) {
        for (JsonNode volume : pod.get("volumes")) {
            if (volume.get("name").asText().equals(name)) {
                return volume;
            }
        }
        throw new AssertionError("there is no volume " + name);
    }

    @Test
    void shouldFitTheImage() throws IOException {
        JsonNode pod = Chart.only(CHART.rendered("production"), "StatefulSet").at("/spec/template/spec");
        JsonNode security = pod.at("/containers/0/securityContext");
        String image = Files.readString(Chart.DEPLOY.resolve("Dockerfile"));

        assertThat(image)
                .contains("USER " + pod.at("/securityContext/runAsUser").asText() + ":"
                        + pod.at("/securityContext/runAsGroup").asText())
                .contains("VOLUME " + mountPath(pod, "state"))
                .contains("ENTRYPOINT [\"redrive\"]")
                .contains("--stop-timeout 20 ");
        assertThat(pod.at("/terminationGracePeriodSeconds").asInt()).isGreaterThanOrEqualTo(20);
        assertThat(pod.at("/enableServiceLinks").asBoolean(true)).isFalse();
        assertThat(pod.at("/automountServiceAccountToken").asBoolean(true)).isFalse();
        assertThat(pod.at("/securityContext/runAsNonRoot").asBoolean()).isTrue();
        assertThat(pod.at("/securityContext/seccompProfile/type").asText()).isEqualTo("RuntimeDefault");
        assertThat(security.at("/readOnlyRootFilesystem").asBoolean()).isTrue();
        assertThat(security.at("/allowPrivilegeEscalation").asBoolean(true)).isFalse();
        assertThat(security.at("/capabilities/drop/0").asText()).isEqualTo("ALL");
        assertThat(volume(pod, "tmp").has("emptyDir")).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"startupProbe", "livenessProbe", "readinessProbe"})
    void shouldProbeWhatTheManagementPortAnswers(String probe) throws Exception {
        JsonNode set = Chart.only(CHART.rendered("small"), "StatefulSet");
        JsonNode command = set.at("/spec/template/spec/containers/0").get(probe).at("/exec/command");
        boolean ready = probe.equals("readinessProbe");
        AtomicReference<Readiness> readiness = new AtomicReference<>(Readiness.READY);
        Path token = Files.writeString(directory.resolve("token"), TOKEN);
        RedriveConfig config = ConfigLoader.load(
                null, Map.of("REDRIVE_MANAGEMENT__TOKEN", "${file:" + token + "}", "REDRIVE_MANAGEMENT__PORT", "0"));
        ManagementSettings settings = config.management();

        try (RedriveMetrics metrics = new RedriveMetrics(config);
                ManagementServer server = ManagementServer.start(settings, readiness::get, metrics)) {
            int port = URI.create(server.url()).getPort();
            assertThat(probed(command, port, token)).isTrue();
            readiness.set(Readiness.RESTORING);
            assertThat(probed(command, port, token)).isEqualTo(!ready);
            readiness.set(Readiness.FAILED);
            assertThat(probed(command, port, token)).isFalse();
            readiness.set(Readiness.READY);
            Files.writeString(token, "another");
            assertThat(probed(command, port, token)).isFalse();
        }
    }

    /** Runs the command as Kubernetes would, against another port and with the token at another place. */
    private boolean probed(JsonNode command, int port, Path token) throws IOException, InterruptedException {
        Path mounted = Path.of(SECRETS, "management", "token");
        String script = command.get(2).asText();
        assertThat(script).contains("/127.0.0.1/9464").contains(mounted.toString());
        Process process = new ProcessBuilder(
                        command.get(0).asText(),
                        command.get(1).asText(),
                        script.replace("/9464", "/" + port).replace(mounted.toString(), token.toString()))
                .redirectErrorStream(true)
                .redirectOutput(
                        Objects.requireNonNull(directory.resolve("probe.log").toFile()))
                .start();
        return process.waitFor() == 0;
    }
}
