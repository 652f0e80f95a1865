package dev.redrive.topology;

import dev.redrive.contract.TopicNames;
import dev.redrive.domain.decide.RetryPolicy.Tier;
import dev.redrive.domain.stats.Windows;
import java.time.Duration;
import java.util.List;

/**
 * What the topology is made with.
 *
 * @param topics names of the topics
 * @param partitions number of partitions of every topic that is keyed by the user; at least one
 * @param tiers the delayed retry topics, shortest first; at least one
 * @param releaseInterval between two looks into the due queue
 * @param commitInterval between two transactions
 * @param backlogCommitInterval between two transactions while input has waited for longer than that; Kafka Streams' own
 *     commit interval
 * @param sliceMaxRecords most retries released in one look; the rest waits for the next
 * @param sliceMax longest time that one look may take
 * @param publishInterval between two publications of changed users
 * @param redriveOnReset whether jobs that ended for want of allowance are redriven when their user can spend again
 * @param jobRetention how long a job that is not pending is remembered
 * @param userRetention how long an idle user is remembered
 * @param windows windows of error rates
 * @param flushInterval between two hand-overs of partial sums
 * @param maxSeries most sums between two hand-overs
 * @param maxRecordBytes largest input value, in bytes
 * @param maxOutputBytes largest output value, in bytes; larger than {@code maxRecordBytes}, for outputs hold inputs
 * @param maxPublishDelay how long before its record a failure is believed to have ended, without another sign of it
 * @param heldMaxBytes heap for the latest state of all stores together
 */
public record PipelineSettings(
        TopicNames topics,
        int partitions,
        List<Tier> tiers,
        Duration releaseInterval,
        Duration commitInterval,
        Duration backlogCommitInterval,
        int sliceMaxRecords,
        Duration sliceMax,
        Duration publishInterval,
        boolean redriveOnReset,
        Duration jobRetention,
        Duration userRetention,
        Windows windows,
        Duration flushInterval,
        int maxSeries,
        int maxRecordBytes,
        int maxOutputBytes,
        Duration maxPublishDelay,
        int heldMaxBytes) {

    /** Copies the list. */
    public PipelineSettings {
        tiers = List.copyOf(tiers);
    }
}
