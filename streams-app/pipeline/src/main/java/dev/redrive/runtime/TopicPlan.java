package dev.redrive.runtime;

import dev.redrive.contract.TopicNames;
import dev.redrive.domain.decide.RetryPolicy.Tier;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.config.TopicConfig;
import org.jspecify.annotations.Nullable;

/**
 * All topics of one pipeline, with partitions, retention and other settings.
 *
 * @param settings the input of the plan
 * @param topics the topics, inputs first
 */
public record TopicPlan(TopicSettings settings, List<TopicDefinition> topics) {

    /** Maximum size of a record batch of an input, in bytes; Kafka's own default. */
    public static final int INPUT_MAX_BYTES = Topic.INPUT_MAX_BYTES;

    /** Maximum size of a record batch of a topic whose records embed an input, in bytes. */
    public static final int EMBEDDING_MAX_BYTES = Topic.EMBEDDING_MAX_BYTES;

    /** Minimum retention of a retry beyond its maximum delay, so that an outage loses none. */
    public static final Duration RETRY_LEAST_MARGIN = Duration.ofDays(1);

    /** Retention of a retry beyond its maximum delay if Redrive creates the topic. */
    public static final Duration RETRY_MARGIN = Duration.ofDays(7);

    /** Copies the list. */
    public TopicPlan {
        topics = List.copyOf(topics);
    }

    /** Derives the plan from settings. */
    public static TopicPlan of(TopicSettings settings) {
        return new TopicPlan(
                settings,
                Arrays.stream(Topic.values())
                        .flatMap(topic -> topic.definitions(settings).stream())
                        .toList());
    }

    /** Returns the names of the topics with this use, in the plan's order. */
    List<String> names(Topic.Use use) {
        return Arrays.stream(Topic.values())
                .filter(topic -> topic.has(use))
                .flatMap(topic -> topic.names(settings).stream())
                .toList();
    }

    /**
     * The settings of one pipeline's topics.
     *
     * @param names the topic names
     * @param tiers the delayed retry topics, shortest first; 1 to 20; names of 1 to 20 letters and digits, not {@code
     *     ready}; delays from 1 ms to 366 days
     * @param partitions number of partitions of every topic; from 1 to 10 000
     * @param replicationFactor from 1; −1 takes the broker's default
     * @param minInsyncReplicas minimum number of replicas that acknowledge a write; {@code null} takes the broker's
     *     default
     * @param longestPark maximum time that a parked job stays in the last tier
     * @param retention retention of inputs and outputs without a retention of their own
     * @param deadLetterRetention retention of dead letters, alerts and quarantined input
     */
    public record TopicSettings(
            TopicNames names,
            List<Tier> tiers,
            int partitions,
            short replicationFactor,
            @Nullable Integer minInsyncReplicas,
            Duration longestPark,
            Duration retention,
            Duration deadLetterRetention) {

        private static final Pattern TIER_NAME = Pattern.compile("[A-Za-z0-9]{1,20}");
        private static final Duration LONGEST_TIER = Duration.ofDays(366);

        /** @throws IllegalArgumentException if a value is out of range; the message names it */
        public TopicSettings {
            Objects.requireNonNull(names, "names");
            tiers = List.copyOf(tiers);
            require(!tiers.isEmpty() && tiers.size() <= 20, "there are 1 to 20 tiers: " + tiers.size());
            Set<String> seen = new HashSet<>();
            Duration previous = Duration.ZERO;
            for (Tier tier : tiers) {
                require(
                        TIER_NAME.matcher(tier.name()).matches() && !tier.name().equals("ready"),
                        "a tier's name takes 1 to 20 letters and digits, and is not 'ready': " + tier.name());
                require(
                        tier.length().toMillis() >= 1 && tier.length().compareTo(LONGEST_TIER) <= 0,
                        "a tier lasts from 1 ms to 366 days: " + tier.length());
                require(seen.add(tier.name()), "two tiers have the name " + tier.name());
                require(tier.length().compareTo(previous) > 0, "tiers must be in ascending order: " + tier.name());
                previous = tier.length();
            }
            require(partitions >= 1 && partitions <= 10_000, "there are 1 to 10000 partitions: " + partitions);
            require(
                    replicationFactor == -1 || replicationFactor >= 1,
                    "the replication factor is at least 1, or -1 for the broker's default: " + replicationFactor);
            require(
                    minInsyncReplicas == null
                            || (minInsyncReplicas >= 1
                                    && (replicationFactor == -1 || minInsyncReplicas <= replicationFactor)),
                    "min in-sync replicas are from 1 to the replication factor: " + minInsyncReplicas);
            requireRetention(longestPark, "the longest park");
            requireRetention(retention, "the retention");
            requireRetention(deadLetterRetention, "the retention of dead letters");
        }

        private static void requireRetention(Duration value, String what) {
            require(
                    !value.isNegative() && !value.isZero() && value.compareTo(Duration.ofDays(3660)) <= 0,
                    what + " is more than nothing and at most 3660 days: " + value);
        }

        private static void require(boolean condition, String message) {
            if (!condition) {
                throw new IllegalArgumentException(message);
            }
        }
    }

    /**
     * The definition of one topic, and the parts of it that correctness depends on.
     *
     * @param name the topic
     * @param what its content, for people
     * @param partitions number of partitions
     * @param partitionsMatter whether another number of partitions would break the pipeline
     * @param timestampTypeMatters whether another timestamp type than that of {@code configs} would break the pipeline
     * @param replicationFactor −1 takes the broker's default
     * @param configs topic configuration by Kafka's names, sorted
     * @param minRetention minimum retention: a shorter one would lose records that are still needed; zero if there is
     *     no bound
     */
    public record TopicDefinition(
            String name,
            String what,
            int partitions,
            boolean partitionsMatter,
            boolean timestampTypeMatters,
            short replicationFactor,
            Map<String, String> configs,
            Duration minRetention) {

        /** Sorts the configuration for a stable order. */
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
}
