package dev.redrive.runtime;

import dev.redrive.topology.InputTimes;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerInterceptor;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * Hands on whether fetched records carry the broker's append time: Kafka Streams drops the type before its timestamp
 * extractors see a record. The consumer makes it by reflection and calls it on its own thread.
 */
public final class TimestampTypes implements ConsumerInterceptor<byte[], byte[]> {

    /** Configuration key of the {@link InputTimes} that are called. */
    static final String TIMES = "redrive.input.times";

    private @Nullable InputTimes times;

    @Override
    public void configure(Map<String, ?> configs) {
        times = (InputTimes) configs.get(TIMES);
    }

    @Override
    public ConsumerRecords<byte[], byte[]> onConsume(ConsumerRecords<byte[], byte[]> records) {
        InputTimes called = times;
        if (called != null) {
            for (TopicPartition partition : records.partitions()) {
                List<ConsumerRecord<byte[], byte[]>> fetched = records.records(partition);
                called.seen(partition.topic(), fetched.get(fetched.size() - 1).timestampType());
            }
        }
        return records;
    }

    @Override
    public void onCommit(Map<TopicPartition, OffsetAndMetadata> offsets) {}

    @Override
    public void close() {}
}
