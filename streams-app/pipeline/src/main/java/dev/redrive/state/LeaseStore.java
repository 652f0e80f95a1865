package dev.redrive.state;

import dev.redrive.codec.JobKey;
import dev.redrive.domain.engine.Ports;
import dev.redrive.domain.event.JobRef;
import dev.redrive.state.HeapIndex.FirstEntries;
import dev.redrive.state.RateStore.PartKey.Longs;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;

/**
 * The leases of active jobs, ordered by their ends. A lease is removed when it has expired or its job is no longer
 * active: a job is active as long as its lease is here.
 */
public final class LeaseStore implements Ports.Leases {

    /** Maximum number of leases cached on the heap. */
    private static final int MAX_NEAR = 20_000;

    private final KeyValueStore<Bytes, byte[]> store;
    private final @Nullable HeapStore heap;

    /** All leases that end before {@link #nearEndMs}, by key. */
    private final TreeMap<Bytes, byte[]> near = new TreeMap<>();

    private long nearEndMs;

    /** Creates a view of the store, which is sorted by the bytes of its keys. */
    public LeaseStore(KeyValueStore<Bytes, byte[]> store) {
        this.store = store;
        this.heap = HeapStore.under(store);
    }

    @Override
    public void add(Ports.Lease lease) {
        Bytes key = key(lease.job(), lease.endsAt());
        byte[] value = value(lease);
        store.put(key, value);
        if (lease.endsAt().toEpochMilli() < nearEndMs) {
            near.put(key, value);
            if (near.size() > MAX_NEAR) {
                nearEndMs = JobKey.epochMs(near.lastKey().get());
                near.tailMap(Bytes.wrap(Longs.toBytes(nearEndMs))).clear();
            }
        }
    }

    @Override
    public void remove(JobRef job, Instant endsAt) {
        Bytes key = key(job, endsAt);
        store.put(key, null);
        near.remove(key);
    }

    @Override
    public boolean contains(JobRef job, Instant endsAt) {
        return store.get(key(job, endsAt)) != null;
    }

    @Override
    public List<Ports.Lease> takeEnded(long nowMs, int maxLeases) {
        List<Ports.Lease> ended = new ArrayList<>();
        while (ended.size() < maxLeases) {
            if (near.isEmpty() && nearEndMs <= nowMs) {
                load();
            }
            Map.Entry<Bytes, byte[]> first = near.firstEntry();
            if (first == null || JobKey.epochMs(first.getKey().get()) > nowMs) {
                break;
            }
            near.remove(first.getKey());
            store.put(first.getKey(), null);
            ended.add(lease(first.getKey(), first.getValue()));
        }
        return ended;
    }

    /** Loads the next leases once everything before {@link #nearEndMs} was removed. */
    private void load() {
        Bytes from = Bytes.wrap(Longs.toBytes(nearEndMs));
        int max = MAX_NEAR + 1;
        List<KeyValue<Bytes, byte[]>> next = next(from, max);
        while (next.size() == max && endsAtMs(next, max - 1) == endsAtMs(next, 0)) {
            max *= 2;
            next = next(from, max);
        }
        nearEndMs = next.size() < max ? Long.MAX_VALUE : endsAtMs(next, max - 1);
        byte[] latest = {};
        for (KeyValue<Bytes, byte[]> lease : next) {
            if (JobKey.epochMs(lease.key.get()) < nearEndMs) {
                latest = Arrays.equals(latest, lease.value) ? latest : lease.value;
                near.put(lease.key, latest);
            }
        }
    }

    private static long endsAtMs(List<KeyValue<Bytes, byte[]>> leases, int index) {
        return JobKey.epochMs(leases.get(index).key.get());
    }

    private List<KeyValue<Bytes, byte[]>> next(Bytes from, int max) {
        return heap == null ? FirstEntries.onDisk(store, from, max) : heap.first(from, max);
    }

    private static Ports.Lease lease(Bytes key, byte[] value) {
        byte[] timed = key.get();
        return new Ports.Lease(
                JobKey.timedJob(timed),
                Instant.ofEpochMilli(JobKey.epochMs(timed)),
                new String(value, 1, value.length - 1, StandardCharsets.UTF_8),
                value[0] != 0);
    }

    private static byte[] value(Ports.Lease lease) {
        byte[] name = lease.service().getBytes(StandardCharsets.UTF_8);
        byte[] value = new byte[1 + name.length];
        value[0] = (byte) (lease.released() ? 1 : 0);
        System.arraycopy(name, 0, value, 1, name.length);
        return value;
    }

    private static Bytes key(JobRef job, Instant endsAt) {
        return Bytes.wrap(JobKey.timed(endsAt.toEpochMilli(), job));
    }
}
