package dev.redrive.runtime;

import dev.redrive.contract.TopicNames;
import dev.redrive.domain.decide.RetryPolicy.Tier;
import dev.redrive.runtime.TopicPlan.TopicDefinition;
import dev.redrive.runtime.TopicPlan.TopicSettings;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.apache.kafka.common.config.TopicConfig;

/**
 * The topics of a pipeline, inputs first: how each is created and who uses it. Plan and access rights are derived from
 * these.
 */
public enum Topic {
    // Append time of inputs bounds how far a publisher's clock is trusted.
    FAILURES(
            TopicNames::failures,
            "attempts that failed, in",
            Keep.RECORDS,
            Set.of(Trait.APPEND_TIME_ADVISED),
            Set.of(Use.PIPELINE_READS, Use.PUBLISHERS_WRITE, Use.WORKERS_WRITE)),
    LIFECYCLE(
            TopicNames::lifecycle,
            "jobs moving on, in",
            Keep.RECORDS,
            Set.of(Trait.APPEND_TIME_ADVISED),
            Set.of(Use.PIPELINE_READS, Use.PUBLISHERS_WRITE, Use.WORKERS_WRITE)),
    ACCOUNTS(
            TopicNames::accounts,
            "allowances and limits, in",
            Keep.RECORDS,
            Set.of(Trait.APPEND_TIME_ADVISED),
            Set.of(Use.PIPELINE_READS, Use.PUBLISHERS_WRITE)),
    COMMANDS(
            TopicNames::commands,
            "what people ask for, in",
            Keep.RECORDS,
            Set.of(Trait.APPEND_TIME_ADVISED, Trait.EMBEDS_INPUT),
            Set.of(Use.PIPELINE_READS, Use.OPERATORS_WRITE)),
    /** One topic per tier. Append time: a record with an old failure's timestamp would be deleted before it is due. */
    RETRY(
            names -> names.retry(""),
            "retries at rest",
            Keep.TIER,
            Set.of(Trait.APPEND_TIME, Trait.EMBEDS_INPUT),
            Set.of(Use.PIPELINE_READS)),
    /** Append time: it proves that nothing was released early. */
    READY(
            TopicNames::ready,
            "attempts to make now, out",
            Keep.RECORDS,
            Set.of(Trait.APPEND_TIME, Trait.EMBEDS_INPUT),
            Set.of(Use.WORKERS_READ)),
    DEAD_LETTERS(
            TopicNames::deadLetters,
            "jobs that no retry can mend, out",
            Keep.DEAD_LETTERS,
            Set.of(Trait.APPEND_TIME, Trait.EMBEDS_INPUT),
            Set.of(Use.READERS_READ, Use.OPERATORS_READ, Use.SERVER_READS)),
    DEAD_LETTER_CHANGES(
            TopicNames::deadLetterChanges,
            "what became of dead letters, out",
            Keep.DEAD_LETTERS,
            Set.of(),
            Set.of(Use.READERS_READ, Use.SERVER_READS)),
    USERS(
            TopicNames::users,
            "what is known of users, out",
            Keep.LATEST,
            Set.of(),
            Set.of(Use.READERS_READ, Use.OPERATORS_READ, Use.SERVER_READS)),
    OUTCOMES(
            TopicNames::outcomes,
            "what became of every input, out",
            Keep.RECORDS,
            Set.of(),
            Set.of(Use.READERS_READ, Use.OPERATORS_READ, Use.SERVER_READS)),
    ERROR_RATES(
            TopicNames::errorRates,
            "error rates, out",
            Keep.RECORDS,
            Set.of(Trait.ANY_PARTITIONS, Trait.ANY_RETENTION),
            Set.of(Use.READERS_READ)),
    ERROR_RATE_PARTS(
            TopicNames::errorRateParts,
            "partial sums, between tasks",
            Keep.DAY,
            Set.of(Trait.ANY_PARTITIONS),
            Set.of(Use.PIPELINE_READS)),
    ALERTS(
            TopicNames::alerts,
            "what people should look at, out",
            Keep.DEAD_LETTERS,
            Set.of(Trait.ANY_PARTITIONS, Trait.ANY_RETENTION),
            Set.of(Use.READERS_READ, Use.SERVER_READS)),
    REDRIVES(
            TopicNames::redrives,
            "redrives of many dead letters, server",
            Keep.LATEST,
            Set.of(Trait.ANY_PARTITIONS),
            Set.of(Use.READERS_READ, Use.SERVER_READS)),
    AUDIT(
            TopicNames::audit,
            "who asked for what, server",
            Keep.DEAD_LETTERS,
            Set.of(Trait.ANY_PARTITIONS, Trait.ANY_RETENTION),
            Set.of(Use.READERS_READ)),
    QUARANTINE(
            TopicNames::quarantine,
            "input that could not be read, out",
            Keep.DEAD_LETTERS,
            Set.of(Trait.ANY_PARTITIONS, Trait.APPEND_TIME, Trait.EMBEDS_INPUT),
            Set.of(Use.READERS_READ));

    /** Maximum size of a record batch of an input, in bytes; Kafka's own default. */
    static final int INPUT_MAX_BYTES = 1_048_588;

    /** Maximum size of a record batch of a topic whose records embed an input, in bytes. */
    static final int EMBEDDING_MAX_BYTES = 2_097_152;

    private static final Duration DAY = Duration.ofDays(1);
    private static final Duration MIN_RETENTION = Duration.ofHours(1);
    private static final Duration SEGMENT_AGE = Duration.ofDays(1);

    private final Function<TopicNames, String> name;
    private final String what;
    private final Keep keep;
    private final Set<Trait> traits;
    private final Set<Use> uses;

    Topic(Function<TopicNames, String> name, String what, Keep keep, Set<Trait> traits, Set<Use> uses) {
        this.name = name;
        this.what = what;
        this.keep = keep;
        this.traits = traits;
        this.uses = uses;
    }

    /** Retention of records. */
    private enum Keep {
        /** The configured retention of records. */
        RECORDS,
        /** The configured retention of dead letters. */
        DEAD_LETTERS,
        /** The tier's maximum delay plus a margin. */
        TIER,
        /** One day. */
        DAY,
        /** The latest record of each key without limit: compacted. */
        LATEST
    }

    private enum Trait {
        /** Another timestamp type breaks the pipeline. */
        APPEND_TIME,
        /** Append time if Redrive creates the topic; without it the pipeline is correct, but less exact. */
        APPEND_TIME_ADVISED,
        /** Records embed an input. */
        EMBEDS_INPUT,
        /** Any number of partitions is correct. */
        ANY_PARTITIONS,
        /** Shorter retention loses nothing that is still needed. */
        ANY_RETENTION
    }

    /** How a party uses a topic; the pipeline writes all of them. */
    enum Use {
        PIPELINE_READS,
        PUBLISHERS_WRITE,
        WORKERS_WRITE,
        WORKERS_READ,
        READERS_READ,
        OPERATORS_READ,
        OPERATORS_WRITE,
        SERVER_READS
    }

    /** Returns the topics that clients of the pipeline read. */
    public static List<Topic> outputs() {
        return Arrays.stream(values())
                .filter(topic -> topic.has(Use.WORKERS_READ) || topic.has(Use.READERS_READ))
                .toList();
    }

    /** Returns its name on the command line. */
    public String word() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** Returns the topic's name; of {@link #RETRY} what the tiers' topics begin with. */
    public String name(TopicNames names) {
        return name.apply(names);
    }

    boolean has(Use use) {
        return uses.contains(use);
    }

    /** Returns the definitions: one, or one per tier. */
    List<TopicDefinition> definitions(TopicSettings settings) {
        Duration min = keep == Keep.LATEST || traits.contains(Trait.ANY_RETENTION) ? Duration.ZERO : MIN_RETENTION;
        return switch (keep) {
            case TIER ->
                settings.tiers().stream().map(tier -> ofTier(settings, tier)).toList();
            case RECORDS -> List.of(definition(settings, name(settings), settings.retention(), min));
            case DEAD_LETTERS -> List.of(definition(settings, name(settings), settings.deadLetterRetention(), min));
            case DAY, LATEST -> List.of(definition(settings, name(settings), DAY, min));
        };
    }

    /** Returns the topics' names. */
    List<String> names(TopicSettings settings) {
        return definitions(settings).stream().map(TopicDefinition::name).toList();
    }

    private String name(TopicSettings settings) {
        return name(settings.names());
    }

    private TopicDefinition ofTier(TopicSettings settings, Tier tier) {
        boolean last = tier.equals(settings.tiers().get(settings.tiers().size() - 1));
        Duration park = settings.longestPark();
        Duration rest = last && park.compareTo(tier.length()) > 0 ? park : tier.length();
        return definition(
                settings,
                name(settings) + tier.name(),
                rest.plus(TopicPlan.RETRY_MARGIN),
                rest.plus(TopicPlan.RETRY_LEAST_MARGIN));
    }

    private TopicDefinition definition(TopicSettings settings, String topic, Duration retention, Duration min) {
        Map<String, String> configs = new HashMap<>();
        int maxBytes = traits.contains(Trait.EMBEDS_INPUT) ? EMBEDDING_MAX_BYTES : INPUT_MAX_BYTES;
        configs.put(TopicConfig.MAX_MESSAGE_BYTES_CONFIG, Integer.toString(maxBytes));
        Integer minIsr = settings.minInsyncReplicas();
        if (minIsr != null) {
            configs.put(TopicConfig.MIN_IN_SYNC_REPLICAS_CONFIG, minIsr.toString());
        }
        if (traits.contains(Trait.APPEND_TIME) || traits.contains(Trait.APPEND_TIME_ADVISED)) {
            configs.put(TopicConfig.MESSAGE_TIMESTAMP_TYPE_CONFIG, "LogAppendTime");
        }
        if (keep == Keep.LATEST) {
            configs.put(TopicConfig.CLEANUP_POLICY_CONFIG, TopicConfig.CLEANUP_POLICY_COMPACT);
        } else {
            Duration kept = retention.compareTo(min) < 0 ? min : retention;
            configs.put(TopicConfig.CLEANUP_POLICY_CONFIG, TopicConfig.CLEANUP_POLICY_DELETE);
            configs.put(TopicConfig.RETENTION_MS_CONFIG, Long.toString(kept.toMillis()));
            // Kafka deletes whole segments, so a young segment bounds how long a record outlives its retention.
            configs.put(TopicConfig.SEGMENT_MS_CONFIG, Long.toString(SEGMENT_AGE.toMillis()));
        }
        return new TopicDefinition(
                topic,
                what,
                settings.partitions(),
                !traits.contains(Trait.ANY_PARTITIONS),
                !traits.contains(Trait.APPEND_TIME_ADVISED),
                settings.replicationFactor(),
                configs,
                min);
    }
}
