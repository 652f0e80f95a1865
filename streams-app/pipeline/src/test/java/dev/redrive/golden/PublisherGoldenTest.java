package dev.redrive.golden;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.redrive.contract.TopicNames;
import dev.redrive.publish.AccountChanges;
import dev.redrive.publish.ApiResponse;
import dev.redrive.publish.FailurePublisher;
import dev.redrive.publish.JobContext;
import java.io.IOException;
import java.net.http.HttpTimeoutException;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RoundRobinPartitioner;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;

/** What a batch system's publisher writes to the input topics. */
class PublisherGoldenTest {

    private static final Instant NOW = Instant.parse("2026-11-22T12:00:00.123Z");
    private static final String TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    private final MockProducer<String, SpecificRecord> kafka = new MockProducer<>(
            true, new RoundRobinPartitioner(), new StringSerializer(), (topic, value) -> new byte[0]);

    @Test
    void shouldPublishWhatItAlwaysPublished() {
        JobContext plain = JobContext.of("u1", "j1", "music", "music.song.generate")
                .attempt(2)
                .build();
        JobContext full = JobContext.of("user-ü", "job-1", "music", "music.song.generate")
                .attempt(1)
                .request("PUT", "/v1/music/songs")
                .idempotencyKey("key-1")
                .body("application/json", "{\"prompt\":\"x\"}".getBytes(UTF_8))
                .deadline(NOW.plusSeconds(3_600))
                .maxAttempts(4)
                .batchId("batch-1")
                .labels(Map.of("team", "ü"))
                .priority(7)
                .traceparent(TRACE)
                .build();
        ApiResponse limited = new ApiResponse(429, Map.of("Retry-After", List.of("7", "8")), "{\"success\":false}");

        try (FailurePublisher publisher =
                FailurePublisher.borrowing(kafka, TopicNames.standard(), Clock.fixed(NOW, ZoneOffset.UTC))) {
            publisher.failed(full, limited);
            publisher.failed(full, new HttpTimeoutException("timed out"));
            publisher.failed(full, new IOException("reset"));
            publisher.failed(plain, new IllegalStateException());
            publisher.failedLater(plain, "gave up");
            publisher.failedLater(full, "gave up", "{\"status\":\"failed\"}");
            publisher.submitted(full);
            publisher.accepted(full, "request-1");
            publisher.started(plain);
            publisher.succeeded(plain);
            publisher.cancelled(plain);
            publisher.publish(AccountChanges.allowanceReset("u1", 100L, NOW.plusSeconds(60), NOW));
            publisher.publish(AccountChanges.planChanged("u1", "pro", 3, NOW));
            publisher.publish(AccountChanges.spendCapChanged("u1", NOW));
            publisher.publish(AccountChanges.limitsChanged("u1", 2, NOW));
        }

        List<String> lines = new ArrayList<>();
        for (ProducerRecord<String, SpecificRecord> record : kafka.history()) {
            lines.add(record.topic() + " partition " + record.partition() + ", timestamp " + record.timestamp()
                    + ", key " + record.key());
            for (Header header : record.headers()) {
                lines.add("  " + header.key() + ": " + new String(header.value(), UTF_8));
            }
            lines.add("  " + AvroText.record(record.value()));
        }
        Golden.check("publisher.txt", lines);
    }
}
