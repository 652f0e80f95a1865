package dev.redrive.runtime;

import dev.redrive.contract.TopicNames;
import dev.redrive.domain.decide.RetryPolicy.Tier;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.config.TopicConfig;

/**
 * Every topic of one pipeline: the one place where partitions, retention and the rest are decided.
 *
 * @param settings what the topics are made from
 * @param topics the topics, inputs first
 */
public record TopicPlan(TopicSettings settings, List<TopicDefinition> topics) {

    /** Largest record batch of an input, in bytes; Kafka's own default. */
    public static final int INPUT_MAX_BYTES = 1_048_588;

    /** Largest record batch of a topic whose records embed an input, in bytes. */
    public static final int EMBEDDING_MAX_BYTES = 2_097_152;

    /** How much longer than its longest rest a retry must be kept at the least, so that an outage loses none. */
    public static final Duration RETRY_LEAST_MARGIN = Duration.ofDays(1);

    /** How much longer than its longest rest a retry is kept where Redrive makes the topic. */
    public static final Duration RETRY_MARGIN = Duration.ofDays(7);

    private static final Duration PARTS_RETENTION = Duration.ofDays(1);
    private static final Duration LEAST_INPUT_RETENTION = Duration.ofHours(1);
    private static final Duration SEGMENT_AGE = Duration.ofDays(1);

    /** Copies the list. */
    public TopicPlan {
        topics = List.copyOf(topics);
    }

    /** The plan that follows from settings. */
    public static TopicPlan of(TopicSettings settings) {
        List<TopicDefinition> topics = new ArrayList<>();
        inputs(settings, topics);
        retries(settings, topics);
        outputs(settings, topics);
        return new TopicPlan(settings, topics);
    }

    private static void inputs(TopicSettings s, List<TopicDefinition> into) {
        TopicNames names = s.names();
        // Append time: it bounds how far the clock of whoever published a record is believed.
        into.add(new Builder(s, names.failures(), "attempts that failed, in")
                .retention(s.retention(), LEAST_INPUT_RETENTION)
                .appendTimeAdvised()
                .build());
        into.add(new Builder(s, names.lifecycle(), "jobs moving on, in")
                .retention(s.retention(), LEAST_INPUT_RETENTION)
                .appendTimeAdvised()
                .build());
        into.add(new Builder(s, names.accounts(), "allowances and limits, in")
                .retention(s.retention(), LEAST_INPUT_RETENTION)
                .appendTimeAdvised()
                .build());
        into.add(new Builder(s, names.commands(), "what people ask for, in")
                .retention(s.retention(), LEAST_INPUT_RETENTION)
                .maxBytes(EMBEDDING_MAX_BYTES)
                .appendTimeAdvised()
                .build());
    }

    private static void retries(TopicSettings s, List<TopicDefinition> into) {
        Tier last = s.tiers().get(s.tiers().size() - 1);
        for (Tier tier : s.tiers()) {
            Duration rest = tier.length();
            if (tier.equals(last) && s.longestPark().compareTo(rest) > 0) {
                rest = s.longestPark();
            }
            // Append time: a record that carries the time of an old failure would else be deleted before it is due.
            into.add(new Builder(s, s.names().retry(tier.name()), "retries at rest")
                    .retention(rest.plus(RETRY_MARGIN), rest.plus(RETRY_LEAST_MARGIN))
                    .appendTime()
                    .maxBytes(EMBEDDING_MAX_BYTES)
                    .build());
        }
        // Append time: it proves that nothing was released early.
        into.add(new Builder(s, s.names().ready(), "attempts to make now, out")
                .retention(s.retention(), LEAST_INPUT_RETENTION)
                .appendTime()
                .maxBytes(EMBEDDING_MAX_BYTES)
                .build());
    }

    private static void outputs(TopicSettings s, List<TopicDefinition> into) {
        TopicNames names = s.names();
        into.add(new Builder(s, names.deadLetters(), "jobs that no retry can mend, out")
                .retention(s.deadLetterRetention(), LEAST_INPUT_RETENTION)
                .appendTime()
                .maxBytes(EMBEDDING_MAX_BYTES)
                .build());
        into.add(new Builder(s, names.users(), "what is known of users, out")
                .compacted()
                .build());
        into.add(new Builder(s, names.outcomes(), "what became of every input, out")
                .retention(s.retention(), LEAST_INPUT_RETENTION)
                .build());
        into.add(new Builder(s, names.errorRates(), "error rates, out")
                .retention(s.retention(), Duration.ZERO)
                .anyPartitions()
                .build());
        into.add(new Builder(s, names.errorRateParts(), "partial sums, between tasks")
                .retention(PARTS_RETENTION, LEAST_INPUT_RETENTION)
                .anyPartitions()
                .build());
        into.add(new Builder(s, names.alerts(), "what people should look at, out")
                .retention(s.deadLetterRetention(), Duration.ZERO)
                .anyPartitions()
                .build());
        into.add(new Builder(s, names.quarantine(), "input that could not be read, out")
                .retention(s.deadLetterRetention(), LEAST_INPUT_RETENTION)
                .anyPartitions()
                .appendTime()
                .maxBytes(EMBEDDING_MAX_BYTES)
                .build());
    }

    /** Collects one definition. */
    private static final class Builder {
        private final TopicSettings settings;
        private final String name;
        private final String what;
        private final Map<String, String> configs = new HashMap<>();
        private Duration leastRetention = Duration.ZERO;
        private boolean partitionsMatter = true;
        private boolean timestampTypeMatters = true;

        Builder(TopicSettings settings, String name, String what) {
            this.settings = settings;
            this.name = name;
            this.what = what;
            configs.put(TopicConfig.CLEANUP_POLICY_CONFIG, TopicConfig.CLEANUP_POLICY_DELETE);
            maxBytes(INPUT_MAX_BYTES);
            Integer minIsr = settings.minInsyncReplicas();
            if (minIsr != null) {
                configs.put(TopicConfig.MIN_IN_SYNC_REPLICAS_CONFIG, minIsr.toString());
            }
        }

        Builder retention(Duration retention, Duration least) {
            Duration longer = retention.compareTo(least) < 0 ? least : retention;
            configs.put(TopicConfig.RETENTION_MS_CONFIG, Long.toString(longer.toMillis()));
            // Kafka deletes whole segments, so a young segment bounds how long a record outlives its retention.
            configs.put(TopicConfig.SEGMENT_MS_CONFIG, Long.toString(SEGMENT_AGE.toMillis()));
            leastRetention = least;
            return this;
        }

        Builder compacted() {
            configs.put(TopicConfig.CLEANUP_POLICY_CONFIG, TopicConfig.CLEANUP_POLICY_COMPACT);
            return this;
        }

        Builder appendTime() {
            configs.put(TopicConfig.MESSAGE_TIMESTAMP_TYPE_CONFIG, "LogAppendTime");
            return this;
        }

        /** Append time where the topic is made; without it the pipeline is correct, and less exact. */
        Builder appendTimeAdvised() {
            timestampTypeMatters = false;
            return appendTime();
        }

        Builder maxBytes(int bytes) {
            configs.put(TopicConfig.MAX_MESSAGE_BYTES_CONFIG, Integer.toString(bytes));
            return this;
        }

        Builder anyPartitions() {
            partitionsMatter = false;
            return this;
        }

        TopicDefinition build() {
            return new TopicDefinition(
                    name,
                    what,
                    settings.partitions(),
                    partitionsMatter,
                    timestampTypeMatters,
                    settings.replicationFactor(),
                    configs,
                    leastRetention);
        }
    }
}
