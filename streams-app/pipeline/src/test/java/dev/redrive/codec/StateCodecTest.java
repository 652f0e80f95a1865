package dev.redrive.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.redrive.domain.classify.FailureClass;
import dev.redrive.domain.decide.DeadLetterReason;
import dev.redrive.domain.event.Input.Carried;
import dev.redrive.domain.lifecycle.JobState;
import dev.redrive.domain.lifecycle.JobState.AttemptSummary;
import dev.redrive.domain.lifecycle.JobState.Memo;
import dev.redrive.domain.user.UserState;
import dev.redrive.state.UserStore.UserMemoryCodec;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

class StateCodecTest {

    private static Arbitrary<Instant> instants() {
        return Arbitraries.longs().between(0, 253_402_300_799_999L).map(Instant::ofEpochMilli);
    }

    private static Arbitrary<Integer> counts() {
        return Arbitraries.integers().between(0, 1_000_000);
    }

    private static Arbitrary<String> words() {
        return Arbitraries.strings().withChars("aZ é\uFFFD\0").ofMaxLength(8);
    }

    private static Arbitrary<Memo> memos() {
        Arbitrary<AttemptSummary> summary = Combinators.combine(
                        counts(),
                        Arbitraries.of(FailureClass.values()),
                        words().injectNull(0.3),
                        Arbitraries.integers().between(100, 999).injectNull(0.3),
                        instants())
                .as(AttemptSummary::new);
        return Combinators.combine(
                        counts(),
                        instants().injectNull(0.3),
                        words().injectNull(0.3),
                        summary.list().ofMaxSize(Memo.MAX_HISTORY),
                        instants().injectNull(0.3),
                        words().list().ofMaxSize(Memo.MAX_REDRIVES),
                        instants())
                .as((count, first, key, history, active, redrive, touched) -> new Memo(
                        count,
                        count + 1,
                        count + 4,
                        first,
                        key,
                        count + 2,
                        count + 3,
                        history,
                        active,
                        active == null ? null : active.plusMillis(count),
                        redrive,
                        touched,
                        "s" + count,
                        new Carried(
                                count % 2 == 0 ? "POST" : "PUT",
                                "/" + count,
                                first,
                                count % 3 == 0 ? null : count,
                                key,
                                count % 5 == 0 ? Map.of() : Map.of("l" + count, "v"),
                                count % 10,
                                count % 7 == 0)));
    }

    @Provide
    Arbitrary<JobState> jobs() {
        return Arbitraries.oneOf(
                Combinators.combine(memos(), counts(), Arbitraries.of(true, false))
                        .as(JobState.Running::new),
                Combinators.combine(memos(), counts(), instants(), Arbitraries.longs())
                        .as(JobState.Scheduled::new),
                Combinators.combine(memos(), counts(), Arbitraries.of(DeadLetterReason.values()))
                        .as(JobState.DeadLettered::new),
                Combinators.combine(memos(), counts(), Arbitraries.of(JobState.End.values()))
                        .as(JobState.Finished::new));
    }

    @Property(tries = 300)
    void shouldKeepEveryJobState(@ForAll("jobs") JobState state) {
        assertThat(JobStateCodec.decode(JobStateCodec.encode(state))).isEqualTo(state);
    }

    @Test
    void shouldTakeNoBytesAsNothingKnown() {
        assertThat(JobStateCodec.decode(null)).isEqualTo(JobState.Unseen.INSTANCE);
    }

    @Test
    void shouldRefuseToStoreAJobThatWasNeverSeen() {
        assertThatThrownBy(() -> JobStateCodec.encode(JobState.Unseen.INSTANCE))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void shouldRefuseBytesThatAreNoState() {
        byte[] user = UserMemoryCodec.encode(UserState.NEW);

        assertThatThrownBy(() -> JobStateCodec.decode(new byte[] {1, 2, 3}))
                .isInstanceOfAny(UncheckedIOException.class, org.apache.avro.AvroRuntimeException.class);
        assertThatThrownBy(() -> JobStateCodec.decode(user)).isInstanceOf(org.apache.avro.AvroRuntimeException.class);
    }
}
