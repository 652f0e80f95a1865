package dev.redrive.state;

import static org.assertj.core.api.Assertions.assertThat;

import dev.redrive.domain.engine.Ports;
import dev.redrive.domain.event.JobRef;
import dev.redrive.state.HeapStore.HeapBudget;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class LeaseStoreTest {

    private static final Instant T0 = Instant.parse("2026-11-22T12:00:00Z");

    private final MemoryStore store = new MemoryStore();

    private static JobRef job(String id) {
        return new JobRef("u", id);
    }

    private static Ports.Lease lease(String job, Instant endsAt) {
        return new Ports.Lease(job(job), endsAt, "müsic", job.equals("a"));
    }

    @Test
    void shouldTakeLeasesOutWhenTheyEndAndOnce() {
        LeaseStore leases = new LeaseStore(store);
        Ports.Lease a = lease("a", T0.plusSeconds(1));
        Ports.Lease b = lease("b", T0.plusSeconds(2));
        List.of(b, a, a).forEach(leases::add);

        assertThat(leases.takeEnded(T0.toEpochMilli() + 999, 10)).isEmpty();
        assertThat(leases.contains(a.job(), a.endsAt())).isTrue();
        assertThat(leases.takeEnded(T0.toEpochMilli() + 1_000, 10)).containsExactly(a);
        assertThat(leases.contains(a.job(), a.endsAt())).isFalse();
        assertThat(leases.takeEnded(T0.toEpochMilli() + 5_000, 10)).containsExactly(b);
        assertThat(leases.takeEnded(T0.toEpochMilli() + 5_000, 10)).isEmpty();
        assertThat(store.size()).isZero();
    }

    @Test
    void shouldNotTakeOutALeaseThatWasRemovedBeforeItsEndWhetherItWasNearOrNot() {
        LeaseStore leases = new LeaseStore(store);
        leases.add(lease("far", T0));
        leases.remove(job("far"), T0);
        leases.add(lease("kept", T0));
        assertThat(leases.takeEnded(T0.toEpochMilli() - 1, 10)).isEmpty();
        leases.add(lease("near", T0));
        leases.remove(job("near"), T0);
        leases.remove(job("kept"), T0.plusMillis(1));

        assertThat(leases.takeEnded(T0.toEpochMilli(), 10)).containsExactly(lease("kept", T0));
        assertThat(store.size()).isZero();
    }

    @Test
    void shouldTakeLeasesInSlicesAndAlsoThoseAddedWithTheClockSetBack() {
        LeaseStore leases = new LeaseStore(store);
        for (int i = 0; i < 5; i++) {
            leases.add(lease("j" + i, T0));
        }
        assertThat(leases.takeEnded(T0.toEpochMilli(), 3)).hasSize(3);
        assertThat(leases.takeEnded(T0.toEpochMilli(), 3)).hasSize(2);

        assertThat(leases.takeEnded(T0.toEpochMilli() - 60_000, 3)).isEmpty();
        Ports.Lease late = lease("late", T0.minusSeconds(30));
        leases.add(late);
        assertThat(leases.takeEnded(T0.toEpochMilli() - 60_000, 3)).isEmpty();
        assertThat(leases.takeEnded(T0.toEpochMilli() - 30_000, 3)).containsExactly(late);
    }

    @Test
    void shouldTakeLeasesInTheirOrderHoweverManyThereAreAndWhereverTheyLie() {
        HeapStore heap = new HeapStore(store, new HeapBudget(1_000_000));
        heap.open((key, value) -> {});
        LeaseStore leases = new LeaseStore(heap);
        for (int i = 0; i < 25_000; i++) {
            leases.add(lease("j" + i, T0.plusMillis(i % 1_000 == 0 ? 0 : i % 7_919)));
        }
        LeaseStore anew = new LeaseStore(heap);

        Instant last = Instant.MIN;
        for (int taken = 0; taken < 25_000; taken++) {
            List<Ports.Lease> ended = anew.takeEnded(T0.plusSeconds(8).toEpochMilli(), 1);
            assertThat(ended).hasSize(1);
            assertThat(ended.get(0).endsAt()).isAfterOrEqualTo(last);
            last = ended.get(0).endsAt();
        }
        assertThat(anew.takeEnded(Long.MAX_VALUE, 1)).isEmpty();
    }

    @Test
    void shouldTakeMoreLeasesThatEndTogetherThanAreEverNear() {
        HeapStore heap = new HeapStore(store, new HeapBudget(1_000_000));
        heap.open((key, value) -> {});
        LeaseStore leases = new LeaseStore(heap);
        for (int i = 0; i < 45_000; i++) {
            leases.add(lease("j" + i, T0));
        }
        assertThat(leases.takeEnded(T0.toEpochMilli(), 50_000)).hasSize(45_000).doesNotHaveDuplicates();
    }
}
