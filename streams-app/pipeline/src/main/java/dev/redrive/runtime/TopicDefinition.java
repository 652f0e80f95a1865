package dev.redrive.runtime;

import java.time.Duration;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.config.TopicConfig;

/**
 * How one topic is made, and what of it must hold for the pipeline to be correct.
 *
 * @param name the topic
 * @param what what stands in it, for people
 * @param partitions how many
 * @param partitionsMatter whether another number of partitions would break the pipeline
 * @param timestampTypeMatters whether another timestamp type than that of {@code configs} would break the pipeline
 * @param replicationFactor −1 takes the broker's default
 * @param configs topic configuration by Kafka's names, sorted
 * @param leastRetention shorter retention would lose records that are still needed; zero where there is no such bound
 */
public record TopicDefinition(
        String name,
        String what,
        int partitions,
        boolean partitionsMatter,
        boolean timestampTypeMatters,
        short replicationFactor,
        Map<String, String> configs,
        Duration leastRetention) {

    /** Sorts the configuration, so that it reads the same everywhere. */
    public TopicDefinition {
        configs = Collections.unmodifiableMap(new TreeMap<>(configs));
    }

    NewTopic toNewTopic() {
        return new NewTopic(name, partitions, replicationFactor).configs(configs);
    }

    String config(String key, String otherwise) {
        return configs.getOrDefault(key, otherwise);
    }

    boolean compacted() {
        return config(TopicConfig.CLEANUP_POLICY_CONFIG, TopicConfig.CLEANUP_POLICY_DELETE)
                .contains(TopicConfig.CLEANUP_POLICY_COMPACT);
    }
}
