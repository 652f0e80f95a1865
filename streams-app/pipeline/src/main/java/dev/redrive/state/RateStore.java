package dev.redrive.state;

import dev.redrive.domain.stats.AlertRules.AlertKind;
import dev.redrive.domain.stats.Windows.Count;
import dev.redrive.domain.stats.Windows.Part;
import dev.redrive.state.RateStore.PartKey.Longs;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
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
 * Error rates by window, and the state of alerts: when each group of dead letters was last seen. Windows expire a day
 * after they began, groups a week after they were last seen.
 */
public final class RateStore {

    private static final Duration WINDOW_RETENTION = Duration.ofDays(1);
    private static final Duration GROUP_RETENTION = Duration.ofDays(7);
    private static final int MAX_EXPIRED = 10_000;

    /** Prefix of group names; as the start of a window it would be 292 million years ahead. */
    private static final byte[] GROUPS = {(byte) 0x7f, (byte) 0xff};

    private final KeyValueStore<Bytes, byte[]> store;

    /** Creates a view of the store, which is sorted by the bytes of its keys. */
    public RateStore(KeyValueStore<Bytes, byte[]> store) {
        this.store = store;
    }

    /** Adds to a sum and returns the new one; saturates at {@link Long#MAX_VALUE}. */
    public long add(Part part, long more) {
        Bytes key = Bytes.wrap(PartKey.bytes(part));
        long before = sum(key);
        long sum = before > Long.MAX_VALUE - more ? Long.MAX_VALUE : before + more;
        store.put(key, Longs.toBytes(sum));
        return sum;
    }

    /** Returns the attempts submitted in the window and operation of a part. */
    public long submitted(Part part) {
        return sum(Bytes.wrap(PartKey.bytes(new Part(
                part.windowStartMs(), Count.Kind.SUBMITTED, false, part.service(), part.operation(), "", ""))));
    }

    /** Returns the failures in the window and operation of a part, by class and code, without late ones. */
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

    /** Returns when a group of dead letters was last seen. */
    public @Nullable Instant lastSeen(String fingerprint) {
        byte[] at = store.get(group(fingerprint));
        return at == null ? null : Instant.ofEpochMilli(Longs.fromBytes(at));
    }

    /** Records that a group of dead letters was seen. */
    public void see(String fingerprint, Instant now) {
        store.put(group(fingerprint), Longs.toBytes(now.toEpochMilli()));
    }

    /** Returns whether this is the first finding of its kind in a window, and records it. */
    public boolean firstIn(AlertKind kind, long windowStartMs, String fingerprint) {
        byte[] name = (kind.name() + fingerprint).getBytes(StandardCharsets.UTF_8);
        Bytes key = Bytes.wrap(ByteBuffer.allocate(Long.BYTES + name.length)
                .putLong(windowStartMs)
                .put(name)
                .array());
        return store.putIfAbsent(key, Longs.toBytes(windowStartMs)) == null;
    }

    /** Deletes expired windows and groups; the rest waits for the next call if there are very many. */
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
     * The task's own sums since the last flush, so that the shuffle carries sums and not events. The next flush removes
     * every entry.
     */
    public static final class OpenSums {

        private final KeyValueStore<Bytes, byte[]> store;
        private final int maxSeries;
        private final Set<Bytes> series = new HashSet<>();

        /**
         * Creates a view of the store.
         *
         * @param store sums by the bytes of their part
         * @param maxSeries maximum number of sums between two flushes; further ones are counted under {@link
         *     Part#OTHER}
         */
        public OpenSums(KeyValueStore<Bytes, byte[]> store, int maxSeries) {
            this.store = store;
            this.maxSeries = maxSeries;
        }

        /** Adds one to a part. */
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
         * Passes the sums on and deletes them.
         *
         * @param handOn receives part and sum
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
     * A decoded cache of the latest reads and writes, in front of a store with no other writer. At most {@link #MAX_ENTRIES}
     * entries, evicted by least recent use. Owned by one thread.
     */
    static final class Recent<K, V> {

        /** Maximum number of entries. */
        static final int MAX_ENTRIES = 4_096;

        private final Map<K, V> entries = new LinkedHashMap<>(16, 0.75f, true) {
            private static final long serialVersionUID = 1L;

            @Override
            protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
                return size() > MAX_ENTRIES;
            }
        };

        /** Returns the cached value; a missing one is loaded, and cached unless it is {@code null}. */
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

    /**
     * Encodes a part of a sum: window, service and operation first, so that a range scan finds all parts of an operation in
     * a window; names end with a zero byte, which they may not contain.
     */
    public static final class PartKey {

        private static final byte END = 0;

        private PartKey() {}

        /** Returns the bytes of a part. */
        public static byte[] bytes(Part part) {
            byte[] head = prefix(part.windowStartMs(), part.service(), part.operation());
            byte[] word = name(part.word());
            byte[] code = name(part.code());
            return ByteBuffer.allocate(head.length + 2 + word.length + code.length + 2)
                    .put(head)
                    .put(code(part.kind()))
                    .put((byte) (part.late() ? 1 : 0))
                    .put(word)
                    .put(END)
                    .put(code)
                    .put(END)
                    .array();
        }

        /** Returns the prefix of all parts of an operation in a window. */
        public static byte[] prefix(long windowStartMs, String service, String operation) {
            byte[] first = name(service);
            byte[] second = name(operation);
            return ByteBuffer.allocate(8 + first.length + second.length + 2)
                    .putLong(windowStartMs)
                    .put(first)
                    .put(END)
                    .put(second)
                    .put(END)
                    .array();
        }

        /**
         * Decodes a part.
         *
         * @throws IllegalArgumentException if the bytes are not those of a part
         */
        public static Part part(byte[] key) {
            Part part;
            try {
                part = read(ByteBuffer.wrap(key));
            } catch (BufferUnderflowException e) {
                throw new IllegalArgumentException("the bytes of a part end too early", e);
            }
            if (!Arrays.equals(bytes(part), key)) {
                throw new IllegalArgumentException("the bytes are not those of a part");
            }
            return part;
        }

        private static Part read(ByteBuffer in) {
            long windowStartMs = in.getLong();
            String service = name(in);
            String operation = name(in);
            Count.Kind kind = kind(in.get());
            boolean late = in.get() == 1;
            return new Part(windowStartMs, kind, late, service, operation, name(in), name(in));
        }

        /** Part of stored keys, so it must not change. */
        private static byte code(Count.Kind kind) {
            return switch (kind) {
                case FAILURE -> 0;
                case SUBMITTED -> 1;
                case DEAD_LETTER -> 2;
            };
        }

        private static Count.Kind kind(byte code) {
            for (Count.Kind kind : Count.Kind.values()) {
                if (code(kind) == code) {
                    return kind;
                }
            }
            throw new IllegalArgumentException("no kind of count has the code " + code);
        }

        private static byte[] name(String name) {
            return name.replace('\0', ' ').getBytes(StandardCharsets.UTF_8);
        }

        private static String name(ByteBuffer in) {
            int start = in.position();
            while (in.get() != END) {
                // up to the end of the name
            }
            return new String(in.array(), in.arrayOffset() + start, in.position() - 1 - start, StandardCharsets.UTF_8);
        }

        /** Numbers as eight bytes, big-endian, so that range scans return non-negative numbers in order. */
        static final class Longs {

            private Longs() {}

            static byte[] toBytes(long value) {
                return ByteBuffer.allocate(Long.BYTES).putLong(value).array();
            }

            static long fromBytes(byte[] bytes) {
                return ByteBuffer.wrap(bytes).getLong();
            }
        }
    }
}
