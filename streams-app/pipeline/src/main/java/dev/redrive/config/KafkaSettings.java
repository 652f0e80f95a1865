package dev.redrive.config;

import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * {@code kafka}: how to reach the brokers.
 *
 * @param bootstrapServers {@code host:port} of some brokers; 1 to 100
 * @param properties passed through to every Kafka client, e.g. for SASL and TLS
 */
public record KafkaSettings(List<String> bootstrapServers, ClientProperties properties) {

    private static final Pattern HOST_PORT = Pattern.compile("(?:[^:/\\s\\[\\]]+|\\[[0-9A-Fa-f:.]+\\]):[0-9]{1,5}");

    /** What Redrive's promises rest on, or what has a place of its own. */
    private static final Set<String> OWN = Set.of(
            "bootstrap.servers",
            "application.id",
            "group.id",
            "group.instance.id",
            "group.protocol",
            "client.id",
            "processing.guarantee",
            "isolation.level",
            "transactional.id",
            "enable.auto.commit",
            "enable.idempotence",
            "acks",
            "state.dir",
            "num.stream.threads",
            "num.standby.replicas",
            "commit.interval.ms");

    private static final Pattern CLIENT =
            Pattern.compile("(?:(?:main|restore|global)\\.)?consumer\\.|producer\\.|admin\\.");

    public KafkaSettings {
        bootstrapServers = List.copyOf(bootstrapServers);
        Require.between("bootstrapServers", bootstrapServers.size(), 1, 100);
        for (String server : bootstrapServers) {
            Require.that(
                    HOST_PORT.matcher(server).matches(),
                    "bootstrapServers",
                    "'" + server + "' is no broker; write host:port, e.g. localhost:9092");
        }
        List<String> own = properties.values().keySet().stream()
                .filter(KafkaSettings::isOwn)
                .toList();
        Require.that(
                own.isEmpty(),
                "properties",
                "Redrive itself sets " + String.join(", ", own) + "; leave " + (own.size() == 1 ? "it" : "them")
                        + " out here");
    }

    /** Whether it is ours, for all clients or for one kind of them. */
    private static boolean isOwn(String key) {
        String passed = ClientProperties.unmarked(key);
        return OWN.contains(CLIENT.matcher(passed).replaceFirst("")) || OWN.contains(passed);
    }
}
