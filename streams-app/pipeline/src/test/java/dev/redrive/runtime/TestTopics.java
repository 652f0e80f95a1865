package dev.redrive.runtime;

import dev.redrive.config.ConfigLoader;
import dev.redrive.config.RedriveConfig;
import dev.redrive.contract.TopicNames;
import dev.redrive.runtime.TopicPlan.TopicSettings;
import org.jspecify.annotations.Nullable;

/** Topics with the tiers and retentions of the built-in configuration. */
public final class TestTopics {

    static final RedriveConfig CONFIG = ConfigLoader.builtIn();

    private TestTopics() {}

    public static TopicSettings of(TopicNames names, int partitions, int replicationFactor) {
        return of(names, partitions, replicationFactor, null);
    }

    static TopicSettings of(TopicNames names, int partitions, int replicationFactor, @Nullable Integer minInsync) {
        return new TopicSettings(
                names,
                CONFIG.retry().tierList(),
                partitions,
                (short) replicationFactor,
                minInsync,
                CONFIG.retry().maxPark(),
                CONFIG.topics().retention().records(),
                CONFIG.topics().retention().deadLetters());
    }
}
