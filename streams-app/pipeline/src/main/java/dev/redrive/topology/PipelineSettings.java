package dev.redrive.topology;

import dev.redrive.contract.TopicNames;
import dev.redrive.domain.decide.RetryPolicy.Tier;
import dev.redrive.domain.stats.Windows;
import java.time.Duration;
import java.util.List;

/**
 * Names, bounds and intervals of the topology.
 *
 * @param topics names of the topics
 * @param partitions number of partitions of every topic that is keyed by the user; at least one
 * @param tiers the delayed retry topics, shortest first; at least one
 * @param releaseInterval between two release slices
 * @param commitInterval between two transactions
 * @param backlogCommitInterval between two transactions while input has waited for longer than that; Kafka Streams' own
 *     commit interval
 * @param sliceMaxRecords maximum number of retries released in one slice; the rest waits for the next
 * @param sliceMax maximum duration of one slice
 * @param publishInterval between two publications of changed users
 * @param redriveOnReset whether jobs that ended for lack of allowance are redriven when their user can spend again
 * @param jobRetention how long the state of a job that is not pending is kept
 * @param userRetention how long the state of an idle user is kept
 * @param windows windows of error rates
 * @param flushInterval between two flushes of partial sums
 * @param maxSeries maximum number of sums between two flushes
 * @param maxRecordBytes maximum size of an input value in bytes
 * @param maxOutputBytes maximum size of an output value in bytes; above {@code maxRecordBytes}, because outputs embed
 *     inputs
 * @param maxPublishDelay maximum time between a failure's end and its record, without other evidence of that end
 * @param heldMaxBytes heap for the latest state of all stores together, in bytes
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

    public PipelineSettings {
        tiers = List.copyOf(tiers);
    }
}
