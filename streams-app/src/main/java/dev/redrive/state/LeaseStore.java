package dev.redrive.state;

import dev.redrive.codec.JobKey;
import dev.redrive.domain.event.JobRef;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;

/** The ends of leases in their order; an entry leaves when its instant has come. */
public final class LeaseStore {

    private static final byte[] NOTHING = {};

    private final KeyValueStore<Bytes, byte[]> store;
    private long lowWaterMs;
    private long nextEndMs;

    /** A view of the store, which is sorted by the bytes of its keys. */
    public LeaseStore(KeyValueStore<Bytes, byte[]> store) {
        this.store = store;
    }

    /** Remembers the end of a lease. */
    public void add(JobRef job, Instant endsAt) {
        store.put(Bytes.wrap(JobKey.timed(endsAt.toEpochMilli(), job)), NOTHING);
        lowWaterMs = Math.min(lowWaterMs, endsAt.toEpochMilli());
        nextEndMs = Math.min(nextEndMs, endsAt.toEpochMilli());
    }

    /**
     * Takes out the first leases that have ended.
     *
     * @param nowMs leases that end at this instant or before it
     * @param maxEntries at most so many
     */
    public List<JobRef> takeEnded(long nowMs, int maxEntries) {
        if (nowMs < nextEndMs) {
            return List.of();
        }
        List<Bytes> ended = new ArrayList<>();
        nextEndMs = Long.MAX_VALUE;
        try (KeyValueIterator<Bytes, byte[]> entries = store.range(Bytes.wrap(Longs.toBytes(lowWaterMs)), null)) {
            while (entries.hasNext()) {
                Bytes key = entries.next().key;
                long endsAtMs = JobKey.epochMs(key.get());
                lowWaterMs = Math.max(lowWaterMs, Math.min(endsAtMs, nowMs));
                if (endsAtMs > nowMs || ended.size() == maxEntries) {
                    nextEndMs = endsAtMs;
                    break;
                }
                ended.add(key);
            }
        }
        if (nextEndMs == Long.MAX_VALUE) {
            lowWaterMs = Math.max(lowWaterMs, nowMs);
        }
        List<JobRef> jobs = new ArrayList<>(ended.size());
        for (Bytes key : ended) {
            store.put(key, null);
            jobs.add(JobKey.timedJob(key.get()));
        }
        return jobs;
    }
}
