package dev.redrive.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.redrive.avro.AuditEvent;
import dev.redrive.config.ServerSettings.Role;
import dev.redrive.metrics.ServerCounters;
import dev.redrive.server.RecordWriter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Set;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;

class AuditLogTest {

    private static final Caller ANN = new Caller("ann", Set.of(Role.ADMIN), null, null, "10.0.0.1");

    private final MockProducer<String, SpecificRecord> producer =
            new MockProducer<>(true, null, new StringSerializer(), (topic, value) -> new byte[0]);
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final SteppedClock clock = new SteppedClock();
    private final AuditLog log = new AuditLog(new RecordWriter(producer), "audit", clock, new ServerCounters(meters));

    private static final class SteppedClock extends Clock {
        private Instant now = ApiFixture.NOW;

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }

        @Override
        public Instant instant() {
            return now;
        }
    }

    private List<AuditEvent> events() {
        return producer.history().stream()
                .map(record -> (AuditEvent) record.value())
                .toList();
    }

    @Test
    void shouldWriteWhoDidWhatAndWhyUnderItsTarget() {
        log.written(ANN, new AuditLog.Write("letter.discard", "d-1", AuditLog.DONE, "spam", null, 1L));

        assertThat(producer.history()).singleElement().satisfies(record -> {
            assertThat(record.key()).isEqualTo("d-1");
            AuditEvent event = (AuditEvent) record.value();
            assertThat(event.getActor()).isEqualTo("ann");
            assertThat(event.getAction()).isEqualTo("letter.discard");
            assertThat(event.getReason()).isEqualTo("spam");
            assertThat(event.getOutcome()).isEqualTo("DONE");
            assertThat(event.getAddress()).isEqualTo("10.0.0.1");
            assertThat(event.getAt()).isEqualTo(ApiFixture.NOW);
        });
    }

    @Test
    void shouldWriteTheFirstDenialAtOnceAndCountThoseThatFollow() {
        for (int i = 0; i < 1_000; i++) {
            log.denied(ANN, "redrive.start", ApiError.ROLE_MISSING);
        }
        assertThat(events())
                .singleElement()
                .satisfies(event -> assertThat(event.getOutcome()).isEqualTo("ROLE_MISSING"));

        clock.now = clock.now.plus(Duration.ofSeconds(10));
        log.flush();

        assertThat(events()).hasSize(2);
        assertThat(events().get(1).getCount()).isEqualTo(999);
        assertThat(events().get(1).getActor()).isEqualTo("ann");
    }

    @Test
    void shouldBoundWhatManyCallersCanWrite() {
        for (int i = 0; i < 20_000; i++) {
            log.denied(new Caller("c" + i, Set.of(), null, null, "a"), "x", ApiError.ROLE_MISSING);
        }
        log.close();

        assertThat(events()).hasSize(501);
        assertThat(events().stream().mapToLong(AuditEvent::getCount).sum()).isEqualTo(20_000);
    }

    @Test
    void shouldCountWhatCannotBeWritten() {
        producer.sendException = new IllegalStateException("down");

        log.written(ANN, new AuditLog.Write("x", null, AuditLog.DONE, null, null, null))
                .join();

        assertThat(meters.get("redrive.server.audit.lost").counter().count()).isEqualTo(1);
    }
}
