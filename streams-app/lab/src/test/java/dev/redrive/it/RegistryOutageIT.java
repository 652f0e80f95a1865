package dev.redrive.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.redrive.avro.JobFailure;
import dev.redrive.publish.FailurePublisher;
import dev.redrive.runtime.RedrivePipeline;
import dev.redrive.runtime.RedrivePipeline.Readiness;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A schema registry that cannot be reached says nothing of the records. */
class RegistryOutageIT {

    @Test
    void shouldQuarantineNothingWhileTheRegistryIsDownAndCatchUpAfterwards(@TempDir Path directory) throws Exception {
        try (Platform platform = new Platform(directory);
                FailurePublisher publisher = platform.publisher();
                Ledger ledger = new Ledger(platform)) {
            // Given failures whose schema the pipeline has never seen, and a registry that has stopped
            publisher.publish(failure(1), null).get(30, TimeUnit.SECONDS);
            platform.stopRegistry();

            // When the pipeline starts and meets them
            try (RedrivePipeline pipeline = platform.beginPipeline(Map.of())) {
                publisher.publish(failure(2), null).get(30, TimeUnit.SECONDS);
                Platform.await(
                        Duration.ofSeconds(120),
                        "a third try without the registry",
                        () -> ledger.read().failures() > 0 || pipeline.registryFailures() > 2);

                // Then nothing is quarantined, and all is done once the registry is back
                assertThat(ledger.failures()).isZero();
                assertThat(ledger.quarantineRecords()).isZero();
                platform.restartRegistry();
                Platform.await(
                        Duration.ofSeconds(60),
                        "both failures taken",
                        () -> ledger.read().settled(2));
                assertThat(ledger.faults(2)).isEmpty();
                assertThat(pipeline.failed()).isFalse();
            }
        }
    }

    @Test
    void shouldQuarantineAnUnknownIdOnlyWhenTheRegistrySaysSo(@TempDir Path directory) throws Exception {
        try (Platform platform = new Platform(directory);
                Ledger ledger = new Ledger(platform);
                KafkaProducer<String, byte[]> raw = new KafkaProducer<>(
                        Map.of("bootstrap.servers", platform.bootstrapServers()),
                        new StringSerializer(),
                        new ByteArraySerializer());
                RedrivePipeline pipeline = platform.startPipeline()) {
            // Given a record with a schema id that nobody registered
            byte[] unknown = ByteBuffer.allocate(7)
                    .put((byte) 0)
                    .putInt(987_654)
                    .put((byte) 1)
                    .array();

            // When it is published
            raw.send(new ProducerRecord<>(platform.config().topics().names().failures(), "u1", unknown))
                    .get(30, TimeUnit.SECONDS);

            // Then it is kept in the quarantine, and the pipeline goes on
            Platform.await(
                    Duration.ofSeconds(30),
                    "one in quarantine",
                    () -> ledger.read().quarantineRecords() == 1);
            assertThat(pipeline.failed()).isFalse();
        }
    }

    @Test
    void shouldLetOnlyTheUserOfAnUnknownSchemaWaitWhileTheRegistryIsDown(@TempDir Path directory) throws Exception {
        try (Platform platform = new Platform(directory);
                FailurePublisher publisher = platform.publisher();
                Ledger ledger = new Ledger(platform);
                KafkaProducer<String, byte[]> raw = new KafkaProducer<>(
                        Map.of("bootstrap.servers", platform.bootstrapServers()),
                        new StringSerializer(),
                        new ByteArraySerializer());
                RedrivePipeline pipeline = platform.startPipeline()) {
            // Given a pipeline that has taken failures in each partition, and a registry that has stopped
            for (int job = 0; job < 20; job++) {
                publisher.publish(failure(job), null).get(30, TimeUnit.SECONDS);
            }
            Platform.await(
                    Duration.ofSeconds(60),
                    "the first failures released",
                    () -> ledger.read().settled(20));
            platform.stopRegistry();

            // When a record comes whose schema nobody knows yet, then more of its user and of others
            String topic = platform.config().topics().names().failures();
            byte[] unknown = ByteBuffer.allocate(7)
                    .put((byte) 0)
                    .putInt(987_654)
                    .put((byte) 1)
                    .array();
            raw.send(new ProducerRecord<>(topic, "u1", unknown)).get(30, TimeUnit.SECONDS);
            publisher.publish(failure("u1", "later"), null).get(30, TimeUnit.SECONDS);
            for (int job = 20; job < 60; job++) {
                publisher.publish(failure(job), null).get(30, TimeUnit.SECONDS);
            }

            // Then the others go on, and its own user waits, in order, until the registry is back
            Platform.await(
                    Duration.ofSeconds(60),
                    "the failures of others taken",
                    () -> ledger.read().failures() == 60);
            Platform.await(
                    Duration.ofSeconds(30),
                    "a second try",
                    () -> ledger.read().failures() > 60 || pipeline.registryFailures() > 1);
            assertThat(ledger.failures()).isEqualTo(60);
            assertThat(ledger.quarantineRecords()).isZero();
            assertThat(pipeline.readiness()).isEqualTo(Readiness.REGISTRY_UNAVAILABLE);
            assertThat(pipeline.state()).isEqualTo("RUNNING");
            platform.restartRegistry();
            Platform.await(
                    Duration.ofSeconds(60),
                    "the waiting ones taken",
                    () -> ledger.read().failures() == 62);
            assertThat(ledger.quarantineRecords()).isEqualTo(1);
            assertThat(pipeline.otherFailures()).isZero();
        }
    }

    private static JobFailure failure(String user, String job) {
        return JobFailure.newBuilder(failure(1)).setUserId(user).setJobId(job).build();
    }

    private static JobFailure failure(int job) {
        return JobFailure.newBuilder()
                .setUserId("u" + job)
                .setJobId("j")
                .setAttempt(1)
                .setService("music")
                .setOperation("music.song.generate")
                .setHttpStatus(503)
                .setIdempotencyKey("k" + job)
                .setFailedAt(Instant.now())
                .build();
    }
}
