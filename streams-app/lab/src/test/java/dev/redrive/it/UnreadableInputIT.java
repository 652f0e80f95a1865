package dev.redrive.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.redrive.avro.JobFailure;
import dev.redrive.publish.FailurePublisher;
import dev.redrive.runtime.InputSkip;
import dev.redrive.runtime.RedrivePipeline;
import dev.redrive.runtime.RedrivePipeline.Readiness;
import dev.redrive.runtime.StuckInputs.Stuck;
import dev.redrive.runtime.Wiring;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.utils.Utils;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A record that no fetch can take stops its partition alone, and is named. */
class UnreadableInputIT {

    @Test
    void shouldRestAtARecordThatIsLargerThanTheHeapAndGoOnElsewhere(@TempDir Path directory) throws Exception {
        try (Platform platform = new Platform(directory);
                FailurePublisher publisher = platform.publisher();
                Ledger ledger = new Ledger(platform)) {
            String topic = platform.config().topics().names().failures();
            // Given failures of two users in two partitions, and between those of one a record of the heap's size
            String here = user(0);
            String elsewhere = user(1);
            publisher.publish(failure(here, "before"), null).get(30, TimeUnit.SECONDS);
            int heap = Math.toIntExact(
                    Math.min(Integer.MAX_VALUE - 4_096, Runtime.getRuntime().maxMemory()));
            long offset = CompressedZeros.publish(platform.bootstrapServers(), topic, 0, heap);
            publisher.publish(failure(here, "behind"), null).get(30, TimeUnit.SECONDS);

            // When the pipeline meets them
            try (RedrivePipeline pipeline = platform.beginPipeline(Map.of())) {
                Platform.await(Duration.ofSeconds(120), "stuck", () -> pipeline.readiness() == Readiness.STUCK);
                publisher.publish(failure(elsewhere, "other"), null).get(30, TimeUnit.SECONDS);

                // Then what stands before it and elsewhere is taken, and the group's offset is that of the record
                Platform.await(
                        Duration.ofSeconds(60),
                        "two failures",
                        () -> ledger.read().failures() == 2);
                assertThat(pipeline.stuck()).containsExactly(new Stuck(topic, 0, offset));
                Platform.await(Duration.ofSeconds(30), "committed", () -> committed(platform, topic) == offset);
                assertThat(pipeline.failed()).isFalse();
                assertRefused(platform, topic, offset, InputSkip.Refusal.GROUP_ACTIVE);
            }

            // When the pipeline is stopped and the record skipped
            Platform.await(
                    Duration.ofSeconds(60),
                    "the group is empty",
                    () -> refusal(platform, topic, offset + 1) != InputSkip.Refusal.GROUP_ACTIVE);
            assertRefused(platform, topic, offset + 1, InputSkip.Refusal.WRONG_OFFSET);
            assertRefused(platform, topic, offset + 100, InputSkip.Refusal.NOT_FOUND);
            assertRefused(platform, "jobs.outcomes", 0, InputSkip.Refusal.NOT_FOUND);
            try (InputSkip skip = skip(platform)) {
                skip.skip(new TopicPartition(topic, 0), offset, "ann", "1 GB of zeros", Instant.now());
            }
            assertThat(committed(platform, topic)).isEqualTo(offset + 1);

            // Then it is in the quarantine by reference and in the ledger, and what stands behind it is taken
            try (RedrivePipeline pipeline = platform.startPipeline()) {
                Platform.await(
                        Duration.ofSeconds(60),
                        "three failures",
                        () -> ledger.read().failures() == 3);
                assertThat(ledger.quarantineRecords()).isEqualTo(1);
                Platform.await(Duration.ofSeconds(30), "ready", () -> pipeline.readiness() == Readiness.READY);
                assertThat(pipeline.stuck()).isEmpty();
            }
        }
    }

    private static InputSkip skip(Platform platform) {
        return new InputSkip(
                Wiring.topics(platform.config()),
                platform.config().applicationId(),
                Map.of("bootstrap.servers", platform.bootstrapServers()),
                Wiring.registry(platform.config()),
                Duration.ofSeconds(20));
    }

    private static InputSkip.@Nullable Refusal refusal(Platform platform, String topic, long offset) {
        try (InputSkip skip = skip(platform)) {
            skip.check(new TopicPartition(topic, 0), offset);
            return null;
        } catch (InputSkip.RefusedException e) {
            return e.refusal();
        }
    }

    private static void assertRefused(Platform platform, String topic, long offset, InputSkip.Refusal expected) {
        assertThat(refusal(platform, topic, offset)).isEqualTo(expected);
    }

    private static String user(int partition) {
        for (int i = 0; ; i++) {
            int hash = Utils.toPositive(Utils.murmur2(("u" + i).getBytes(UTF_8)));
            if (hash % 2 == partition) {
                return "u" + i;
            }
        }
    }

    private static long committed(Platform platform, String topic) {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", (Object) platform.bootstrapServers()))) {
            OffsetAndMetadata at = admin.listConsumerGroupOffsets(
                            platform.config().applicationId())
                    .partitionsToOffsetAndMetadata()
                    .get(30, TimeUnit.SECONDS)
                    .get(new TopicPartition(topic, 0));
            return at == null ? -1 : at.offset();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private static JobFailure failure(String user, String job) {
        return JobFailure.newBuilder()
                .setUserId(user)
                .setJobId(job)
                .setAttempt(1)
                .setService("music")
                .setOperation("music.song.generate")
                .setHttpStatus(503)
                .setIdempotencyKey("k" + job)
                .setFailedAt(Instant.now())
                .build();
    }
}
