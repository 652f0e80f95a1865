package dev.redrive.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.redrive.avro.JobFailure;
import dev.redrive.publish.FailurePublisher;
import dev.redrive.runtime.RedrivePipeline;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A record that is small only as long as it is compressed. */
class OversizedRecordIT {

    private static final int HEADERS = 1_100_000;

    @Test
    void shouldQuarantineARecordWithAMillionEmptyHeadersAndGoOn(@TempDir Path directory) throws Exception {
        try (Platform platform = new Platform(directory, 1);
                FailurePublisher publisher = platform.publisher();
                Ledger ledger = new Ledger(platform);
                KafkaProducer<byte[], byte[]> raw = new KafkaProducer<>(
                        Map.of(
                                "bootstrap.servers",
                                platform.bootstrapServers(),
                                "compression.type",
                                "zstd",
                                "max.request.size",
                                4 * HEADERS),
                        new ByteArraySerializer(),
                        new ByteArraySerializer());
                RedrivePipeline pipeline = platform.startPipeline()) {
            // Given a record that the broker takes, but no record of its size
            String topic = platform.config().topics().names().failures();
            ProducerRecord<byte[], byte[]> large = new ProducerRecord<>(topic, "u".getBytes(UTF_8), new byte[] {9});
            Header empty = new RecordHeader("", new byte[0]);
            for (int i = 0; i < HEADERS; i++) {
                large.headers().add(empty);
            }

            // When it is published before a failure
            raw.send(large).get(30, TimeUnit.SECONDS);
            publisher.publish(failure(), null).get(30, TimeUnit.SECONDS);

            // Then it is in the quarantine, the failure is taken, and no thread has failed
            Platform.await(
                    Duration.ofSeconds(60),
                    "the failure behind it is taken",
                    () -> ledger.read().failures() == 1);
            assertThat(ledger.quarantineRecords()).isEqualTo(1);
            assertThat(pipeline.otherFailures()).isZero();
        }
    }

    private static JobFailure failure() {
        return JobFailure.newBuilder()
                .setUserId("u1")
                .setJobId("j")
                .setAttempt(1)
                .setService("music")
                .setOperation("music.song.generate")
                .setHttpStatus(503)
                .setIdempotencyKey("k1")
                .setFailedAt(Instant.now())
                .build();
    }
}
