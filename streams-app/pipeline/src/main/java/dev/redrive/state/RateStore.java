package dev.redrive.state;

import dev.redrive.domain.stats.AlertRules.AlertKind;
import dev.redrive.domain.stats.Windows.Count;
import dev.redrive.domain.stats.Windows.Part;
import dev.redrive.state.PartKey.Longs;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;

/**
 * Error rates by window, and what alerts need to remember: which groups of dead letters were seen when. Windows expire
 * a day after they began, groups a week after they were seen last.
 */
public final class RateStore {

    private static final Duration WINDOW_RETENTION = Duration.ofDays(1);
    private static final Duration GROUP_RETENTION = Duration.ofDays(7);
    private static final int MAX_EXPIRED = 10_000;

    /** Before the names of groups; as the head of a window it would lie 292 million years ahead. */
    private static final byte[] GROUPS = {(byte) 0x7f, (byte) 0xff};

    private final KeyValueStore<Bytes, byte[]> store;

    /** A view of the store, which is sorted by the bytes of its keys. */
    public RateStore(KeyValueStore<Bytes, byte[]> store) {
        this.store = store;
    }

    /** Adds to a sum and gives the new one; it stays at the greatest {@code long} rather than overflow. */
    public long add(Part part, long more) {
        Bytes key = Bytes.wrap(PartKey.bytes(part));
        long before = sum(key);
        long sum = before > Long.MAX_VALUE - more ? Long.MAX_VALUE : before + more;
        store.put(key, Longs.toBytes(sum));
        return sum;
    }

    /** The attempts submitted in the window and operation of a part. */
    public long submitted(Part part) {
        return sum(Bytes.wrap(PartKey.bytes(new Part(
                part.windowStartMs(), Count.Kind.SUBMITTED, false, part.service(), part.operation(), "", ""))));
    }

    /** The failures in the window and operation of a part, by class and code, without the late ones. */
    public Map<Part, Long> failures(Part part) {
        byte[] prefix = PartKey.prefix(part.windowStartMs(), part.service(), part.operation());
        byte[] behind = prefix.clone();
        behind[behind.length - 1]++; // the zero that ends the operation's name
        Map<Part, Long> failures = new LinkedHashMap<>();
        try (KeyValueIterator<Bytes, byte[]> entries = store.range(Bytes.wrap(prefix), Bytes.wrap(behind))) {
            while (entries.hasNext()) {
                KeyValue<Bytes, byte[]> entry = entries.next();
                Part found = PartKey.part(entry.key.get());
                if (found.kind() == Count.Kind.FAILURE
                        && !found.late()
                        && found.service().equals(part.service())
                        && found.operation().equals(part.operation())) {
                    failures.put(found, Longs.fromBytes(entry.value));
                }
            }
        }
        return failures;
    }

    /** When a group of dead letters was seen last. */
    public @Nullable Instant lastSeen(String fingerprint) {
        byte[] at = store.get(group(fingerprint));
        return at == null ? null : Instant.ofEpochMilli(Longs.fromBytes(at));
    }

    /** Remembers that a group of dead letters was seen. */
    public void see(String fingerprint, Instant now) {
        store.put(group(fingerprint), Longs.toBytes(now.toEpochMilli()));
    }

    /** Whether this is the first finding of its kind in a window; it is remembered. */
    public boolean firstIn(AlertKind kind, long windowStartMs, String fingerprint) {
        byte[] name = (kind.name() + fingerprint).getBytes(StandardCharsets.UTF_8);
        Bytes key = Bytes.wrap(ByteBuffer.allocate(Long.BYTES + name.length)
                .putLong(windowStartMs)
                .put(name)
                .array());
        return store.putIfAbsent(key, Longs.toBytes(windowStartMs)) == null;
    }

    /** Forgets windows and groups whose time is over; the rest waits for the next call when there are very many. */
    public void expire(Instant now) {
        List<Bytes> gone = new ArrayList<>();
        Bytes windowsTo = Bytes.wrap(Longs.toBytes(now.minus(WINDOW_RETENTION).toEpochMilli()));
        try (KeyValueIterator<Bytes, byte[]> old = store.range(null, windowsTo)) {
            while (gone.size() < MAX_EXPIRED && old.hasNext()) {
                gone.add(old.next().key);
            }
        }
        long seenBeforeMs = now.minus(GROUP_RETENTION).toEpochMilli();
        try (KeyValueIterator<Bytes, byte[]> groups = store.range(Bytes.wrap(GROUPS), null)) {
            while (gone.size() < MAX_EXPIRED && groups.hasNext()) {
                KeyValue<Bytes, byte[]> group = groups.next();
                if (Longs.fromBytes(group.value) < seenBeforeMs) {
                    gone.add(group.key);
                }
            }
        }
        gone.forEach(key -> store.put(key, null));
    }

    private static Bytes group(String fingerprint) {
        byte[] name = fingerprint.getBytes(StandardCharsets.UTF_8);
        return Bytes.wrap(ByteBuffer.allocate(GROUPS.length + name.length)
                .put(GROUPS)
                .put(name)
                .array());
    }

    private long sum(Bytes key) {
        byte[] sum = store.get(key);
        return sum == null ? 0 : Longs.fromBytes(sum);
    }

    /**
     * The task's own sums since they were handed on last, so that the shuffle carries sums and not events. Every entry
     * leaves at the next hand-over.
     */
    public static final class OpenSums {

        private final KeyValueStore<Bytes, byte[]> store;
        private final int maxSeries;
        private final Set<Bytes> series = new HashSet<>();

        /**
         * A view of the store.
         *
         * @param store sums by the bytes of their part
         * @param maxSeries most sums between two hand-overs; what goes beyond is counted under {@link Part#OTHER}
         */
        public OpenSums(KeyValueStore<Bytes, byte[]> store, int maxSeries) {
            this.store = store;
            this.maxSeries = maxSeries;
        }

        /** Counts one more. */
        public void add(Part part) {
            Bytes key = Bytes.wrap(PartKey.bytes(part));
            if (!series.contains(key)) {
                if (series.size() >= maxSeries) {
                    key = Bytes.wrap(PartKey.bytes(part.coarse()));
                }
                series.add(key);
            }
            byte[] sum = store.get(key);
            store.put(key, Longs.toBytes((sum == null ? 0 : Longs.fromBytes(sum)) + 1));
        }

        /**
         * Hands the sums on and forgets them.
         *
         * @param handOn takes part and sum
         */
        public void handOver(BiConsumer<Part, Long> handOn) {
            List<KeyValue<Bytes, byte[]>> sums = new ArrayList<>();
            try (KeyValueIterator<Bytes, byte[]> all = store.all()) {
                all.forEachRemaining(sums::add);
            }
            for (KeyValue<Bytes, byte[]> sum : sums) {
                handOn.accept(PartKey.part(sum.key.get()), Longs.fromBytes(sum.value));
                store.put(sum.key, null);
            }
            series.clear();
        }
    }

    /**
     * What was read or written last, decoded; in front of a store that nobody else writes to. At most {@link #MOST} entries:
     * the one used longest ago gives way. One thread owns it.
     */
    static final class Recent<K, V> {

        /** Most entries. */
        static final int MOST = 4_096;

        private final Map<K, V> entries = new LinkedHashMap<>(16, 0.75f, true) {
            private static final long serialVersionUID = 1L;

            @Override
            protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
                return size() > MOST;
            }
        };

        /** What is known; what is not is loaded, and kept unless there is nothing to load. */
        @Nullable
        V get(K key, Function<K, @Nullable V> load) {
            V known = entries.get(key);
            if (known != null) {
                return known;
            }
            V loaded = load.apply(key);
            if (loaded != null) {
                entries.put(key, loaded);
            }
            return loaded;
        }

        void put(K key, V value) {
            entries.put(key, value);
        }

        void remove(K key) {
            entries.remove(key);
        }
    }
}
