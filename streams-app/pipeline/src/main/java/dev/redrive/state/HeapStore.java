package dev.redrive.state;

import static org.apache.kafka.streams.processor.internals.ProcessorContextUtils.asInternalProcessorContext;

import dev.redrive.state.HeapEntries.HeapChunk;
import dev.redrive.state.HeapIndex.FirstEntries;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.Serializer;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.processor.StateStore;
import org.apache.kafka.streams.processor.StateStoreContext;
import org.apache.kafka.streams.processor.internals.InternalProcessorContext;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;
import org.apache.kafka.streams.state.internals.WrappedStateStore;
import org.jspecify.annotations.Nullable;

/**
 * A store that keeps its latest entries on the heap. A change goes to the changelog at the commit, only the last one of
 * each key; it goes to the store on disk when the {@linkplain HeapBudget budget} is used up, when a range is scanned,
 * and when the task closes cleanly. After an unclean end the disk state is lost, as in Kafka Streams under {@code
 * exactly_once_v2}, and is restored from the changelog.
 *
 * <p>It replaces Kafka Streams' record cache, which keeps trees of keys and writes every change to disk at each commit,
 * and uses the same hook: an internal interface of Kafka Streams. Owned by one thread.
 */
public final class HeapStore extends WrappedStateStore<KeyValueStore<Bytes, byte[]>, byte[], byte[]>
        implements KeyValueStore<Bytes, byte[]> {

    /** Share of its entries that a store evicts at once when there is no room. */
    private static final int MAKE_ROOM_BY = 8;

    private static final long WRITTEN_BEFORE_WALKS_BYTES = 1L << 18;

    /** Maximum number of entries deleted on the heap alone that a scan skips. */
    private static final int MAX_DELETED = 256;

    private final HeapBudget budget;
    private final HeapEntries heap;
    private Changelog changelog = (key, value) -> {};
    private boolean counted;

    HeapStore(KeyValueStore<Bytes, byte[]> onDisk, HeapBudget budget) {
        super(onDisk);
        this.budget = budget;
        this.heap = new HeapEntries(budget);
    }

    /** Returns the heap store inside Kafka Streams' wrappers; {@code null} if there is none. */
    static @Nullable HeapStore under(KeyValueStore<Bytes, byte[]> store) {
        if (store instanceof HeapStore heap) {
            return heap;
        }
        return store instanceof WrappedStateStore<?, ?, ?> wrapper ? wrapper.findInner(HeapStore.class) : null;
    }

    /** Makes changes durable. */
    @FunctionalInterface
    interface Changelog {
        void log(Bytes key, byte @Nullable [] value);
    }

    @Override
    public void init(StateStoreContext given, StateStore root) {
        heap.clear();
        InternalProcessorContext<?, ?> context = asInternalProcessorContext(given);
        open((key, value) -> context.logChange(
                name(),
                key,
                value,
                context.currentSystemTimeMs(),
                new RecordHeaders(),
                wrapped().getPosition()));
        super.init(given, root);
    }

    void open(Changelog to) {
        changelog = to;
        if (!counted) {
            counted = true;
            budget.open();
        }
    }

    @Override
    public byte @Nullable [] get(Bytes key) {
        long place = heap.find(key.get());
        if (place != HeapEntries.NONE) {
            return heap.asked(place);
        }
        byte[] value = wrapped().get(key);
        if (value != null) {
            heap.put(key.get(), value, 0);
            makeRoom();
        }
        return value;
    }

    @Override
    public void put(Bytes key, byte @Nullable [] value) {
        heap.put(key.get(), value, HeapChunk.UNLOGGED | HeapChunk.UNWRITTEN);
        makeRoom();
    }

    /** Evicts the oldest unused entries; those not on disk are written there. */
    private void makeRoom() {
        if (!budget.exceeded(heap.bytes()) && !heap.full()) {
            return;
        }
        long enough = heap.bytes() - heap.bytes() / MAKE_ROOM_BY;
        List<KeyValue<Bytes, byte[]>> batch = new ArrayList<>();
        for (int chances = heap.chunks(); heap.bytes() > enough && heap.chunks() > 0; chances--) {
            heap.evict(chances > 0, this::log, into(batch));
        }
        write(batch);
    }

    /**
     * Returns the next entries on disk with their current values: {@code null} for deleted ones. The latest additions
     * may be missing, because only some of what is not on disk is written there first.
     */
    List<KeyValue<Bytes, byte[]>> next(@Nullable Bytes from, int max) {
        write(WRITTEN_BEFORE_WALKS_BYTES);
        List<KeyValue<Bytes, byte[]>> next = new ArrayList<>();
        try (KeyValueIterator<Bytes, byte[]> entries = wrapped().range(from, null)) {
            while (next.size() < max && entries.hasNext()) {
                KeyValue<Bytes, byte[]> entry = entries.next();
                long place = heap.find(entry.key.get());
                next.add(place == HeapEntries.NONE ? entry : KeyValue.pair(entry.key, heap.value(place)));
            }
        }
        return next;
    }

    /**
     * Returns the first keys of a range and loads their values, for a caller that reads them next. Deletions need not
     * be on disk before, if few of them are met.
     *
     * @param to inclusive
     * @param max maximum number; fewer only if there are no more
     */
    List<Bytes> ahead(Bytes from, Bytes to, int max) {
        List<KeyValue<Bytes, byte[]>> unwritten = new ArrayList<>();
        heap.settleValues(into(unwritten));
        write(unwritten);
        List<Bytes> ahead = new ArrayList<>(max);
        int deleted = 0;
        try (KeyValueIterator<Bytes, byte[]> entries = wrapped().range(from, to)) {
            while (ahead.size() < max && deleted <= MAX_DELETED && entries.hasNext()) {
                KeyValue<Bytes, byte[]> entry = entries.next();
                long place = heap.find(entry.key.get());
                if (place == HeapEntries.NONE) {
                    heap.put(entry.key.get(), entry.value, 0);
                    ahead.add(entry.key);
                } else if (heap.value(place) != null) {
                    ahead.add(entry.key);
                } else {
                    deleted++;
                }
            }
        }
        // Only after the scan: evicted entries are written to disk, where the scan would not see them any more.
        makeRoom();
        if (deleted > MAX_DELETED) {
            write();
            return ahead(from, to, max);
        }
        return ahead;
    }

    /** Returns the first entries from a key on, in order. Nothing is written before: all heap entries are searched. */
    List<KeyValue<Bytes, byte[]>> first(Bytes from, int max) {
        return new FirstEntries(from, max).of(heap, wrapped());
    }

    private void log(byte[] key, byte @Nullable [] value) {
        changelog.log(Bytes.wrap(key), value);
    }

    /** Writes all changes to disk; they stay on the heap. */
    private void write() {
        write(Long.MAX_VALUE);
    }

    /** Writes the oldest changes, up to this size, to disk. */
    private void write(long maxBytes) {
        List<KeyValue<Bytes, byte[]>> batch = new ArrayList<>();
        heap.settle(HeapChunk.UNWRITTEN, maxBytes, into(batch));
        write(batch);
    }

    private static HeapEntries.Visitor into(List<KeyValue<Bytes, byte[]>> batch) {
        return (key, value) -> batch.add(KeyValue.pair(Bytes.wrap(key), value));
    }

    private void write(List<KeyValue<Bytes, byte[]>> batch) {
        if (!batch.isEmpty()) {
            wrapped().putAll(batch);
        }
    }

    /** Called before each commit. */
    @Override
    public void flushCache() {
        heap.settle(HeapChunk.UNLOGGED, Long.MAX_VALUE, this::log);
    }

    /** Called before others write to the disk, e.g. because the task becomes a standby. */
    @Override
    public void clearCache() {
        write();
        heap.clear();
    }

    @Override
    public void commit(Map<TopicPartition, Long> changelogOffsets) {
        write();
        super.commit(changelogOffsets);
    }

    @Override
    public void close() {
        heap.clear();
        if (counted) {
            counted = false;
            budget.close();
        }
        super.close();
    }

    @Override
    public byte @Nullable [] putIfAbsent(Bytes key, byte[] value) {
        byte[] before = get(key);
        if (before == null) {
            put(key, value);
        }
        return before;
    }

    @Override
    public void putAll(List<KeyValue<Bytes, byte[]>> entries) {
        entries.forEach(entry -> put(entry.key, entry.value));
    }

    @Override
    public byte @Nullable [] delete(Bytes key) {
        byte[] before = get(key);
        put(key, null);
        return before;
    }

    @Override
    public KeyValueIterator<Bytes, byte[]> range(@Nullable Bytes from, @Nullable Bytes to) {
        write();
        return wrapped().range(from, to);
    }

    @Override
    public KeyValueIterator<Bytes, byte[]> reverseRange(@Nullable Bytes from, @Nullable Bytes to) {
        write();
        return wrapped().reverseRange(from, to);
    }

    @Override
    public KeyValueIterator<Bytes, byte[]> all() {
        write();
        return wrapped().all();
    }

    @Override
    public KeyValueIterator<Bytes, byte[]> reverseAll() {
        write();
        return wrapped().reverseAll();
    }

    @Override
    public <PS extends Serializer<P>, P> KeyValueIterator<Bytes, byte[]> prefixScan(P prefix, PS prefixKeySerializer) {
        write();
        return wrapped().prefixScan(prefix, prefixKeySerializer);
    }

    @Override
    public long approximateNumEntries() {
        write();
        return wrapped().approximateNumEntries();
    }

    /**
     * Builds stores on disk, ordered by their keys' bytes, that keep their latest entries on the heap; always with a
     * changelog.
     */
    public static final class HeapStoreBuilder implements StoreBuilder<KeyValueStore<Bytes, byte[]>> {

        private final String name;
        private final Map<String, String> changelogConfig;
        private final HeapBudget budget;

        /**
         * Creates a builder.
         *
         * @param name name of the store
         * @param changelogConfig configuration of its changelog topic
         * @param budget heap that it shares with other stores
         */
        public HeapStoreBuilder(String name, Map<String, String> changelogConfig, HeapBudget budget) {
            this.name = name;
            this.changelogConfig = Map.copyOf(changelogConfig);
            this.budget = budget;
        }

        @Override
        public KeyValueStore<Bytes, byte[]> build() {
            return new HeapStore(Stores.persistentKeyValueStore(name).get(), budget);
        }

        @Override
        public String name() {
            return name;
        }

        @Override
        public boolean loggingEnabled() {
            return true;
        }

        @Override
        public Map<String, String> logConfig() {
            return changelogConfig;
        }

        @Override
        public StoreBuilder<KeyValueStore<Bytes, byte[]>> withCachingEnabled() {
            throw new UnsupportedOperationException("a heap store is its own cache");
        }

        @Override
        public StoreBuilder<KeyValueStore<Bytes, byte[]>> withCachingDisabled() {
            throw new UnsupportedOperationException("a heap store is its own cache");
        }

        @Override
        public StoreBuilder<KeyValueStore<Bytes, byte[]>> withLoggingEnabled(Map<String, String> config) {
            throw new UnsupportedOperationException("the changelog's configuration is given to the builder");
        }

        @Override
        public StoreBuilder<KeyValueStore<Bytes, byte[]>> withLoggingDisabled() {
            throw new UnsupportedOperationException("a heap store has a changelog");
        }
    }

    /**
     * The heap that the stores of one process may use. A store that finds all of it used evicts its own entries, unless
     * it uses less than half of an even share; so all stores together stay below one and a half times the budget. Safe
     * for use by several threads.
     */
    public static final class HeapBudget {

        /** Size of the arrays that take most of the budget. */
        static final int ARRAY_BYTES = 1 << 18;

        private static final int MAX_SPARE = 32;

        private final long maxBytes;
        private final ArrayBlockingQueue<byte[]> spare = new ArrayBlockingQueue<>(MAX_SPARE);
        private final AtomicLong usedBytes = new AtomicLong();
        private final AtomicInteger stores = new AtomicInteger();

        /**
         * Creates a budget.
         *
         * @param maxBytes maximum for all stores together
         */
        public HeapBudget(long maxBytes) {
            this.maxBytes = maxBytes;
        }

        /**
         * Returns an array of {@link #ARRAY_BYTES} with arbitrary content, reused if possible: the garbage collector no
         * longer copies an old one.
         */
        byte[] array() {
            byte[] array = spare.poll();
            return array == null ? new byte[ARRAY_BYTES] : array;
        }

        /** Returns an array to the pool. */
        void giveBack(byte[] array) {
            if (array.length == ARRAY_BYTES) {
                spare.offer(array);
            }
        }

        void open() {
            stores.incrementAndGet();
        }

        void close() {
            stores.decrementAndGet();
        }

        void use(long bytes) {
            usedBytes.addAndGet(bytes);
        }

        /** Returns whether a store of this size has to evict. */
        boolean exceeded(long ownBytes) {
            return !admits(ownBytes, 0);
        }

        /** Returns whether a store of this size may grow by this much. */
        boolean admits(long ownBytes, long moreBytes) {
            return usedBytes.get() + moreBytes <= maxBytes
                    || ownBytes + moreBytes <= maxBytes / (2L * Math.max(1, stores.get()));
        }
    }
}
