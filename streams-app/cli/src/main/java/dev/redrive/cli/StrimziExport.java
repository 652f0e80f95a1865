package dev.redrive.cli;

import dev.redrive.runtime.AccessPlan;
import dev.redrive.runtime.AccessPlan.Access;
import dev.redrive.runtime.TopicPlan;
import dev.redrive.runtime.TopicPlan.TopicDefinition;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** {@code KafkaTopic} and {@code KafkaUser} resources for Strimzi's operators, 0.49 or later. */
final class StrimziExport implements TopicsExport {

    private static final String API = "apiVersion: kafka.strimzi.io/v1\n";
    private static final String CLUSTER = "    strimzi.io/cluster: my-cluster\n";

    @Override
    public String text(TopicPlan topics, AccessPlan access) {
        StringBuilder yaml = new StringBuilder(
                "# Set strimzi.io/cluster to the Kafka cluster's name, and how users authenticate.\n");
        topics.topics().forEach(topic -> topic(topic, yaml));
        access.byPrincipal().forEach((principal, rules) -> user(principal, rules, yaml));
        return yaml.toString();
    }

    private static void topic(TopicDefinition topic, StringBuilder yaml) {
        yaml.append("---\n").append(API).append("kind: KafkaTopic\nmetadata:\n  name: ");
        yaml.append(resourceName(topic.name()))
                .append("\n  labels:\n")
                .append(CLUSTER)
                .append("spec:\n");
        yaml.append("  topicName: ").append(quoted(topic.name())).append('\n');
        yaml.append("  partitions: ").append(topic.partitions()).append('\n');
        if (topic.replicationFactor() > 0) {
            yaml.append("  replicas: ").append(topic.replicationFactor()).append('\n');
        }
        yaml.append("  config:\n");
        topic.configs()
                .forEach((key, value) -> yaml.append("    ")
                        .append(key)
                        .append(": ")
                        .append(value.matches("[0-9]+") ? value : quoted(value))
                        .append('\n'));
    }

    private static void user(String principal, List<Access> rules, StringBuilder yaml) {
        yaml.append("---\n").append(API).append("kind: KafkaUser\nmetadata:\n  name: ");
        yaml.append(resourceName(principal)).append("\n  labels:\n").append(CLUSTER);
        yaml.append(
                "spec:\n  authentication:\n    type: scram-sha-512\n  authorization:\n    type: simple\n    acls:\n");
        for (Access rule : rules) {
            yaml.append("      - resource: {type: ").append(type(rule.resource()));
            yaml.append(", name: ").append(quoted(rule.name()));
            yaml.append(", patternType: ").append(pattern(rule.pattern())).append("}\n");
            yaml.append("        operations: ").append(operations(rule)).append('\n');
        }
    }

    private static String type(Access.Resource resource) {
        return switch (resource) {
            case TOPIC -> "topic";
            case GROUP -> "group";
            case TRANSACTIONAL_ID -> "transactionalId";
        };
    }

    private static String pattern(Access.Pattern pattern) {
        return switch (pattern) {
            case LITERAL -> "literal";
            case PREFIXED -> "prefix";
        };
    }

    private static String operations(Access rule) {
        return rule.operations().stream().map(Access.Operation::word).collect(Collectors.joining(", ", "[", "]"));
    }

    /** A name that Kubernetes takes (RFC 1123): the topic's own stands in {@code topicName}. */
    private static String resourceName(String name) {
        return name.toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private static String quoted(String text) {
        return "'" + text + "'";
    }
}
