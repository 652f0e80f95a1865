package dev.redrive.publish;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.redrive.avro.AccountChange;
import dev.redrive.avro.AccountChangeKind;
import dev.redrive.avro.FailureCause;
import dev.redrive.avro.JobFailure;
import dev.redrive.avro.JobLifecycle;
import dev.redrive.avro.LifecycleStage;
import dev.redrive.contract.TopicNames;
import dev.redrive.serde.AvroSerdes;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RoundRobinPartitioner;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;

class FailurePublisherTest {

    private static final Instant NOW = Instant.parse("2026-01-02T03:04:05.678Z");
    private static final String TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    private final JobContext job = JobContext.of("user-ü", "job-1", "music", "music.song.generate")
            .attempt(1)
            .traceparent(TRACE)
            .build();
    private final MockProducer<String, SpecificRecord> kafka = new MockProducer<>(
            true,
            new RoundRobinPartitioner(),
            new StringSerializer(),
            AvroSerdes.serializer(SpecificRecord.class, Map.of("schema.registry.url", "mock://publisher")));
    private final FailurePublisher publisher =
            FailurePublisher.borrowing(kafka, new TopicNames("x."), Clock.fixed(NOW, ZoneOffset.UTC));

    @Test
    void shouldSendAFailureToItsTopicUnderItsUserWithItsTraceContext() {
        var sent = publisher.failed(job, new ApiResponse(429, Map.of("Retry-After", List.of("7")), "{}"));

        assertThat(sent).isCompleted();
        ProducerRecord<String, SpecificRecord> record = kafka.history().get(0);
        assertThat(record.topic()).isEqualTo("x.failures");
        assertThat(record.key()).isEqualTo("user-ü");
        assertThat(record.headers().lastHeader("traceparent").value())
                .isEqualTo(TRACE.getBytes(StandardCharsets.UTF_8));
        assertThat(record.timestamp()).isNull();
        JobFailure failure = (JobFailure) record.value();
        assertThat(failure.getFailedAt()).isEqualTo(NOW);
        assertThat(failure.getHttpStatus()).isEqualTo(429);
    }

    @Test
    void shouldSendExceptionsAndLateFailuresToo() {
        assertThat(publisher.failed(job, new IOException("reset"))).isCompleted();
        assertThat(publisher.failedLater(job, "gave up", null)).isCompleted();

        assertThat(kafka.history())
                .extracting(record -> ((JobFailure) record.value()).getCause())
                .containsExactly(FailureCause.NETWORK, FailureCause.ASYNC);
    }

    @Test
    void shouldSendEveryStageOfAJob() {
        assertThat(publisher.submitted(job)).isCompleted();
        assertThat(publisher.accepted(job, "req-1")).isCompleted();
        assertThat(publisher.started(job)).isCompleted();
        assertThat(publisher.succeeded(job)).isCompleted();
        assertThat(publisher.cancelled(job)).isCompleted();

        assertThat(kafka.history()).allMatch(record -> record.topic().equals("x.lifecycle"));
        assertThat(kafka.history())
                .extracting(record -> ((JobLifecycle) record.value()).getStage())
                .containsExactly(
                        LifecycleStage.SUBMITTED,
                        LifecycleStage.ACCEPTED,
                        LifecycleStage.STARTED,
                        LifecycleStage.SUCCEEDED,
                        LifecycleStage.CANCELLED);
        assertThat(((JobLifecycle) kafka.history().get(1).value()).getRequestId())
                .isEqualTo("req-1");
    }

    @Test
    void shouldSendAccountChanges() {
        assertThat(publisher.publish(AccountChanges.allowanceReset("u", 100L, NOW.plusSeconds(60), NOW)))
                .isCompleted();
        assertThat(publisher.publish(AccountChanges.planChanged("u", "pro", 3, NOW)))
                .isCompleted();
        assertThat(publisher.publish(AccountChanges.spendCapChanged("u", NOW))).isCompleted();
        assertThat(publisher.publish(AccountChanges.limitsChanged("u", 2, NOW))).isCompleted();

        assertThat(kafka.history())
                .allMatch(record ->
                        record.topic().equals("x.accounts") && record.key().equals("u"));
        assertThat(kafka.history())
                .extracting(record -> ((AccountChange) record.value()).getChange())
                .containsExactly(
                        AccountChangeKind.ALLOWANCE_RESET,
                        AccountChangeKind.PLAN_CHANGED,
                        AccountChangeKind.SPEND_CAP_CHANGED,
                        AccountChangeKind.LIMITS_CHANGED);
    }

    @Test
    void shouldTellOfASendThatFailedThroughTheFuture() {
        kafka.sendException = new IllegalStateException("fenced");

        var sent = publisher.succeeded(job);

        assertThat(sent).isCompletedExceptionally();
        assertThatThrownBy(sent::join).hasRootCauseMessage("fenced");
    }

    @Test
    void shouldLeaveABorrowedProducerOpen() {
        publisher.close();

        assertThat(kafka.closed()).isFalse();
        assertThat(kafka.flushed()).isTrue();
    }

    @Test
    void shouldMakeAProducerOfItsOwnAndTellWhenNoBrokerAnswers() {
        Map<String, Object> config = Map.of(
                "bootstrap.servers", "localhost:1", "schema.registry.url", "mock://publisher", "max.block.ms", 10);
        try (FailurePublisher own = FailurePublisher.create(config, TopicNames.standard())) {
            assertThatThrownBy(() -> own.succeeded(job).join()).hasRootCauseInstanceOf(TimeoutException.class);
        }
    }
}
