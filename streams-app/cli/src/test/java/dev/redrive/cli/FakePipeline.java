package dev.redrive.cli;

import dev.redrive.serde.AvroSerdes;
import dev.redrive.serde.AvroSerializer;
import dev.redrive.serde.GenericAvroDeserializer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.jspecify.annotations.Nullable;

/** A pipeline in memory, with one partition to most topics and a registry within the JVM. */
final class FakePipeline implements PipelineClients {

    static final Map<String, Object> REGISTRY = Map.of("schema.registry.url", "mock://cli-test");

    final ScriptedProducer producer;
    final ScriptedConsumer consumer = new ScriptedConsumer();
    private final GenericAvroDeserializer values = new GenericAvroDeserializer();

    /** A producer whose open sends can be answered when it is closed. */
    static final class ScriptedProducer extends MockProducer<String, SpecificRecord> {
        private Runnable onClose = () -> {};

        ScriptedProducer(boolean autoComplete) {
            super(autoComplete, null, new StringSerializer(), serializer());
        }

        void onClose(Runnable answers) {
            onClose = answers;
        }

        @Override
        public void close(Duration timeout) {
            onClose.run();
            super.close(timeout);
        }
    }

    /** A consumer that can refuse to tell a topic's partitions. */
    static final class ScriptedConsumer extends MockConsumer<byte[], byte[]> {
        private @Nullable KafkaException refusal;

        ScriptedConsumer() {
            super("earliest");
        }

        void refuse(KafkaException failure) {
            refusal = failure;
        }

        @Override
        public List<PartitionInfo> partitionsFor(String topic) {
            if (refusal != null) {
                throw refusal;
            }
            return super.partitionsFor(topic);
        }
    }

    FakePipeline() {
        this(true);
    }

    FakePipeline(boolean autoComplete) {
        producer = new ScriptedProducer(autoComplete);
        values.configure(REGISTRY, false);
        topics(0, "jobs.failures", "jobs.lifecycle", "jobs.commands", "test.lifecycle");
    }

    static <T extends SpecificRecord> AvroSerializer<T> serializer() {
        AvroSerializer<T> serializer = new AvroSerializer<>();
        serializer.configure(REGISTRY, false);
        return serializer;
    }

    /** Makes a topic of several partitions, which hold so many records already. */
    List<TopicPartition> topic(String name, long... records) {
        List<TopicPartition> partitions = new ArrayList<>();
        List<PartitionInfo> infos = new ArrayList<>();
        for (int i = 0; i < records.length; i++) {
            TopicPartition partition = new TopicPartition(name, i);
            partitions.add(partition);
            infos.add(new PartitionInfo(name, i, Node.noNode(), null, null));
            consumer.updateBeginningOffsets(Map.of(partition, 0L));
            consumer.updateEndOffsets(Map.of(partition, records[i]));
        }
        consumer.updatePartitions(name, infos);
        return partitions;
    }

    /** Makes topics that hold so many records already. */
    List<TopicPartition> topics(long records, String... names) {
        List<TopicPartition> partitions = new ArrayList<>();
        for (String name : names) {
            partitions.addAll(topic(name, records));
        }
        return partitions;
    }

    @Override
    public Producer<String, SpecificRecord> producer(Connection connection) {
        return producer;
    }

    @Override
    public Consumer<byte[], byte[]> consumer(Connection connection) {
        return consumer;
    }

    @Override
    public Deserializer<GenericRecord> values(Connection connection) {
        return values;
    }

    @Override
    public <T extends SpecificRecord> Deserializer<T> values(Connection connection, Class<T> type) {
        return AvroSerdes.deserializer(type, REGISTRY);
    }
}
