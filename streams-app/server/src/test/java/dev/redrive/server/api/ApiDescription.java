package dev.redrive.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** The description that the API serves, and the schemas of its answers. */
final class ApiDescription {

    static final JsonNode DOCUMENT = document();

    private static final SchemaRegistry REGISTRY =
            SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12);
    private static final Map<String, Schema> SCHEMAS = new ConcurrentHashMap<>();

    private ApiDescription() {}

    private static JsonNode document() {
        try {
            return new YAMLMapper().readTree(HealthRoutes.description());
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Returns what a reference in the document points to. */
    static JsonNode resolved(JsonNode node) {
        return node.has("$ref") ? DOCUMENT.at(node.get("$ref").asText().substring(1)) : node;
    }

    static JsonNode operation(ApiRoute route) {
        return DOCUMENT.path("paths")
                .path(route.path())
                .path(route.method().name().toLowerCase(java.util.Locale.ROOT));
    }

    /** Checks an answer against the schema of its route and status. */
    static void requireDescribed(@Nullable ApiRoute route, int status, String contentType, String body) {
        JsonNode response =
                route == null ? DOCUMENT.at("/components/responses/Problem") : response(operation(route), status);
        String mediaType = contentType.split(";", 2)[0];
        JsonNode content = response.path("content").path(mediaType);
        assertThat(content.isMissingNode())
                .as("%s %d answers with %s", route, status, mediaType)
                .isFalse();
        if (content.has("schema")) {
            for (String text : mediaType.equals(ApiRoute.NDJSON_TYPE) ? body.split("\n") : new String[] {body}) {
                assertThat(schema(content.get("schema")).validate(json(text)))
                        .as("%s %d: %s", route, status, text)
                        .isEmpty();
            }
        }
    }

    private static JsonNode response(JsonNode operation, int status) {
        JsonNode responses = operation.path("responses");
        JsonNode own = responses.path(Integer.toString(status));
        return resolved(own.isMissingNode() && status >= 400 ? responses.path("default") : own);
    }

    private static Schema schema(JsonNode schema) {
        return SCHEMAS.computeIfAbsent(schema.toString(), text -> {
            ObjectNode root = (ObjectNode) schema.deepCopy();
            root.set("components", DOCUMENT.get("components"));
            return REGISTRY.getSchema(root);
        });
    }

    private static JsonNode json(String text) {
        try {
            return new JsonMapper().readTree(text);
        } catch (IOException e) {
            throw new AssertionError("no JSON: " + text, e);
        }
    }
}
