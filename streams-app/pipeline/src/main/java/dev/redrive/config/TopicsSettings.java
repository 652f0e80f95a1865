package dev.redrive.config;

import dev.redrive.contract.TopicNames;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * {@code topics}: how the pipeline's topics are named and made.
 *
 * @param prefix what every name begins with
 * @param partitions of each topic, 1 to 1000; all topics have the same number
 * @param replicationFactor copies of each partition, 1 to 32767; -1 for the broker's default
 * @param minInsyncReplicas copies that must have a record before it counts as written; {@code null} for the broker's default
 * @param retention how long records are kept
 */
public record TopicsSettings(
        String prefix,
        int partitions,
        int replicationFactor,
        @Nullable Integer minInsyncReplicas,
        Retention retention) {

    public TopicsSettings {
        try {
            new TopicNames(prefix);
        } catch (IllegalArgumentException e) {
            throw new InvalidSetting("prefix", String.valueOf(e.getMessage()));
        }
        Require.between("partitions", partitions, 1, 1000);
        Require.that(
                replicationFactor == -1 || replicationFactor >= 1 && replicationFactor <= Short.MAX_VALUE,
                "replicationFactor",
                replicationFactor + " is out of range; write 1 to 32767, or -1 for the broker's default");
        if (minInsyncReplicas != null) {
            Require.between("minInsyncReplicas", minInsyncReplicas, 1, Short.MAX_VALUE);
            Require.that(
                    replicationFactor == -1 || minInsyncReplicas <= replicationFactor,
                    "minInsyncReplicas",
                    "must not be more than topics.replicationFactor, or nothing can be written");
        }
    }

    /** The names of the topics. */
    public TopicNames names() {
        return new TopicNames(prefix);
    }

    /**
     * {@code topics.retention}: how long records are kept; an hour to ten years. Retries are kept as long as they may
     * rest and a margin, users as long as they are known.
     *
     * @param records inputs, attempts to make, outcomes and error rates
     * @param deadLetters dead letters, alerts and quarantined inputs
     */
    public record Retention(Duration records, Duration deadLetters) {

        private static final Duration LEAST = Duration.ofHours(1);
        private static final Duration MOST = Duration.ofDays(3650);

        public Retention {
            Require.between("records", records, LEAST, MOST);
            Require.between("deadLetters", deadLetters, LEAST, MOST);
        }
    }
}
