package dev.redrive.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.redrive.domain.classify.FailureClass;
import dev.redrive.domain.event.Input.Carried;
import dev.redrive.domain.lifecycle.JobState;
import dev.redrive.domain.lifecycle.JobState.Memo;
import dev.redrive.domain.user.Concurrency;
import dev.redrive.domain.user.Concurrency.Foreign;
import dev.redrive.domain.user.Concurrency.Reporting;
import dev.redrive.domain.user.Occupancy;
import dev.redrive.domain.user.Quota;
import dev.redrive.domain.user.RateWindow;
import dev.redrive.domain.user.RateWindow.CallLog;
import dev.redrive.domain.user.UserState;
import dev.redrive.domain.user.UserState.LastFailure;
import dev.redrive.state.UserStore.UserMemoryCodec;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class UserMemoryCodecTest {

    /** Also those that an account change may tell and nobody means: before 1970, and as far as milliseconds reach. */
    private static Arbitrary<Instant> instants() {
        return Arbitraries.oneOf(
                        Arbitraries.longs().between(0, 253_402_300_799_999L),
                        Arbitraries.longs().between(-1_000, 1_000),
                        Arbitraries.longs())
                .map(Instant::ofEpochMilli);
    }

    private static Arbitrary<Integer> counts() {
        return Arbitraries.integers().between(0, 1_000_000);
    }

    private static Arbitrary<String> words() {
        return Arbitraries.strings().withChars("aZ é\uFFFD\0").ofMaxLength(8);
    }

    private static Arbitrary<Foreign> foreign() {
        return Combinators.combine(counts(), instants(), counts())
                .as((count, since, ms) -> new Foreign(count + 1, since, Duration.ofMillis(ms + 1)));
    }

    private static Arbitrary<Occupancy> occupancies() {
        return Combinators.combine(
                        counts(),
                        Arbitraries.of(true, false),
                        Arbitraries.integers().between(-50, 50),
                        instants().injectNull(0.3),
                        Arbitraries.integers().between(Occupancy.LEAST_PATIENCE, Occupancy.MOST_PATIENCE))
                .as(Occupancy::new);
    }

    @Provide
    Arbitrary<UserState> users() {
        Arbitrary<Concurrency> concurrency = Combinators.combine(
                        counts(),
                        counts().injectNull(0.3),
                        instants().injectNull(0.3),
                        counts().injectNull(0.3),
                        instants().injectNull(0.3),
                        foreign().injectNull(0.3),
                        Combinators.combine(
                                        occupancies().injectNull(0.3),
                                        instants().injectNull(0.3),
                                        Arbitraries.of(Reporting.values()))
                                .as(Tuple::of))
                .as((active, limit, limitAt, reported, reportedAt, foreign, rest) -> new Concurrency(
                        active, limit, limitAt, reported, reportedAt, foreign, rest.get1(), rest.get2(), rest.get3()));
        Arbitrary<Quota> quota = Combinators.combine(
                        Arbitraries.of(Quota.Status.values()),
                        words().injectNull(0.3),
                        instants().injectNull(0.3),
                        instants().injectNull(0.3),
                        Arbitraries.longs().injectNull(0.3),
                        instants().injectNull(0.3),
                        instants().injectNull(0.3),
                        counts())
                .as(Quota::new);
        Arbitrary<RateWindow> window = Combinators.combine(
                        counts().injectNull(0.3),
                        counts().injectNull(0.3),
                        instants().injectNull(0.3),
                        instants().injectNull(0.3),
                        instants(),
                        instants().injectNull(0.3),
                        Arbitraries.longs().list().ofMaxSize(5).map(CallLog::new))
                .as(RateWindow::new);
        Arbitrary<LastFailure> failure = Combinators.combine(
                        Arbitraries.of(FailureClass.values()),
                        words().injectNull(0.3),
                        counts().injectNull(0.3),
                        words(),
                        words(),
                        instants())
                .as(LastFailure::new);
        return Combinators.combine(
                        concurrency,
                        quota,
                        Arbitraries.maps(words(), window).ofMaxSize(UserState.MAX_RATE_WINDOWS),
                        Arbitraries.maps(words(), counts()).ofMaxSize(UserState.MAX_SERVICES),
                        words().injectNull(0.3),
                        failure.injectNull(0.3),
                        instants())
                .as(UserState::new);
    }

    @Property(tries = 500)
    void shouldKeepEveryUserState(@ForAll("users") UserState state) {
        assertThat(UserMemoryCodec.decode(UserMemoryCodec.encode(state))).isEqualTo(state);
    }

    @ParameterizedTest
    @ValueSource(longs = {0, -1, 1, Long.MIN_VALUE, Long.MAX_VALUE})
    void shouldTellEveryTimeAndNumberFromOneThatIsNotKnown(long number) {
        Instant at = Instant.ofEpochMilli(number);
        int count = (int) number;
        Concurrency concurrency = new Concurrency(
                0, count, at, count, at, null, new Occupancy(5_000, true, count, at, 100), at, Reporting.UNSEEN);
        Quota quota = new Quota(Quota.Status.AVAILABLE, "", at, at, number, at, at, count, 0, null);
        RateWindow window = new RateWindow(count, count, at, at, at, at, new CallLog(List.of(number)));
        LastFailure failure = new LastFailure(FailureClass.UNKNOWN, "", count, "", "", at);
        UserState state = new UserState(concurrency, quota, Map.of("", window), Map.of(), "", failure, at);

        assertThat(UserMemoryCodec.decode(UserMemoryCodec.encode(state))).isEqualTo(state);
    }

    @Test
    void shouldWriteServicesInTheirOrder() {
        Map<String, Integer> pending = new HashMap<>();
        Map<String, RateWindow> windows = new HashMap<>();
        RateWindow window = RateWindow.told(1, 1, null, null, Instant.EPOCH);
        for (int i = 10; i < 10 + UserState.MAX_RATE_WINDOWS; i++) {
            pending.put("pending-" + i, i);
            windows.put("window-" + i, window);
        }
        UserState known = UserState.NEW;
        byte[] bytes = UserMemoryCodec.encode(
                new UserState(known.concurrency(), known.quota(), windows, pending, null, null, known.updatedAt()));

        String text = new String(bytes, StandardCharsets.ISO_8859_1);
        assertThat(text).containsSubsequence(pending.keySet().stream().sorted().toList());
        assertThat(text).containsSubsequence(windows.keySet().stream().sorted().toList());
    }

    @Test
    void shouldTakeNoBytesAsNothingKnown() {
        assertThat(UserMemoryCodec.decode(null)).isEqualTo(UserState.NEW);
    }

    @Test
    void shouldRefuseBytesThatAreNoState() {
        Memo memo = new Memo(
                1, 0, 0, null, null, 0, 0, List.of(), null, null, List.of(), Instant.EPOCH, "music", Carried.NONE);
        byte[] job = JobStateCodec.encode(new JobState.Running(memo, 1, false));

        assertThatThrownBy(() -> UserMemoryCodec.decode(new byte[] {1, 2, 3}))
                .isInstanceOfAny(UncheckedIOException.class, org.apache.avro.AvroRuntimeException.class);
        assertThatThrownBy(() -> UserMemoryCodec.decode(job)).isInstanceOf(org.apache.avro.AvroRuntimeException.class);
    }
}
