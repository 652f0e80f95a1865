package dev.redrive.cli;

import dev.redrive.runtime.AccessPlan;
import dev.redrive.runtime.AccessPlan.Access;
import dev.redrive.runtime.TopicPlan;
import dev.redrive.runtime.TopicPlan.TopicDefinition;
import java.util.Locale;
import java.util.stream.Collectors;

/** A shell script that calls Kafka's own scripts; what is there already is left as it is. */
final class ShellExport implements TopicsExport {

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
        script.append(" --resource-pattern-type ").append(rule.pattern().name().toLowerCase(Locale.ROOT));
        script.append('\n');
    }

    /** Topic names, ids and settings hold no quotes; principals are checked where they come in. */
    private static String quoted(String text) {
        return "'" + text + "'";
    }
}
