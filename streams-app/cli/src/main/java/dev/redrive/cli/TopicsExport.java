package dev.redrive.cli;

import dev.redrive.cli.CommandFailure.Reason;
import dev.redrive.config.RedriveConfig;
import dev.redrive.runtime.AccessPlan;
import dev.redrive.runtime.AccessPlan.Access;
import dev.redrive.runtime.TopicPlan;
import dev.redrive.runtime.TopicPlan.TopicDefinition;
import dev.redrive.runtime.Wiring;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code redrive topics export}: topics and access rights in the format of a provisioning tool. */
@Command(
        name = "export",
        description = {
            "Write the topics and the minimal access rights for other tools.",
            "",
            "Asks no broker: everything follows from the configuration. The rights are those of the pipeline itself and of"
                    + " NAME-publishers, NAME-workers, NAME-readers and NAME-operators, whose consumer groups begin with"
                    + " their names."
        })
final class TopicsExport extends Subcommand {

    @Option(
            names = "--format",
            required = true,
            paramLabel = "FORMAT",
            description = "${COMPLETION-CANDIDATES}: resources for Strimzi, Kafka's own scripts, or Terraform.")
    private @Nullable Format format;

    @Option(
            names = "--principal",
            paramLabel = "NAME",
            defaultValue = "redrive",
            description = "The pipeline's principal, without 'User:'. Default: ${DEFAULT-VALUE}.")
    private String principal = "redrive";

    @Option(
            names = {"-c", "--config"},
            paramLabel = "FILE",
            defaultValue = "${env:REDRIVE_CONFIG}",
            description = "The pipeline's configuration; without it, the defaults.")
    private @Nullable Path config;

    @Override
    public Integer call() {
        return new Run(terminal(), config).run(Objects.requireNonNull(format), principal);
    }

    /** The tools; the names are used on the command line. */
    enum Format {
        strimzi,
        shell,
        terraform
    }

    /** Writes topics and access rights for one tool. */
    @FunctionalInterface
    private interface Writer {

        /** Returns the whole text; ends with a line break. */
        String text(TopicPlan topics, AccessPlan access);
    }

    /** One run of {@code redrive topics export}. */
    static final class Run {

        private final Terminal terminal;
        private final @Nullable Path file;

        Run(Terminal terminal, @Nullable Path file) {
            this.terminal = terminal;
            this.file = file;
        }

        int run(Format format, String principal) {
            if (!principal.matches("[A-Za-z0-9][A-Za-z0-9._-]{0,99}")) {
                throw new CommandFailure(
                        Reason.USAGE, "--principal takes 1 to 100 letters, digits, '.', '_' and '-', not " + principal);
            }
            RedriveConfig config = ConfigSource.load(file, terminal.environment());
            TopicPlan topics = Wiring.topics(config);
            LineOutput out = new LineOutput(terminal.out());
            out.lines(writer(format).text(topics, AccessPlan.of(topics, config.applicationId(), principal)));
            out.flush();
            return Subcommand.OK;
        }

        private static Writer writer(Format format) {
            return switch (format) {
                case strimzi -> new Strimzi();
                case shell -> new Shell();
                case terraform -> new Terraform();
            };
        }
    }

    /** {@code KafkaTopic} and {@code KafkaUser} resources for Strimzi's operators, 0.49 or later. */
    private static final class Strimzi implements Writer {

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

        /** Returns a valid Kubernetes name (RFC 1123); {@code topicName} contains the topic's own name. */
        private static String resourceName(String name) {
            return name.toLowerCase(Locale.ROOT).replace('_', '-');
        }

        private static String quoted(String text) {
            return "'" + text + "'";
        }
    }

    /** A shell script that calls Kafka's own scripts; existing topics and rights stay unchanged. */
    private static final class Shell implements Writer {

        private static final String HEAD = """
                #!/bin/sh
                # Usage: BOOTSTRAP=host:9092 [CONFIG=client.properties] sh FILE; Kafka's bin directory is on the PATH.
                set -eu
                : "${BOOTSTRAP:?names no broker}"
                topics() { kafka-topics.sh --bootstrap-server "$BOOTSTRAP" ${CONFIG:+--command-config "$CONFIG"} "$@"; }
                acls() { kafka-acls.sh --bootstrap-server "$BOOTSTRAP" ${CONFIG:+--command-config "$CONFIG"} "$@"; }
                """;

        @Override
        public String text(TopicPlan topics, AccessPlan access) {
            StringBuilder script = new StringBuilder(HEAD);
            script.append('\n');
            topics.topics().forEach(topic -> topic(topic, script));
            access.byPrincipal().forEach((principal, rules) -> {
                script.append("\n# ").append(principal).append('\n');
                rules.forEach(rule -> rule(rule, script));
            });
            return script.toString();
        }

        private static void topic(TopicDefinition topic, StringBuilder script) {
            script.append("topics --create --if-not-exists --topic ").append(quoted(topic.name()));
            script.append(" --partitions ").append(topic.partitions());
            if (topic.replicationFactor() > 0) {
                script.append(" --replication-factor ").append(topic.replicationFactor());
            }
            topic.configs().forEach((key, value) -> script.append(" --config ").append(quoted(key + "=" + value)));
            script.append('\n');
        }

        private static void rule(Access rule, StringBuilder script) {
            script.append("acls --add --allow-principal ").append(quoted("User:" + rule.principal()));
            script.append(rule.operations().stream()
                    .map(operation -> " --operation " + operation.word())
                    .collect(Collectors.joining()));
            script.append(" --")
                    .append(rule.resource().name().toLowerCase(Locale.ROOT).replace('_', '-'));
            script.append(' ').append(quoted(rule.name()));
            script.append(" --resource-pattern-type ")
                    .append(rule.pattern().name().toLowerCase(Locale.ROOT));
            script.append('\n');
        }

        /** Topic names, ids and settings contain no quotes; principals are checked at input. */
        private static String quoted(String text) {
            return "'" + text + "'";
        }
    }

    /** Terraform resources of the provider Mongey/kafka; the provider's own configuration contains the brokers. */
    private static final class Terraform implements Writer {

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
                  description = "Copies of each partition: the configuration leaves it to the brokers, and Terraform needs a number."
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
            line(
                    "resource_pattern_type_filter",
                    rule.pattern() == Access.Pattern.LITERAL ? "Literal" : "Prefixed",
                    hcl);
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

        /** Returns a valid Terraform name; Terraform rejects the rare case of two names that map to the same one. */
        private static String label(String name) {
            return name.replace('.', '_');
        }

        private static String quoted(String text) {
            return '"' + text + '"';
        }
    }
}
