package dev.redrive.dev;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.redrive.contract.TopicNames;
import dev.redrive.dev.DevInstance.DevException;
import dev.redrive.dev.EmbeddedBroker.LoopbackPorts;
import dev.redrive.runtime.Finding.TopicFinding;
import dev.redrive.runtime.TestTopics;
import dev.redrive.runtime.TopicAdmin;
import dev.redrive.runtime.TopicAdmin.TopicAdminException;
import dev.redrive.runtime.TopicAdmin.TopicCreation;
import dev.redrive.runtime.TopicAdmin.TopicListing;
import dev.redrive.runtime.TopicPlan;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbeddedBrokerIT {

    private static final TopicPlan PLAN = TopicPlan.of(TestTopics.of(TopicNames.standard(), 4, 1));

    @TempDir
    private Path directory;

    @Test
    void shouldKeepTopicsAndRecordsOverARestartOnOtherPorts() throws Exception {
        // Given a broker with topics and a committed transaction, stopped
        String failures = PLAN.settings().names().failures();
        try (EmbeddedBroker broker = EmbeddedBroker.start(directory);
                TopicAdmin admin = admin(broker.bootstrapServers())) {
            assertThat(admin.create(PLAN)).extracting(TopicCreation::result).containsOnly(TopicCreation.Result.CREATED);
            produceInTransaction(broker, failures);
        }

        // When it is started again
        try (EmbeddedBroker broker = EmbeddedBroker.start(directory);
                TopicAdmin admin = admin(broker.bootstrapServers())) {

            // Then everything is still there
            assertThat(admin.check(PLAN)).isEmpty();
            assertThat(readCommitted(broker, failures)).containsExactly("before the restart");
        }
    }

    @Test
    void shouldCreateTopicsOnceAndSayHowOthersDiffer() throws Exception {
        try (EmbeddedBroker broker = EmbeddedBroker.start(directory);
                TopicAdmin admin = admin(broker.bootstrapServers());
                Admin kafka = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()))) {
            TopicNames names = PLAN.settings().names();

            // Given one topic that somebody made by hand, with too few partitions and too short a retention
            kafka.createTopics(List.of(
                            new NewTopic(names.retry("1d"), 2, (short) 1).configs(Map.of("retention.ms", "1000"))))
                    .all()
                    .get();

            // When nothing else is there, then it is said to be missing
            assertThat(admin.check(PLAN))
                    .filteredOn(finding -> finding.topic().equals(names.users()))
                    .extracting(TopicFinding::reason)
                    .containsExactly(TopicFinding.Reason.MISSING);

            // When the plan is created, then the topic made by hand differs and is left as it is
            List<TopicCreation> first = admin.create(PLAN);
            assertThat(first).hasSameSizeAs(PLAN.topics());
            assertThat(first)
                    .filteredOn(creation -> creation.result() != TopicCreation.Result.CREATED)
                    .singleElement()
                    .satisfies(creation -> {
                        assertThat(creation.topic()).isEqualTo(names.retry("1d"));
                        assertThat(creation.result()).isEqualTo(TopicCreation.Result.DIFFERS);
                        assertThat(creation.findings())
                                .extracting(TopicFinding::reason)
                                .containsExactly(
                                        TopicFinding.Reason.PARTITIONS_DIFFER,
                                        TopicFinding.Reason.RETENTION_TOO_SHORT,
                                        TopicFinding.Reason.TIMESTAMP_TYPE_DIFFERS,
                                        TopicFinding.Reason.MESSAGE_SIZE_TOO_SMALL);
                    });

            // When created again, then nothing new is made
            assertThat(admin.create(PLAN))
                    .extracting(TopicCreation::result)
                    .containsOnly(TopicCreation.Result.EXISTS, TopicCreation.Result.DIFFERS);
            assertThat(admin.list(PLAN))
                    .allSatisfy(listing -> assertThat(listing.state()).isEqualTo(TopicListing.State.PRESENT));
        }
    }

    @Test
    void shouldRefuseADirectoryAndPortsInUse(@TempDir Path other) {
        try (EmbeddedBroker broker = EmbeddedBroker.start(directory)) {
            int port = Integer.parseInt(broker.bootstrapServers().replaceAll(".*:", ""));

            assertThatThrownBy(() -> EmbeddedBroker.start(directory))
                    .isInstanceOfSatisfying(
                            DevException.class,
                            e -> assertThat(e.reason()).isEqualTo(DevException.Reason.DIRECTORY_IN_USE))
                    .hasMessageContaining(directory.toString());
            assertThatThrownBy(() -> EmbeddedBroker.start(other, port, LoopbackPorts.free()))
                    .isInstanceOfSatisfying(
                            DevException.class, e -> assertThat(e.reason()).isEqualTo(DevException.Reason.PORT_IN_USE))
                    .hasMessageContaining("port " + port);
        }
    }

    @Test
    void shouldSayWhenNoBrokerAnswers() {
        String nowhere = "127.0.0.1:" + LoopbackPorts.free();
        try (TopicAdmin admin = new TopicAdmin(Map.of("bootstrap.servers", nowhere), Duration.ofSeconds(1))) {
            assertThatThrownBy(() -> admin.check(PLAN))
                    .isInstanceOfSatisfying(
                            TopicAdminException.class,
                            e -> assertThat(e.reason()).isEqualTo(TopicAdminException.Reason.UNREACHABLE))
                    .hasMessageContaining(nowhere);
        }
    }

    private static TopicAdmin admin(String bootstrapServers) {
        return new TopicAdmin(Map.of("bootstrap.servers", bootstrapServers), Duration.ofSeconds(30));
    }

    private static void produceInTransaction(EmbeddedBroker broker, String topic) {
        Properties config = new Properties();
        config.put("bootstrap.servers", broker.bootstrapServers());
        config.put("transactional.id", "test");
        try (KafkaProducer<String, String> producer =
                new KafkaProducer<>(config, new StringSerializer(), new StringSerializer())) {
            producer.initTransactions();
            producer.beginTransaction();
            var unused = producer.send(new ProducerRecord<>(topic, 0, "user", "before the restart"));
            producer.commitTransaction();
        }
    }

    private static List<String> readCommitted(EmbeddedBroker broker, String topic) {
        Properties config = new Properties();
        config.put("bootstrap.servers", broker.bootstrapServers());
        config.put("isolation.level", "read_committed");
        config.put("auto.offset.reset", "earliest");
        try (KafkaConsumer<String, String> consumer =
                new KafkaConsumer<>(config, new StringDeserializer(), new StringDeserializer())) {
            consumer.assign(List.of(new TopicPartition(topic, 0)));
            List<ConsumerRecord<String, String>> records =
                    consumer.poll(Duration.ofSeconds(30)).records(new TopicPartition(topic, 0));
            return records.stream().map(ConsumerRecord::value).toList();
        }
    }
}
