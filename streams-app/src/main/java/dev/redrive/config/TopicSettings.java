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
public record TopicSettings(
        String prefix,
        int partitions,
        int replicationFactor,
        @Nullable Integer minInsyncReplicas,
        Retention retention) {

    public TopicSettings {
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
     * {@code topics.retention}: how long each kind of record is kept; a minute to ten years. The compacted users topic
     * has none.
     *
     * @param failures inputs: failures
     * @param lifecycle inputs: lifecycle events
     * @param accounts inputs: account changes
     * @param commands inputs: commands
     * @param retry retries at rest
     * @param ready attempts to make
     * @param deadLetters dead letters
     * @param outcomes the ledger
     * @param errorRates error rates
     * @param alerts alerts
     * @param quarantine unreadable inputs
     */
    public record Retention(
            Duration failures,
            Duration lifecycle,
            Duration accounts,
            Duration commands,
            Duration retry,
            Duration ready,
            Duration deadLetters,
            Duration outcomes,
            Duration errorRates,
            Duration alerts,
            Duration quarantine) {

        private static final Duration LEAST = Duration.ofMinutes(1);
        private static final Duration MOST = Duration.ofDays(3650);

        public Retention {
            Require.between("failures", failures, LEAST, MOST);
            Require.between("lifecycle", lifecycle, LEAST, MOST);
            Require.between("accounts", accounts, LEAST, MOST);
            Require.between("commands", commands, LEAST, MOST);
            Require.between("retry", retry, LEAST, MOST);
            Require.between("ready", ready, LEAST, MOST);
            Require.between("deadLetters", deadLetters, LEAST, MOST);
            Require.between("outcomes", outcomes, LEAST, MOST);
            Require.between("errorRates", errorRates, LEAST, MOST);
            Require.between("alerts", alerts, LEAST, MOST);
            Require.between("quarantine", quarantine, LEAST, MOST);
        }
    }
}
