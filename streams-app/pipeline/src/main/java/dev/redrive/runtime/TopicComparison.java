package dev.redrive.runtime;

import dev.redrive.runtime.Finding.TopicFinding;
import dev.redrive.runtime.Finding.TopicFinding.Reason;
import dev.redrive.runtime.TopicAdmin.TopicListing;
import dev.redrive.runtime.TopicPlan.TopicDefinition;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.config.TopicConfig;

/** Compares a topic on the cluster with its definition; pure. */
final class TopicComparison {

    private static final long UNLIMITED = -1;

    private final TopicListing listing;
    private final TopicDefinition definition;
    private final List<TopicFinding> findings = new ArrayList<>();

    private TopicComparison(TopicListing listing) {
        this.listing = listing;
        this.definition = listing.definition();
    }

    static List<TopicFinding> of(TopicListing listing) {
        return new TopicComparison(listing).compare();
    }

    private List<TopicFinding> compare() {
        switch (listing.state()) {
            case MISSING ->
                add(Reason.MISSING, "", definition.partitions() + " partitions", "run 'redrive topics create'");
            case NOT_AUTHORIZED ->
                add(
                        Reason.NOT_AUTHORIZED,
                        "",
                        "Describe and DescribeConfigs on the topic",
                        "grant the client these rights");
            case PRESENT -> {
                partitions();
                replication();
                cleanupPolicy();
                retention();
                timestampType();
                messageSize();
            }
        }
        return List.copyOf(findings);
    }

    private void partitions() {
        if (definition.partitionsMatter() && listing.partitions() != definition.partitions()) {
            add(
                    Reason.PARTITIONS_DIFFER,
                    Integer.toString(listing.partitions()),
                    Integer.toString(definition.partitions()),
                    "set the configured number of partitions to that of the existing topics, or make the topics anew"
                            + " under another prefix; never add partitions to a running pipeline");
        }
    }

    private void replication() {
        if (listing.replicationFactor() < definition.replicationFactor()) {
            add(
                    Reason.REPLICATION_TOO_LOW,
                    Integer.toString(listing.replicationFactor()),
                    Integer.toString(definition.replicationFactor()),
                    "add replicas with kafka-reassign-partitions, or lower the configured replication factor");
        }
        long minIsr = number(TopicConfig.MIN_IN_SYNC_REPLICAS_CONFIG, 1);
        if (minIsr > listing.replicationFactor()) {
            add(
                    Reason.MIN_ISR_TOO_HIGH,
                    Long.toString(minIsr),
                    "at most " + listing.replicationFactor(),
                    "lower min.insync.replicas, or add replicas");
        }
    }

    private void cleanupPolicy() {
        String found = value(TopicConfig.CLEANUP_POLICY_CONFIG, TopicConfig.CLEANUP_POLICY_DELETE);
        String wanted = definition.config(TopicConfig.CLEANUP_POLICY_CONFIG, TopicConfig.CLEANUP_POLICY_DELETE);
        if (!found.equals(wanted)) {
            add(Reason.CLEANUP_POLICY_DIFFERS, found, wanted, "set cleanup.policy=" + wanted);
        }
    }

    private void retention() {
        Duration min = definition.minRetention();
        if (definition.compacted() || min.isZero()) {
            return;
        }
        long foundMs = number(TopicConfig.RETENTION_MS_CONFIG, UNLIMITED);
        if (foundMs != UNLIMITED && foundMs < min.toMillis()) {
            add(
                    Reason.RETENTION_TOO_SHORT,
                    "retention.ms=" + foundMs,
                    "at least " + min.toMillis(),
                    "set retention.ms=" + definition.config(TopicConfig.RETENTION_MS_CONFIG, "-1"));
        }
        long foundBytes = number(TopicConfig.RETENTION_BYTES_CONFIG, UNLIMITED);
        if (foundBytes != UNLIMITED && listing.configs().containsKey(TopicConfig.RETENTION_BYTES_CONFIG)) {
            add(
                    Reason.RETENTION_TOO_SHORT,
                    "retention.bytes=" + foundBytes,
                    "no limit by size",
                    "set retention.bytes=-1: a full topic would delete records that are still needed");
        }
    }

    private void timestampType() {
        String wanted = definition.config(TopicConfig.MESSAGE_TIMESTAMP_TYPE_CONFIG, "");
        String found = value(TopicConfig.MESSAGE_TIMESTAMP_TYPE_CONFIG, "CreateTime");
        if (!wanted.isEmpty() && !found.equals(wanted)) {
            add(
                    definition.timestampTypeMatters() ? Reason.TIMESTAMP_TYPE_DIFFERS : Reason.TIMESTAMP_TYPE_ADVISED,
                    found,
                    wanted,
                    "set message.timestamp.type=" + wanted);
        }
    }

    private void messageSize() {
        long wanted = Long.parseLong(definition.config(TopicConfig.MAX_MESSAGE_BYTES_CONFIG, "0"));
        long found = number(TopicConfig.MAX_MESSAGE_BYTES_CONFIG, wanted);
        if (found < wanted) {
            add(
                    Reason.MESSAGE_SIZE_TOO_SMALL,
                    Long.toString(found),
                    "at least " + wanted,
                    "set max.message.bytes=" + wanted);
        }
    }

    private String value(String key, String otherwise) {
        return listing.configs().getOrDefault(key, otherwise);
    }

    private long number(String key, long otherwise) {
        String text = listing.configs().get(key);
        if (text == null) {
            return otherwise;
        }
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            return otherwise;
        }
    }

    private void add(Reason reason, String found, String wanted, String remedy) {
        findings.add(new TopicFinding(definition.name(), reason, found, wanted, remedy));
    }
}
