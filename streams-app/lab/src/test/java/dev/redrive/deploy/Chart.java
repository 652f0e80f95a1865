package dev.redrive.deploy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.introspect.Annotated;
import com.fasterxml.jackson.databind.introspect.JacksonAnnotationIntrospector;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import com.marcnuri.helm.Helm;
import com.marcnuri.helm.TemplateCommand;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import io.fabric8.openshift.api.model.monitoring.v1.PrometheusRule;
import io.fabric8.openshift.api.model.monitoring.v1.ServiceMonitor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** The chart, rendered by Helm itself, and the strict types of what it renders. */
final class Chart {

    static final Path DEPLOY = Path.of("../../deploy").toAbsolutePath().normalize();

    private static final Path KUBERNETES = DEPLOY.resolve("kubernetes");
    private static final Map<String, Class<?>> TYPES = Map.of(
            "v1/ConfigMap", ConfigMap.class,
            "v1/Service", Service.class,
            "v1/ServiceAccount", ServiceAccount.class,
            "apps/v1/StatefulSet", StatefulSet.class,
            "policy/v1/PodDisruptionBudget", PodDisruptionBudget.class,
            "networking.k8s.io/v1/NetworkPolicy", NetworkPolicy.class,
            "monitoring.coreos.com/v1/ServiceMonitor", ServiceMonitor.class,
            "monitoring.coreos.com/v1/PrometheusRule", PrometheusRule.class,
            "keda.sh/v1alpha1/ScaledObject", ScaledObject.class);

    private final Helm helm = new Helm(KUBERNETES.resolve("redrive"));

    /** The values of an overlay. */
    static Path values(String overlay) {
        return KUBERNETES.resolve(overlay).resolve("values.yaml");
    }

    /** The configuration of an overlay. */
    static Path config(String overlay) {
        return KUBERNETES.resolve(overlay).resolve("redrive.yaml");
    }

    /** The command that renders an overlay, as an operator would give it. */
    TemplateCommand command(Path values, Path config) {
        return helm.template()
                .withName("retries")
                .withNamespace("jobs")
                .withKubeVersion("1.33.0")
                .withValuesFile(values)
                .setFile("config", config);
    }

    /** The objects of an overlay. */
    List<JsonNode> rendered(String overlay) throws IOException {
        return objects(command(values(overlay), config(overlay)).call());
    }

    static List<JsonNode> objects(String manifests) throws IOException {
        List<JsonNode> objects = new ArrayList<>();
        try (MappingIterator<JsonNode> documents =
                new YAMLMapper().readerFor(JsonNode.class).readValues(manifests)) {
            documents.forEachRemaining(document -> {
                if (document != null && !document.isNull()) {
                    objects.add(document);
                }
            });
        }
        return objects;
    }

    static JsonNode only(List<JsonNode> objects, String kind) {
        List<JsonNode> found = objects.stream()
                .filter(object -> object.path("kind").asText().equals(kind))
                .toList();
        if (found.size() != 1) {
            throw new AssertionError(found.size() + " objects are a " + kind);
        }
        return found.get(0);
    }

    /**
     * Reads an object as its type.
     *
     * @throws IOException if a field is unknown or of another type
     */
    static Object strict(JsonNode object) throws IOException {
        String kind =
                object.path("apiVersion").asText() + "/" + object.path("kind").asText();
        return mapper().treeToValue(object, Objects.requireNonNull(TYPES.get(kind), kind));
    }

    /** The types keep unknown fields for a later look; here they are refused. */
    private static ObjectMapper mapper() {
        return JsonMapper.builder()
                .annotationIntrospector(new JacksonAnnotationIntrospector() {
                    @Override
                    public Boolean hasAnySetter(Annotated method) {
                        return false;
                    }
                })
                .build();
    }
}
