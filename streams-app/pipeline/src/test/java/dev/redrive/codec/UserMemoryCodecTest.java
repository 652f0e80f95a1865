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
import dev.redrive.domain.user.JobLengths;
import dev.redrive.domain.user.LimitEstimate;
import dev.redrive.domain.user.Quota;
import dev.redrive.domain.user.RateWindow;
import dev.redrive.domain.user.RateWindow.CallLog;
import dev.redrive.domain.user.Slots;
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

    private static Arbitrary<LimitEstimate> limits() {
        return Combinators.combine(
                        counts(),
                        instants(),
                        Arbitraries.of(LimitEstimate.Source.values()),
                        counts(),
                        Arbitraries.integers().between(-1, 9),
                        counts(),
                        instants().injectNull(0.3),
                        Combinators.combine(Arbitraries.integers(), instants().injectNull(0.3))
                                .as(Tuple::of))
                .as((value, at, source, passed, vain, lastGood, testedAt, rest) -> new LimitEstimate(
                        value, at, source, passed, vain, lastGood, testedAt, rest.get1(), rest.get2()));
    }

    private static Arbitrary<JobLengths> lengths() {
        return Combinators.combine(
                        Arbitraries.doubles().between(0, 20),
                        Arbitraries.doubles().between(0, 5),
                        Arbitraries.integers().between(0, 40))
                .as(JobLengths::new);
    }

    private static Arbitrary<Slots> slots() {
        Arbitrary<List<Long>> starts = Arbitraries.longs().list().ofMaxSize(4);
        return Combinators.combine(starts, starts, Arbitraries.longs(), Arbitraries.longs(), Arbitraries.longs())
                .as(Slots::new);
    }

    @Provide
    Arbitrary<UserState> users() {
        Arbitrary<Concurrency> concurrency = Combinators.combine(
                        counts(),
                        limits().injectNull(0.3),
                        counts().injectNull(0.3),
                        instants().injectNull(0.3),
                        foreign().injectNull(0.3),
                        counts(),
                        lengths().injectNull(0.3),
                        Combinators.combine(
                                        Arbitraries.oneOf(Arbitraries.just(Slots.NONE), slots()),
                                        Arbitraries.of(Reporting.values()))
                                .as(Tuple::of))
                .as((active, limit, reported, reportedAt, foreign, refusals, lengths, rest) -> new Concurrency(
                        active, limit, reported, reportedAt, foreign, refusals, lengths, rest.get1(), rest.get2()));
        Arbitrary<Quota> quota = Combinators.combine(
                        Arbitraries.of(Quota.Status.values()),
                        words().injectNull(0.3),
                        instants().injectNull(0.3),
                        instants().injectNull(0.3),
                        Arbitraries.longs().injectNull(0.3),
                        instants().injectNull(0.3),
                        instants().injectNull(0.3),
                        Combinators.combine(counts(), counts(), instants().injectNull(0.3), counts())
                                .as(Tuple::of))
                .as((status, reason, since, resetAt, remaining, learnedAt, reopenedAt, rest) -> new Quota(
                        status,
                        reason,
                        since,
                        resetAt,
                        remaining,
                        learnedAt,
                        reopenedAt,
                        rest.get1(),
                        rest.get2(),
                        rest.get3(),
                        rest.get4()));
        Arbitrary<RateWindow> window = Combinators.combine(
                        limits().injectNull(0.3),
                        counts().injectNull(0.3),
                        instants().injectNull(0.3),
                        instants().injectNull(0.3),
                        instants(),
                        instants().injectNull(0.3),
                        Arbitraries.longs().list().ofMaxSize(5).map(CallLog::new),
                        Combinators.combine(instants().injectNull(0.3), counts())
                                .as(Tuple::of))
                .as((limit, remaining, resetAt, closedUntil, observedAt, pacedUntil, calls, rest) -> new RateWindow(
                        limit,
                        remaining,
                        resetAt,
                        closedUntil,
                        observedAt,
                        pacedUntil,
                        calls,
                        rest.get1(),
                        rest.get2()));
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
        LimitEstimate limit = new LimitEstimate(
                Math.max(0, count), at, LimitEstimate.Source.GUESSED, count, count, count, at, count, at);
        Slots slots = new Slots(List.of(number), List.of(number), number, number, number);
        Concurrency concurrency =
                new Concurrency(0, limit, count, at, null, count, JobLengths.FIRST, slots, Reporting.UNSEEN);
        Quota quota = new Quota(Quota.Status.AVAILABLE, "", at, at, number, at, at, count, count, at, count);
        RateWindow window = new RateWindow(limit, count, at, at, at, at, new CallLog(List.of(number)), at, count);
        LastFailure failure = new LastFailure(FailureClass.UNKNOWN, "", count, "", "", at);
        UserState state = new UserState(concurrency, quota, Map.of("", window), Map.of(), "", failure, at);

        assertThat(UserMemoryCodec.decode(UserMemoryCodec.encode(state))).isEqualTo(state);
    }

    @Test
    void shouldWriteServicesInTheirOrder() {
        Map<String, Integer> pending = new HashMap<>();
        Map<String, RateWindow> windows = new HashMap<>();
        RateWindow window = RateWindow.reported(1, 1, null, null, Instant.EPOCH);
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
