package dev.redrive.state;

import dev.redrive.codec.JobKey;
import dev.redrive.domain.event.JobRef;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;

/** The ends of leases in their order; an entry leaves when its instant has come. */
public final class LeaseStore {

    private static final byte[] NOTHING = {};

    /** Most leases that are known without a look into the store. */
    private static final int MOST_NEAR = 20_000;

    private final KeyValueStore<Bytes, byte[]> store;

    /** All leases that end before {@link #nearEndMs}, by their keys. */
    private final TreeSet<Bytes> near = new TreeSet<>();

    private long nearEndMs;

    /** A view of the store, which is sorted by the bytes of its keys. */
    public LeaseStore(KeyValueStore<Bytes, byte[]> store) {
        this.store = store;
    }

    /** Remembers the end of a lease. */
    public void add(JobRef job, Instant endsAt) {
        Bytes key = Bytes.wrap(JobKey.timed(endsAt.toEpochMilli(), job));
        store.put(key, NOTHING);
        if (endsAt.toEpochMilli() < nearEndMs) {
            near.add(key);
            if (near.size() > MOST_NEAR) {
                nearEndMs = JobKey.epochMs(near.last().get());
                near.tailSet(Bytes.wrap(Longs.toBytes(nearEndMs))).clear();
            }
        }
    }

    /**
     * Takes out the first leases that have ended.
     *
     * @param nowMs leases that end at this instant or before it
     * @param maxEntries at most so many
     */
    public List<JobRef> takeEnded(long nowMs, int maxEntries) {
        List<JobRef> ended = new ArrayList<>();
        while (ended.size() < maxEntries) {
            if (near.isEmpty() && nearEndMs <= nowMs) {
                load();
            }
            if (near.isEmpty() || JobKey.epochMs(near.first().get()) > nowMs) {
                break;
            }
            Bytes key = near.first();
            near.remove(key);
            store.put(key, null);
            ended.add(JobKey.timedJob(key.get()));
        }
        return ended;
    }

    /** Everything before {@link #nearEndMs} was taken out; what comes next becomes near. */
    private void load() {
        long fromMs = nearEndMs;
        nearEndMs = Long.MAX_VALUE;
        try (KeyValueIterator<Bytes, byte[]> entries = store.range(Bytes.wrap(Longs.toBytes(fromMs)), null)) {
            while (entries.hasNext()) {
                Bytes key = entries.next().key;
                long endsAtMs = JobKey.epochMs(key.get());
                if (near.size() >= MOST_NEAR
                        && endsAtMs > JobKey.epochMs(near.last().get())) {
                    nearEndMs = endsAtMs;
                    return;
                }
                near.add(key);
            }
        }
    }
}
