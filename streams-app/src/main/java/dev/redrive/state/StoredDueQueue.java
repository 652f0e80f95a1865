package dev.redrive.state;

import dev.redrive.codec.JobKey;
import dev.redrive.domain.event.JobRef;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;

/**
 * A due queue in a sorted store. Scans begin at a low-water mark, so that they do not walk over the tombstones of what
 * was released; removals are blind writes, which read nothing. Until the first entry that is not yet due, no scan
 * happens at all.
 */
public final class StoredDueQueue implements DueQueue {

    private final KeyValueStore<Bytes, byte[]> store;
    private long lowWaterMs;
    private long nextDueMs;

    /**
     * A view of the store.
     *
     * @param store sorted by the bytes of its keys, without a record cache
     */
    public StoredDueQueue(KeyValueStore<Bytes, byte[]> store) {
        this.store = store;
    }

    @Override
    public void add(long dueAtMs, JobRef job, byte[] payload) {
        store.put(key(dueAtMs, job), payload);
        lowWaterMs = Math.min(lowWaterMs, dueAtMs);
        nextDueMs = Math.min(nextDueMs, dueAtMs);
    }

    @Override
    public void remove(long dueAtMs, JobRef job) {
        store.put(key(dueAtMs, job), null);
    }

    @Override
    public void move(long fromMs, long toMs, JobRef job) {
        byte[] payload = store.get(key(fromMs, job));
        if (payload != null) {
            remove(fromMs, job);
            add(toMs, job, payload);
        }
    }

    @Override
    public List<Entry> due(long nowMs, int maxEntries, long maxBytes) {
        if (nowMs < nextDueMs) {
            return List.of();
        }
        List<Entry> due = new ArrayList<>();
        long bytes = 0;
        long firstSeenMs = Long.MAX_VALUE;
        nextDueMs = Long.MAX_VALUE;
        try (KeyValueIterator<Bytes, byte[]> entries = store.range(Bytes.wrap(Longs.toBytes(lowWaterMs)), null)) {
            while (entries.hasNext()) {
                KeyValue<Bytes, byte[]> entry = entries.next();
                long dueAtMs = JobKey.epochMs(entry.key.get());
                firstSeenMs = Math.min(firstSeenMs, dueAtMs);
                if (dueAtMs > nowMs || due.size() >= maxEntries || bytes >= maxBytes) {
                    nextDueMs = dueAtMs;
                    break;
                }
                due.add(new Entry(dueAtMs, JobKey.timedJob(entry.key.get()), entry.value));
                bytes += entry.value.length;
            }
        }
        lowWaterMs = firstSeenMs == Long.MAX_VALUE ? Math.max(lowWaterMs, nowMs) : firstSeenMs;
        if (!due.isEmpty()) {
            nextDueMs = firstSeenMs;
        }
        return due;
    }

    @Override
    public long nextDueMs() {
        return nextDueMs;
    }

    private static Bytes key(long dueAtMs, JobRef job) {
        return Bytes.wrap(JobKey.timed(dueAtMs, job));
    }
}
