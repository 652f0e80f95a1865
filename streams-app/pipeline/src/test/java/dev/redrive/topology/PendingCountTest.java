package dev.redrive.topology;

import static org.assertj.core.api.Assertions.assertThat;

import dev.redrive.domain.decide.RetryPolicy.Tier;
import dev.redrive.domain.event.Input.Carried;
import dev.redrive.domain.event.JobRef;
import dev.redrive.domain.lifecycle.JobState;
import dev.redrive.domain.lifecycle.JobState.Memo;
import dev.redrive.state.HeapStore.HeapBudget;
import dev.redrive.state.JobStore;
import dev.redrive.state.JobStore.JobCensus;
import dev.redrive.topology.Signals.TaskSignals;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.Stores;
import org.junit.jupiter.api.Test;

class PendingCountTest {

    private static final Instant NOW = Instant.parse("2026-11-22T12:00:00Z");
    private static final Tier SHORT = new Tier("10s", Duration.ofSeconds(10));
    private static final Tier LONG = new Tier("1h", Duration.ofHours(1));

    private final KeyValueStore<Bytes, byte[]> store =
            Stores.inMemoryKeyValueStore("jobs").get();
    private final JobStore jobs = new JobStore(store, Duration.ofDays(7), new HeapBudget(0));
    private final Map<Tier, Long> reported = new HashMap<>();
    private final TaskSignals signals = new TaskSignals() {
        @Override
        public void pending(Tier tier, long retries) {
            reported.put(tier, retries);
        }
    };

    @Test
    void shouldKnowWhatWasPendingBeforeTheStart() {
        put("a", pending(Duration.ofSeconds(3)));
        put("b", pending(Duration.ofSeconds(10)));
        put("c", pending(Duration.ofSeconds(11)));
        put("d", running());

        count(jobs.census());

        assertThat(reported).containsOnly(Map.entry(SHORT, 2L), Map.entry(LONG, 1L));
    }

    @Test
    void shouldTellEveryTierFromTheStart() {
        count(jobs.census());

        assertThat(reported).containsOnly(Map.entry(SHORT, 0L), Map.entry(LONG, 0L));
    }

    @Test
    void shouldCountEveryMove() {
        PendingCount count = count(jobs.census());

        count.moved(job("a"), JobState.Unseen.INSTANCE, pending(Duration.ofSeconds(3)));
        count.moved(job("b"), JobState.Unseen.INSTANCE, pending(Duration.ofSeconds(3)));
        count.moved(job("a"), pending(Duration.ofSeconds(3)), running());
        count.moved(job("b"), pending(Duration.ofSeconds(3)), pending(Duration.ofSeconds(300)));
        count.report();

        assertThat(reported).containsOnly(Map.entry(SHORT, 0L), Map.entry(LONG, 1L));
    }

    @Test
    void shouldCountEachJobOnceWhileTheWalkIsHalfWay() {
        for (char name = 'a'; name <= 'z'; name++) {
            for (int i = 0; i < 10; i++) {
                put(name + "" + i, pending(Duration.ofSeconds(3)));
            }
        }
        JobCensus census = jobs.census();
        long[] seen = {0};
        census.walk(System.nanoTime() - 1, state -> seen[0]++);
        PendingCount count = new PendingCount(List.of(SHORT, LONG), census, signals);
        assertThat(census.passed(job("a0"))).isTrue();

        // A slice that ends at once leaves most of the jobs for later.
        JobCensus half = new JobStore(store, Duration.ofDays(7), new HeapBudget(0)).census();
        half.walk(System.nanoTime() - 1, state -> {});

        assertThat(seen[0]).isBetween(1L, 200L);
        assertThat(half.passed(job("a0"))).isTrue();
        assertThat(half.passed(job("z9"))).isFalse();
        count.report();
        assertThat(reported.get(SHORT)).isEqualTo(260 - seen[0]);
    }

    private PendingCount count(JobCensus census) {
        return new PendingCount(List.of(SHORT, LONG), census, signals);
    }

    private void put(String name, JobState state) {
        jobs.put(job(name), state);
    }

    private static JobRef job(String name) {
        return new JobRef("user", name);
    }

    private static JobState pending(Duration wait) {
        return new JobState.Scheduled(touched(), 2, NOW.plus(wait));
    }

    private static JobState running() {
        return new JobState.Running(touched(), 2, true);
    }

    private static Memo touched() {
        return new Memo(1, 0, 0, NOW, "key", 0, 1, List.of(), null, null, List.of(), NOW, "music", Carried.NONE);
    }
}
