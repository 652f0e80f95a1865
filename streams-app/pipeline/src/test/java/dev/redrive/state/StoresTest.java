package dev.redrive.state;

import static org.assertj.core.api.Assertions.assertThat;

import dev.redrive.domain.decide.DeadLetterReason;
import dev.redrive.domain.event.Input.Carried;
import dev.redrive.domain.event.JobRef;
import dev.redrive.domain.lifecycle.JobState;
import dev.redrive.domain.lifecycle.JobState.Memo;
import dev.redrive.domain.stats.AlertRules.AlertKind;
import dev.redrive.domain.stats.Windows.Count;
import dev.redrive.domain.stats.Windows.Part;
import dev.redrive.domain.user.UserState;
import dev.redrive.state.HeapStore.HeapBudget;
import dev.redrive.state.RateStore.OpenSums;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class StoresTest {

    private static final Instant T0 = Instant.parse("2026-11-22T12:00:00Z");
    private static final Duration WEEK = Duration.ofDays(7);

    private final MemoryStore store = new MemoryStore();
    private final MemoryStore marks = new MemoryStore();

    private static JobRef job(String id) {
        return new JobRef("u", id);
    }

    private static Memo memo(Instant touchedAt, @Nullable Instant activeUntil) {
        return new Memo(
                1,
                0,
                0,
                T0,
                "key",
                0,
                0,
                List.of(),
                activeUntil,
                activeUntil,
                List.of(),
                touchedAt,
                "music",
                Carried.NONE);
    }

    @Test
    void shouldForgetJobsAfterTheRetentionSinceTheyWereActiveButNeverPendingOnes() {
        JobStore jobs = new JobStore(store, WEEK, new HeapBudget(0));
        jobs.put(job("done"), new JobState.Finished(memo(T0, null), 1, JobState.End.SUCCEEDED));
        jobs.put(job("dead"), new JobState.DeadLettered(memo(T0, null), 1, DeadLetterReason.UNKNOWN));
        jobs.put(job("pending"), new JobState.Scheduled(memo(T0, null), 2, T0));
        jobs.put(job("active"), new JobState.Running(memo(T0, T0.plusSeconds(1)), 1, false));
        jobs.put(job("idle"), new JobState.Running(memo(T0, null), 1, false));

        assertThat(jobs.sweep(T0.plus(WEEK), 100)).isZero();
        assertThat(jobs.sweep(T0.plus(WEEK).plusMillis(1), 100)).isEqualTo(3);
        assertThat(jobs.get(job("done"))).isInstanceOf(JobState.Unseen.class);
        assertThat(jobs.get(job("pending"))).isInstanceOf(JobState.Scheduled.class);
        assertThat(jobs.get(job("active"))).isInstanceOf(JobState.Running.class);
        jobs.sweep(T0.plus(WEEK).plusMillis(1_001), 100);
        jobs.sweep(T0.plus(WEEK).plusMillis(1_001), 100);
        assertThat(jobs.get(job("active"))).isInstanceOf(JobState.Unseen.class);
        assertThat(jobs.get(job("pending"))).isInstanceOf(JobState.Scheduled.class);
    }

    private static boolean known(JobStore jobs, int from, int to) {
        return IntStream.range(from, to).noneMatch(i -> jobs.get(job("j" + i)) == JobState.Unseen.INSTANCE);
    }

    @Test
    void shouldKnowAllJobsBeforeDuringAndAfterItsCensusAndThenAskForThemAlone() {
        JobStore before = new JobStore(store, WEEK, new HeapBudget(0));
        JobState state = new JobState.Finished(memo(T0, null), 1, JobState.End.SUCCEEDED);
        IntStream.range(0, 300).forEach(i -> before.put(job("j" + i), state));

        JobStore jobs = new JobStore(store, WEEK, new HeapBudget(0));
        assertThat(known(jobs, 0, 100)).isTrue();
        jobs.census().walk(System.nanoTime() - 1, walked -> {});
        jobs.put(job("j"), state);
        assertThat(known(jobs, 100, 200)).isTrue();
        jobs.census().walk(Long.MAX_VALUE, walked -> {});
        assertThat(known(jobs, 200, 300)).isTrue();

        int asked = store.gets();
        assertThat(jobs.get(job("never"))).isEqualTo(JobState.Unseen.INSTANCE);
        assertThat(store.gets()).isEqualTo(asked);
    }

    @Test
    void shouldSweepAsManyJobsAsCameIn() {
        JobStore jobs = new JobStore(store, WEEK, new HeapBudget(0));
        for (int i = 0; i < 300; i++) {
            jobs.get(job("j" + i));
            jobs.put(job("j" + i), new JobState.Finished(memo(T0, null), 1, JobState.End.SUCCEEDED));
        }

        assertThat(jobs.sweep(T0.plus(WEEK).plusMillis(1), 10)).isEqualTo(300);
    }

    @Test
    void shouldSweepEveryKeyAFewAtATimeAlsoThoseThatBeginAlike() {
        UserStore users = new UserStore(store, marks, WEEK);
        for (int i = 0; i < 120; i++) {
            users.put("u" + i, UserState.NEW.active(1, T0).active(-1, T0));
        }
        List<String> gone = new ArrayList<>();
        for (int i = 0; i < 121; i++) {
            gone.addAll(users.sweep(T0.plus(WEEK).plusMillis(1), 1));
        }

        assertThat(gone).hasSize(120).doesNotHaveDuplicates();
        assertThat(store.size()).isZero();
    }

    @Test
    void shouldPublishEveryChangedUserOnceInSlices() {
        UserStore users = new UserStore(store, marks, WEEK);
        for (int i = 0; i < 5; i++) {
            users.put("u" + i, UserState.NEW.active(1, T0));
        }
        users.put("u0", UserState.NEW.active(2, T0));

        assertThat(published(users, 3).keySet()).containsExactlyInAnyOrder("u0", "u1", "u2");
        assertThat(published(users, 3).keySet()).containsExactlyInAnyOrder("u3", "u4");
        assertThat(published(users, 3)).isEmpty();
    }

    @Test
    void shouldPublishAfterACrashWhatWasNotPublishedBeforeIt() {
        UserStore users = new UserStore(store, marks, WEEK);
        users.put("long-ago", UserState.NEW.active(1, T0.minus(Duration.ofHours(2))));
        published(users, 10);
        users.put("first", UserState.NEW.active(1, T0));
        users.put("second", UserState.NEW.active(1, T0.plusSeconds(1)));
        published(users, 1);

        UserStore restored = new UserStore(store, marks, WEEK);
        assertThat(published(restored, 10).keySet()).contains("second").doesNotContain("long-ago");
        assertThat(published(new UserStore(store, marks, WEEK), 10)).isEmpty();
    }

    @Test
    void shouldPublishATombstoneForAUserWhoWasForgottenBeforeBeingPublished() {
        UserStore users = new UserStore(store, marks, WEEK);
        users.put("u", UserState.NEW.active(1, T0).active(-1, T0));
        assertThat(users.sweep(T0.plus(WEEK).plusMillis(1), 10)).containsExactly("u");

        assertThat(published(users, 10)).containsEntry("u", null);
    }

    private static Map<String, @Nullable UserState> published(UserStore users, int most) {
        Map<String, @Nullable UserState> published = new HashMap<>();
        users.publishChanged(most, published::put);
        return published;
    }

    private static Part part(Count.Kind kind, String service, String operation, String code, boolean late) {
        return new Part(
                T0.toEpochMilli(), kind, late, service, operation, kind == Count.Kind.SUBMITTED ? "" : "W", code);
    }

    @Test
    void shouldHandSumsOnOnceAndCountWhatIsBeyondTheLimitAsOther() {
        OpenSums sums = new OpenSums(store, 2);
        Part a = part(Count.Kind.FAILURE, "s", "a", "", false);
        Part b = part(Count.Kind.FAILURE, "s", "b", "", false);
        Part c = part(Count.Kind.FAILURE, "s", "c", "", false);
        Part d = part(Count.Kind.FAILURE, "s", "d", "", false);
        List.of(a, a, b, c, d, a).forEach(sums::add);

        Map<Part, Long> handed = new HashMap<>();
        sums.handOver(handed::put);
        assertThat(handed).containsOnly(Map.entry(a, 3L), Map.entry(b, 1L), Map.entry(c.coarse(), 2L));

        Map<Part, Long> again = new HashMap<>();
        sums.handOver(again::put);
        assertThat(again).isEmpty();
    }

    @Test
    void shouldHandOnTheSumsOfTheTaskBefore() {
        Part a = part(Count.Kind.FAILURE, "s", "a", "", false);
        new OpenSums(store, 2).add(a);
        OpenSums sums = new OpenSums(store, 2);
        sums.add(a);

        Map<Part, Long> handed = new HashMap<>();
        sums.handOver(handed::put);
        assertThat(handed).containsOnly(Map.entry(a, 2L));
    }

    @Test
    void shouldFindTheFailuresOfAnOperationAndNoOthers() {
        RateStore rates = new RateStore(store);
        Part wanted = part(Count.Kind.FAILURE, "s", "op", "x", false);
        Part other = part(Count.Kind.FAILURE, "s", "op", "", false);
        rates.add(wanted, 2);
        rates.add(wanted, 3);
        rates.add(other, 1);
        rates.add(part(Count.Kind.FAILURE, "s", "op", "x", true), 10);
        rates.add(part(Count.Kind.FAILURE, "s", "op2", "x", false), 10);
        rates.add(part(Count.Kind.FAILURE, "s", "o", "x", false), 10);
        rates.add(part(Count.Kind.FAILURE, "so", "p", "x", false), 10);
        rates.add(part(Count.Kind.FAILURE, "", "", "x", false), 10);
        rates.add(part(Count.Kind.SUBMITTED, "s", "op", "", false), 7);
        rates.firstIn(AlertKind.ERROR_RATE_BURN, T0.toEpochMilli(), "f");

        assertThat(rates.failures(part(Count.Kind.SUBMITTED, "s", "op", "", false)))
                .containsOnly(Map.entry(wanted, 5L), Map.entry(other, 1L));
        assertThat(rates.submitted(wanted)).isEqualTo(7);
    }

    @Test
    void shouldTellTheFirstFindingInAWindowOnly() {
        RateStore rates = new RateStore(store);

        assertThat(rates.firstIn(AlertKind.ERROR_RATE_BURN, 60_000, "f")).isTrue();
        assertThat(rates.firstIn(AlertKind.ERROR_RATE_BURN, 60_000, "f")).isFalse();
        assertThat(rates.firstIn(AlertKind.ERROR_RATE_BURN, 120_000, "f")).isTrue();
        assertThat(rates.firstIn(AlertKind.ERROR_RATE_BURN, 60_000, "g")).isTrue();
    }

    @Test
    void shouldForgetWindowsAfterADayAndGroupsAfterAWeek() {
        RateStore rates = new RateStore(store);
        Part part = part(Count.Kind.FAILURE, "s", "op", "x", false);
        rates.add(part, 1);
        rates.firstIn(AlertKind.ERROR_RATE_BURN, T0.toEpochMilli(), "f");
        rates.see("group", T0);

        rates.expire(T0.plus(Duration.ofDays(1)));
        assertThat(rates.add(part, 1)).isEqualTo(2);
        rates.expire(T0.plus(Duration.ofDays(1)).plusMillis(1));
        assertThat(rates.add(part, 1)).isEqualTo(1);
        assertThat(rates.firstIn(AlertKind.ERROR_RATE_BURN, T0.toEpochMilli(), "f"))
                .isTrue();

        rates.expire(T0.plus(WEEK));
        assertThat(rates.lastSeen("group")).isEqualTo(T0);
        rates.expire(T0.plus(WEEK).plusMillis(1));
        assertThat(rates.lastSeen("group")).isNull();
        assertThat(store.size()).isZero();
    }
}
