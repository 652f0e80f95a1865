package dev.redrive.containers;

import dev.redrive.contract.TopicNames;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;

/** Partitions of a pipeline's outputs whose last records belong to a transaction that is still open. */
final class Uncommitted {

    private Uncommitted() {}

    static List<TopicPartition> of(String bootstrapServers, TopicNames topics)
            throws ExecutionException, InterruptedException {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrapServers))) {
            Map<TopicPartition, OffsetSpec> ends = new HashMap<>();
            admin.describeTopics(List.of(topics.outcomes(), topics.ready(), topics.deadLetters()))
                    .allTopicNames()
                    .get()
                    .forEach((topic, description) -> description
                            .partitions()
                            .forEach(info ->
                                    ends.put(new TopicPartition(topic, info.partition()), OffsetSpec.latest())));
            var written = ends(admin, ends, IsolationLevel.READ_UNCOMMITTED);
            var committed = ends(admin, ends, IsolationLevel.READ_COMMITTED);
            List<TopicPartition> open = new ArrayList<>();
            written.forEach((partition, end) -> {
                if (committed.get(partition).offset() < end.offset()) {
                    open.add(partition);
                }
            });
            return open;
        }
    }

    private static Map<TopicPartition, ListOffsetsResultInfo> ends(
            Admin admin, Map<TopicPartition, OffsetSpec> ends, IsolationLevel isolation)
            throws ExecutionException, InterruptedException {
        return admin.listOffsets(ends, new ListOffsetsOptions(isolation)).all().get();
    }
}
