package dev.redrive.runtime;

import java.util.Map;

/**
 * One planned topic as it stands on the cluster.
 *
 * @param definition the plan
 * @param state whether it could be seen
 * @param partitions how many it has; 0 unless present
 * @param replicationFactor of its first partition; 0 unless present
 * @param configs its effective configuration by Kafka's names; empty unless present
 */
public record TopicListing(
        TopicDefinition definition, State state, int partitions, int replicationFactor, Map<String, String> configs) {

    /** Whether it could be seen. */
    public enum State {
        /** It is there. */
        PRESENT,
        /** It is not there. */
        MISSING,
        /** The client may not look at it. */
        NOT_AUTHORIZED
    }

    /** Copies the configuration. */
    public TopicListing {
        configs = Map.copyOf(configs);
    }

    static TopicListing absent(TopicDefinition definition, State state) {
        return new TopicListing(definition, state, 0, 0, Map.of());
    }
}
