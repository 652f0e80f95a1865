package dev.redrive.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.redrive.domain.engine.Ports.CommandProgress;
import dev.redrive.domain.engine.Ports.Source;
import dev.redrive.domain.event.Input.BulkCommand;
import dev.redrive.domain.event.Input.JobCommand;
import dev.redrive.domain.event.JobRef;
import dev.redrive.domain.service.Health;
import dev.redrive.domain.service.ServiceState;
import dev.redrive.domain.user.JobLengths;
import dev.redrive.state.CommandStore.CommandProgressCodec;
import dev.redrive.state.ServiceStore.ServiceStateCodec;
import java.time.Duration;
import java.time.Instant;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

class ServiceStateCodecTest {

    private static Arbitrary<Instant> instants() {
        return Arbitraries.longs().between(0, 253_402_300_799_999L).map(Instant::ofEpochMilli);
    }

    private static Arbitrary<Integer> counts() {
        return Arbitraries.integers().between(0, 1_000_000);
    }

    private static Arbitrary<Duration> patience() {
        return Arbitraries.integers().between(0, 100_000).map(Duration::ofMillis);
    }

    @Provide
    Arbitrary<ServiceState> services() {
        Arbitrary<Health> health = Arbitraries.oneOf(
                counts().map(Health.Sound::new),
                Combinators.combine(instants(), instants(), counts(), patience())
                        .as(Health.Broken::new),
                Combinators.combine(instants(), instants(), counts(), patience())
                        .as(Health.Probing::new),
                Combinators.combine(
                                instants(), instants(), counts().map(Integer::longValue), counts(), counts(), counts())
                        .as(Health.Recovering::new));
        Arbitrary<JobLengths> lengths = Combinators.combine(
                        Arbitraries.doubles().between(0, 20),
                        Arbitraries.doubles().between(0, 5),
                        Arbitraries.integers().between(0, 40))
                .as(JobLengths::new);
        Arbitrary<Double> caution = Arbitraries.doubles().between(-ServiceState.MAX_CAUTION, ServiceState.MAX_CAUTION);
        return Combinators.combine(
                        health,
                        lengths.injectNull(0.3),
                        caution,
                        Arbitraries.doubles().between(0, ServiceState.MAX_CREDIT),
                        instants())
                .as(ServiceState::new);
    }

    @Property(tries = 300)
    void shouldKeepEveryServiceState(@ForAll("services") ServiceState state) {
        assertThat(ServiceStateCodec.decode(ServiceStateCodec.encode(state))).isEqualTo(state);
    }

    @Test
    void shouldTakeNoBytesAsNothingKnownAndRefuseBytesThatAreNoState() {
        assertThat(ServiceStateCodec.decode(null)).isEqualTo(ServiceState.NEW);
        assertThatThrownBy(() -> ServiceStateCodec.decode(new byte[] {1, 2, 3}))
                .isInstanceOfAny(java.io.UncheckedIOException.class, org.apache.avro.AvroRuntimeException.class);
    }

    @Test
    void shouldKeepEveryOpenCommand() {
        Instant readAt = Instant.parse("2026-11-22T12:00:00.123Z");
        BulkCommand command = new BulkCommand("c", JobCommand.Kind.EXPEDITE, "", "song");
        CommandProgress begun = CommandProgress.begin(command, new Source("jobs.commands", 3, 77), readAt);
        CommandProgress further = begun.at(new JobRef("u", "j"), 12);
        BulkCommand redrive = new BulkCommand("r", JobCommand.Kind.REDRIVE, "u", null);
        CommandProgress timed = CommandProgress.begin(redrive, Source.TIMER, readAt);

        for (CommandProgress open : new CommandProgress[] {begun, further, timed}) {
            assertThat(CommandProgressCodec.decode(CommandProgressCodec.encode(open)))
                    .isEqualTo(open);
        }
    }
}
