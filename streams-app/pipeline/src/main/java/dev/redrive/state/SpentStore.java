package dev.redrive.state;

import dev.redrive.codec.JobKey;
import dev.redrive.domain.engine.Ports;
import dev.redrive.domain.event.JobRef;
import dev.redrive.state.PartKey.Longs;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;

/**
 * The failures of jobs that were dead-lettered because their user had nothing left to spend, until they are redriven or the
 * retention of jobs is over; at most {@link #MAX_PER_USER} of a user. How many a user has stands before the first of them.
 */
public final class SpentStore {

    /** Most failures of one user that are kept. */
    public static final int MAX_PER_USER = 10_000;

    private final KeyValueStore<Bytes, byte[]> store;
    private final Sweep sweep;
    private final Map<String, Long> counts = new HashMap<>();

    /**
     * A view of the store.
     *
     * @param store the store
     * @param retention how long a failure is kept
     */
    public SpentStore(KeyValueStore<Bytes, byte[]> store, Duration retention) {
        this.store = store;
        this.sweep = new Sweep(store, retention, SpentStore::age);
        Bytes from = null;
        while (true) {
            try (KeyValueIterator<Bytes, byte[]> entries = store.range(from, null)) {
                if (!entries.hasNext()) {
                    return;
                }
                KeyValue<Bytes, byte[]> head = entries.next();
                String userId = JobKey.userOf(head.key.get());
                counts.put(userId, Longs.fromBytes(head.value));
                from = Bytes.wrap(JobKey.behind(JobKey.user(userId)));
            }
        }
    }

    /** The users of whom something is kept. */
    public Set<String> users() {
        return Set.copyOf(counts.keySet());
    }

    /** Whether something of the user is kept. */
    public boolean holds(String userId) {
        return counts.containsKey(userId);
    }

    /** Whether no more of the user can be kept. */
    public boolean full(String userId) {
        return counts.getOrDefault(userId, 0L) >= MAX_PER_USER;
    }

    /** Keeps a failure; one of the same job that is kept already is replaced. */
    public void put(JobRef job, Instant now, byte[] failure) {
        Bytes key = Bytes.wrap(JobKey.bytes(job));
        if (store.get(key) == null) {
            count(job.userId(), 1);
        }
        store.put(
                key,
                ByteBuffer.allocate(Long.BYTES + failure.length)
                        .putLong(now.toEpochMilli())
                        .put(failure)
                        .array());
    }

    /** Forgets the failure of a job, if one is kept. */
    public void remove(JobRef job) {
        if (!counts.containsKey(job.userId())) {
            return;
        }
        Bytes key = Bytes.wrap(JobKey.bytes(job));
        if (store.get(key) != null) {
            store.put(key, null);
            count(job.userId(), -1);
        }
    }

    /**
     * The next failures of a user in the order of their jobs.
     *
     * @param after those behind this job; {@code null} for the first
     * @param most at most so many; fewer only where there are no more
     */
    public List<Ports.Kept> next(String userId, @Nullable JobRef after, int most) {
        byte[] prefix = JobKey.user(userId);
        byte[] from = JobKey.following(after == null ? prefix : JobKey.bytes(after));
        List<Ports.Kept> next = new ArrayList<>();
        try (KeyValueIterator<Bytes, byte[]> entries =
                store.range(Bytes.wrap(from), Bytes.wrap(JobKey.behind(prefix)))) {
            while (next.size() < most && entries.hasNext()) {
                KeyValue<Bytes, byte[]> entry = entries.next();
                ByteBuffer value = ByteBuffer.wrap(entry.value);
                Instant keptAt = Instant.ofEpochMilli(value.getLong());
                byte[] failure = new byte[value.remaining()];
                value.get(failure);
                next.add(new Ports.Kept(JobKey.job(entry.key.get()), keptAt, failure));
            }
        }
        return next;
    }

    /**
     * Looks at a few failures more, going round, and forgets those whose retention is over.
     *
     * @param now the time
     * @param maxEntries how many to look at
     */
    public void sweep(Instant now, int maxEntries) {
        for (Bytes key : sweep.run(now, maxEntries)) {
            count(JobKey.userOf(key.get()), -1);
        }
    }

    private void count(String userId, int change) {
        long count = counts.getOrDefault(userId, 0L) + change;
        Bytes head = Bytes.wrap(JobKey.user(userId));
        if (count <= 0) {
            counts.remove(userId);
            store.put(head, null);
        } else {
            counts.put(userId, count);
            store.put(head, Longs.toBytes(count));
        }
    }

    /** A count has no age; it goes with the last that it counts. */
    private static Sweep.Age age(KeyValue<Bytes, byte[]> entry) {
        return JobKey.isUser(entry.key.get())
                ? new Sweep.Age(Instant.MAX, true)
                : new Sweep.Age(Instant.ofEpochMilli(Longs.fromBytes(entry.value)), false);
    }
}
