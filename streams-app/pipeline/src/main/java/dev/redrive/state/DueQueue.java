package dev.redrive.state;

import dev.redrive.codec.JobKey;
import dev.redrive.domain.backlog.Lane;
import dev.redrive.domain.backlog.Lane.Shelf;
import dev.redrive.domain.backlog.Lane.Slot;
import dev.redrive.domain.event.JobRef;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;

/**
 * The pending retries of one task in a sorted store, in lanes, each ordered by due; retries with the same due are in a
 * stable order. An entry leaves when it is released, withdrawn or moved, so the queue needs no expiry: no due is
 * further ahead than the maximum park time, and no gate blocks for ever. Owned by one thread.
 *
 * <p>Scans of a lane begin after the last key seen, to skip the tombstones of released retries; removals are blind
 * writes, which read nothing. A heap store loads the payloads of what a scan finds.
 */
public final class DueQueue implements Shelf {

    private final KeyValueStore<Bytes, byte[]> store;
    private final @Nullable HeapStore heap;

    /**
     * Creates a view of the store.
     *
     * @param store sorted by the bytes of its keys
     */
    public DueQueue(KeyValueStore<Bytes, byte[]> store) {
        this.store = store;
        this.heap = HeapStore.under(store);
    }

    /**
     * Adds a retry; replaces one of the same job and due.
     *
     * @param lane its lane
     * @param dueAtMs when it is due, epoch milliseconds
     * @param job the job
     * @param payload the retry to release
     */
    public void add(Lane lane, long dueAtMs, JobRef job, byte[] payload) {
        store.put(key(lane, dueAtMs, job), payload);
    }

    /** Removes a retry if present. */
    public void remove(Lane lane, long dueAtMs, JobRef job) {
        store.put(key(lane, dueAtMs, job), null);
    }

    /** Returns the retry to release; {@code null} if absent. */
    public byte @Nullable [] payload(Lane lane, long dueAtMs, JobRef job) {
        return store.get(key(lane, dueAtMs, job));
    }

    @Override
    public List<Slot> next(Lane lane, @Nullable Slot after, int max) {
        byte[] prefix = JobKey.lane(lane);
        Bytes from = Bytes.wrap(
                after == null ? prefix : JobKey.following(JobKey.place(prefix, after.dueAtMs(), after.jobId())));
        Bytes to = Bytes.wrap(JobKey.behind(prefix));
        List<Slot> slots = new ArrayList<>(max);
        if (heap != null) {
            heap.ahead(from, to, max).forEach(place -> slots.add(JobKey.slotOf(place.get())));
            return slots;
        }
        try (KeyValueIterator<Bytes, byte[]> places = store.range(from, to)) {
            while (slots.size() < max && places.hasNext()) {
                slots.add(JobKey.slotOf(places.next().key.get()));
            }
        }
        return slots;
    }

    @Override
    public void lanes(BiConsumer<Lane, Slot> visitor) {
        Bytes from = null;
        while (true) {
            byte[] first;
            try (KeyValueIterator<Bytes, byte[]> places = store.range(from, null)) {
                if (!places.hasNext()) {
                    return;
                }
                first = places.next().key.get();
            }
            Lane lane = JobKey.laneOf(first);
            visitor.accept(lane, JobKey.slotOf(first));
            from = Bytes.wrap(JobKey.behind(JobKey.lane(lane)));
        }
    }

    private static Bytes key(Lane lane, long dueAtMs, JobRef job) {
        return Bytes.wrap(JobKey.place(JobKey.lane(lane), dueAtMs, job.jobId()));
    }
}
