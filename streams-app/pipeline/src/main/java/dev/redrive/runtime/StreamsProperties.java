package dev.redrive.runtime;

import dev.redrive.config.StreamsSettings;
import dev.redrive.runtime.RedrivePipeline.RuntimeSettings;
import dev.redrive.runtime.StuckInputs.FailedInputs;
import dev.redrive.state.DiskOptions;
import dev.redrive.topology.FailureTopology.InputTimes;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerInterceptor;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.streams.StreamsConfig;
import org.jspecify.annotations.Nullable;

/** The settings of Kafka Streams that the pipeline's guarantees depend on. */
final class StreamsProperties {

    /**
     * Maximum size of one request in bytes; above the broker's default for one record, because outputs embed inputs.
     */
    static final int MAX_REQUEST_BYTES = 2 * 1024 * 1024;

    private static final int HEARTBEAT_INTERVAL_MS = 500;
    private static final int RESTORE_FETCH_WAIT_MS = 50;

    /**
     * Maximum time for a broker's response. Kafka's own 30 s are three sessions: a broker that was killed without
     * closing its connections would block a partition for longer than a dead instance does.
     */
    private static final int REQUEST_TIMEOUT_MS = 10_000;

    /** The same for a connection, which nobody refuses if a host or pod is gone; Kafka's own 10 s grow to 30 s. */
    private static final int CONNECTION_TIMEOUT_MS = 3_000;

    private static final int CONNECTION_TIMEOUT_MAX_MS = 10_000;

    /** A slice takes at most part of a second and a commit less; anything longer is a crash, and blocks readers. */
    private static final int TRANSACTION_TIMEOUT_MS = 15_000;

    /**
     * First backoff before a send is retried. The first sends of a transaction are refused while the brokers are still
     * ending the previous one; Kafka's own 100 ms would be as long as a whole transaction. It doubles up to a second.
     */
    private static final int RETRY_BACKOFF_MS = 10;

    private StreamsProperties() {}

    static Map<String, Object> of(RuntimeSettings settings, @Nullable InputTimes times) {
        StreamsSettings streams = settings.config().streams();
        Map<String, Object> properties = new HashMap<>(settings.clientProperties());
        properties.putIfAbsent(CommonClientConfigs.REQUEST_TIMEOUT_MS_CONFIG, REQUEST_TIMEOUT_MS);
        properties.putIfAbsent(CommonClientConfigs.SOCKET_CONNECTION_SETUP_TIMEOUT_MS_CONFIG, CONNECTION_TIMEOUT_MS);
        properties.putIfAbsent(
                CommonClientConfigs.SOCKET_CONNECTION_SETUP_TIMEOUT_MAX_MS_CONFIG, CONNECTION_TIMEOUT_MAX_MS);
        properties.put(StreamsConfig.APPLICATION_ID_CONFIG, settings.config().applicationId());
        properties.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, settings.bootstrapServers());
        properties.put(
                StreamsConfig.STATE_DIR_CONFIG, Path.of(streams.stateDir()).toString());
        properties.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, streams.threads());
        properties.put(StreamsConfig.NUM_STANDBY_REPLICAS_CONFIG, streams.standbyReplicas());
        properties.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
        properties.put(
                StreamsConfig.COMMIT_INTERVAL_MS_CONFIG,
                streams.backlogCommitInterval().toMillis());
        properties.put(
                StreamsConfig.REPLICATION_FACTOR_CONFIG,
                settings.config().topics().replicationFactor());
        properties.put(StreamsConfig.ROCKSDB_CONFIG_SETTER_CLASS_CONFIG, DiskOptions.class);
        properties.put(StreamsConfig.PROCESSING_EXCEPTION_HANDLER_CLASS_CONFIG, FailedInputs.class);
        // Maximum sleep of the loop: a longer one would delay the release timer beyond its interval.
        properties.put(StreamsConfig.POLL_MS_CONFIG, 10);
        // Inputs of a task do not wait for each other: the states of jobs handle any order.
        properties.put(StreamsConfig.MAX_TASK_IDLE_MS_CONFIG, -1L);
        // No record is visible before its commit, which sends what is buffered: smaller batches would only cost.
        properties.put(
                StreamsConfig.producerPrefix(ProducerConfig.LINGER_MS_CONFIG),
                Math.toIntExact(streams.backlogCommitInterval().toMillis()));
        properties.put(StreamsConfig.producerPrefix(ProducerConfig.BATCH_SIZE_CONFIG), 128 * 1024);
        // A third fewer bytes than LZ4, for the same processor time.
        properties.put(StreamsConfig.producerPrefix(ProducerConfig.COMPRESSION_TYPE_CONFIG), "zstd");
        properties.put(StreamsConfig.producerPrefix(ProducerConfig.COMPRESSION_ZSTD_LEVEL_CONFIG), 1);
        properties.put(StreamsConfig.producerPrefix(ProducerConfig.MAX_REQUEST_SIZE_CONFIG), MAX_REQUEST_BYTES);
        properties.put(StreamsConfig.producerPrefix(ProducerConfig.TRANSACTION_TIMEOUT_CONFIG), TRANSACTION_TIMEOUT_MS);
        if (!properties.containsKey(ProducerConfig.RETRY_BACKOFF_MS_CONFIG)) {
            properties.putIfAbsent(
                    StreamsConfig.producerPrefix(ProducerConfig.RETRY_BACKOFF_MS_CONFIG), RETRY_BACKOFF_MS);
        }
        if (times != null) {
            properties.put(
                    StreamsConfig.mainConsumerPrefix(ConsumerConfig.INTERCEPTOR_CLASSES_CONFIG),
                    TimestampTypes.class.getName());
            properties.put(StreamsConfig.mainConsumerPrefix(TimestampTypes.TIMES), times);
        }
        membership(settings, properties);
        return properties;
    }

    /**
     * How instances share the work. {@code deploy/INSTANCES.md} has the figures: Kafka's classic protocol, because
     * brokers of 4.3 keep a dead member of a streams group for at least 45 s, and have no fixed identities there.
     */
    private static void membership(RuntimeSettings settings, Map<String, Object> properties) {
        StreamsSettings streams = settings.config().streams();
        properties.put(
                StreamsConfig.GROUP_PROTOCOL_CONFIG, streams.groupProtocol().name());
        properties.put(
                StreamsConfig.mainConsumerPrefix(ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG),
                Math.toIntExact(streams.sessionTimeout().toMillis()));
        // A member learns of a rebalance by its heartbeat, and all members wait for the last one.
        properties.put(
                StreamsConfig.mainConsumerPrefix(ConsumerConfig.HEARTBEAT_INTERVAL_MS_CONFIG), HEARTBEAT_INTERVAL_MS);
        // While standbys are up to date, their fetch waits at the broker for this long, and so does, queued behind it
        // on the same connection, the request for a changelog's first offset, which each task that is taken over sends.
        properties.put(
                StreamsConfig.restoreConsumerPrefix(ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG), RESTORE_FETCH_WAIT_MS);
        String instanceId = settings.instanceId();
        if (instanceId != null) {
            properties.put(StreamsConfig.mainConsumerPrefix(ConsumerConfig.GROUP_INSTANCE_ID_CONFIG), instanceId);
        }
    }

    /**
     * Passes on whether fetched records carry the broker's append time: Kafka Streams drops the type before its
     * timestamp extractors see a record. The consumer creates it by reflection and calls it on its own thread.
     */
    public static final class TimestampTypes implements ConsumerInterceptor<byte[], byte[]> {

        /** Configuration key of the {@link InputTimes} to notify. */
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
                    called.seen(
                            partition.topic(), fetched.get(fetched.size() - 1).timestampType());
                }
            }
            return records;
        }

        @Override
        public void onCommit(Map<TopicPartition, OffsetAndMetadata> offsets) {}

        @Override
        public void close() {}
    }
}
