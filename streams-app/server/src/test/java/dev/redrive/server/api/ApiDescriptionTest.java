package dev.redrive.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ApiDescriptionTest {

    @Test
    void shouldDescribeEveryRouteAndNoOther() {
        List<String> described = new ArrayList<>();
        ApiDescription.DOCUMENT
                .path("paths")
                .fields()
                .forEachRemaining(path -> path.getValue()
                        .fieldNames()
                        .forEachRemaining(method ->
                                described.add(method.toUpperCase(java.util.Locale.ROOT) + " " + path.getKey())));

        assertThat(described)
                .containsExactlyInAnyOrderElementsOf(Stream.of(ApiRoute.values())
                        .map(route -> route.method().name() + " " + route.path())
                        .toList());
    }

    @ParameterizedTest
    @EnumSource
    void shouldDescribeRoleParametersAndBodyOfARoute(ApiRoute route) {
        JsonNode operation = ApiDescription.operation(route);
        List<String> path = new ArrayList<>();
        TreeSet<String> query = new TreeSet<>();
        operation.path("parameters").forEach(parameter -> {
            JsonNode resolved = ApiDescription.resolved(parameter);
            switch (resolved.path("in").asText()) {
                case "path" -> path.add(resolved.path("name").asText());
                case "query" -> query.add(resolved.path("name").asText());
                default -> assertThat(resolved.path("in").asText()).isEqualTo("header");
            }
        });
        JsonNode body = ApiDescription.resolved(operation.path("requestBody"));

        assertThat(operation.path("x-role").asText(null))
                .isEqualTo(route.role() == null ? null : route.role().name());
        assertThat(path).containsExactlyElementsOf(route.pathParameters());
        assertThat(query).isEqualTo(new TreeSet<>(route.parameters()));
        assertThat(body.isMissingNode()).isEqualTo(route.body() == ApiRoute.Body.NONE);
        body.path("content")
                .fieldNames()
                .forEachRemaining(type -> assertThat(route.body().accepts(type)).isTrue());
        assertThat(operation.path("summary").asText()).isNotEmpty();
        assertThat(operation.path("responses").has("default")).isTrue();
    }

    @Test
    void shouldListEveryReasonOfAnError() {
        List<String> reasons = new ArrayList<>();
        ApiDescription.DOCUMENT
                .at("/components/schemas/Problem/properties/reason/enum")
                .forEach(reason -> reasons.add(reason.asText()));

        assertThat(reasons)
                .containsExactlyElementsOf(
                        Stream.of(ApiError.values()).map(Enum::name).toList());
    }
}
