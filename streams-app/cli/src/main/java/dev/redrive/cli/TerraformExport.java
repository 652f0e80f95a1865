package dev.redrive.cli;

import dev.redrive.runtime.AccessPlan;
import dev.redrive.runtime.AccessPlan.Access;
import dev.redrive.runtime.TopicPlan;
import dev.redrive.runtime.TopicPlan.TopicDefinition;
import java.util.Locale;

/** Terraform resources of the provider Mongey/kafka; where the brokers are is told to the provider elsewhere. */
final class TerraformExport implements TopicsExport {

    private static final String HEAD = """
        terraform {
          required_providers {
            kafka = {
              source = "Mongey/kafka"
            }
          }
        }
        """;

    private static final String REPLICATION = """

        variable "replication_factor" {
          type        = number
          description = "Copies of each partition: the configuration leaves it to the brokers, and Terraform must know."
        }
        """;

    @Override
    public String text(TopicPlan topics, AccessPlan access) {
        StringBuilder hcl = new StringBuilder(HEAD);
        if (topics.settings().replicationFactor() < 1) {
            hcl.append(REPLICATION);
        }
        topics.topics().forEach(topic -> topic(topic, hcl));
        access.byPrincipal()
                .values()
                .forEach(rules ->
                        rules.forEach(rule -> rule.operations().forEach(operation -> rule(rule, operation, hcl))));
        return hcl.toString();
    }

    private static void topic(TopicDefinition topic, StringBuilder hcl) {
        hcl.append("\nresource \"kafka_topic\" ")
                .append(quoted(label(topic.name())))
                .append(" {\n");
        hcl.append("  name               = ").append(quoted(topic.name())).append('\n');
        hcl.append("  partitions         = ").append(topic.partitions()).append('\n');
        hcl.append("  replication_factor = ")
                .append(topic.replicationFactor() > 0 ? topic.replicationFactor() : "var.replication_factor")
                .append("\n  config = {\n");
        topic.configs()
                .forEach((key, value) -> hcl.append("    ")
                        .append(quoted(key))
                        .append(" = ")
                        .append(quoted(value))
                        .append('\n'));
        hcl.append("  }\n}\n");
    }

    private static void rule(Access rule, Access.Operation operation, StringBuilder hcl) {
        String label = String.join(
                "_",
                label(rule.principal()),
                rule.resource().name().toLowerCase(Locale.ROOT),
                label(rule.name()),
                operation.name().toLowerCase(Locale.ROOT));
        hcl.append("\nresource \"kafka_acl\" ").append(quoted(label)).append(" {\n");
        line("resource_name", rule.name(), hcl);
        line("resource_type", type(rule.resource()), hcl);
        line("resource_pattern_type_filter", rule.pattern() == Access.Pattern.LITERAL ? "Literal" : "Prefixed", hcl);
        line("acl_principal", "User:" + rule.principal(), hcl);
        line("acl_host", "*", hcl);
        line("acl_operation", operation.word(), hcl);
        line("acl_permission_type", "Allow", hcl);
        hcl.append("}\n");
    }

    private static void line(String key, String value, StringBuilder hcl) {
        hcl.append("  ")
                .append(String.format("%-28s = ", key))
                .append(quoted(value))
                .append('\n');
    }

    private static String type(Access.Resource resource) {
        return switch (resource) {
            case TOPIC -> "Topic";
            case GROUP -> "Group";
            case TRANSACTIONAL_ID -> "TransactionalID";
        };
    }

    /** A name that Terraform takes; differing names that it would make the same are rare, and refused by Terraform. */
    private static String label(String name) {
        return name.replace('.', '_');
    }

    private static String quoted(String text) {
        return '"' + text + '"';
    }
}
