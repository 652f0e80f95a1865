package dev.redrive.state;

import dev.redrive.codec.JobKey;
import dev.redrive.domain.engine.Ports;
import dev.redrive.domain.event.JobRef;
import dev.redrive.state.RateStore.PartKey.Longs;
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
 * The failures of jobs that were dead-lettered because their user's allowance was exhausted, until they are redriven or
 * the retention of jobs ends; at most {@link #MAX_PER_USER} per user. The number of a user's failures is stored before
 * the first of them.
 */
public final class SpentStore {

    /** Maximum number of failures kept per user. */
    public static final int MAX_PER_USER = 10_000;

    private final KeyValueStore<Bytes, byte[]> store;
    private final Sweep sweep;
    private final Map<String, Long> counts = new HashMap<>();

    /**
     * Creates a view of the store.
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

    /** Returns the users with kept failures. */
    public Set<String> users() {
        return Set.copyOf(counts.keySet());
    }

    /** Returns whether a user has kept failures. */
    public boolean contains(String userId) {
        return counts.containsKey(userId);
    }

    /** Returns whether no more failures of the user can be kept. */
    public boolean full(String userId) {
        return counts.getOrDefault(userId, 0L) >= MAX_PER_USER;
    }

    /** Keeps a failure; replaces an earlier one of the same job. */
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

    /** Deletes the failure of a job, if there is one. */
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
     * Returns the next failures of a user, ordered by job.
     *
     * @param after returns those after this job; {@code null} for the first
     * @param max maximum number; fewer only if there are no more
     */
    public List<Ports.Kept> next(String userId, @Nullable JobRef after, int max) {
        byte[] prefix = JobKey.user(userId);
        byte[] from = JobKey.following(after == null ? prefix : JobKey.bytes(after));
        List<Ports.Kept> next = new ArrayList<>();
        try (KeyValueIterator<Bytes, byte[]> entries =
                store.range(Bytes.wrap(from), Bytes.wrap(JobKey.behind(prefix)))) {
            while (next.size() < max && entries.hasNext()) {
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
     * Deletes expired failures among the next few, cyclically.
     *
     * @param now the time
     * @param maxEntries maximum number to visit
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

    /** A count does not expire; it is removed with the last failure. */
    private static Sweep.Age age(KeyValue<Bytes, byte[]> entry) {
        return JobKey.isUser(entry.key.get())
                ? new Sweep.Age(Instant.MAX, true)
                : new Sweep.Age(Instant.ofEpochMilli(Longs.fromBytes(entry.value)), false);
    }
}
