package dev.redrive.state;

import static org.apache.kafka.streams.processor.internals.ProcessorContextUtils.asInternalProcessorContext;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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
import org.apache.kafka.streams.state.internals.WrappedStateStore;
import org.jspecify.annotations.Nullable;

/**
 * A store that holds its latest entries on the heap. A change goes to the changelog with the commit, each key's last one
 * alone; to the store on disk it goes when the {@linkplain HeapBudget budget} is used up, when somebody walks over a range,
 * and when the task ends in order. Whatever ends without order loses what is on disk, as Kafka Streams has it under
 * {@code exactly_once_v2}, and is restored from the changelog.
 *
 * <p>It takes the place of Kafka Streams' record cache, which keeps trees of keys and writes every change to disk with each
 * commit, and stands on the same hook as that one does: an internal interface of Kafka Streams. One thread owns a store.
 */
final class HeldStore extends WrappedStateStore<KeyValueStore<Bytes, byte[]>, byte[], byte[]>
        implements KeyValueStore<Bytes, byte[]> {

    /** What an entry takes beside the bytes of its key and value: objects, headers, references. */
    private static final int ENTRY_BYTES = 160;

    /** The part of what it holds that a store gives up at once when there is no room. */
    private static final int MAKE_ROOM_BY = 8;

    private final HeapBudget budget;
    private final LinkedHashMap<Bytes, Entry> held = new LinkedHashMap<>(256, 0.75f, true);
    private final List<Entry> unlogged = new ArrayList<>();
    private final List<Entry> unwritten = new ArrayList<>();
    private Changelog changelog = (key, value) -> {};
    private long heldBytes;
    private boolean counted;

    HeldStore(KeyValueStore<Bytes, byte[]> onDisk, HeapBudget budget) {
        super(onDisk);
        this.budget = budget;
    }

    /** Where changes are made to last. */
    @FunctionalInterface
    interface Changelog {
        void log(Bytes key, byte @Nullable [] value);
    }

    /** The last value of a key; {@code null} where it was deleted. */
    private static final class Entry {

        private final Bytes key;
        private byte @Nullable [] value;
        private boolean unlogged;
        private boolean unwritten;

        private Entry(Bytes key) {
            this.key = key;
        }

        private long bytes() {
            byte[] now = value;
            return ENTRY_BYTES + key.get().length + (now == null ? 0 : now.length);
        }
    }

    @Override
    public void init(StateStoreContext given, StateStore root) {
        forget();
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
        Entry entry = held.get(key);
        if (entry != null) {
            return entry.value;
        }
        byte[] value = wrapped().get(key);
        if (value != null) {
            Entry read = new Entry(key);
            read.value = value;
            hold(read);
            makeRoom();
        }
        return value;
    }

    @Override
    public void put(Bytes key, byte @Nullable [] value) {
        change(key, value);
        makeRoom();
    }

    private void change(Bytes key, byte @Nullable [] value) {
        Entry entry = held.get(key);
        if (entry == null) {
            entry = new Entry(key);
            entry.value = value;
            hold(entry);
        } else {
            long before = entry.bytes();
            entry.value = value;
            use(entry.bytes() - before);
        }
        if (!entry.unlogged) {
            entry.unlogged = true;
            unlogged.add(entry);
        }
        if (!entry.unwritten) {
            entry.unwritten = true;
            unwritten.add(entry);
        }
    }

    private void hold(Entry entry) {
        held.put(entry.key, entry);
        use(entry.bytes());
    }

    private void use(long bytes) {
        heldBytes += bytes;
        budget.use(bytes);
    }

    /** Gives up what was used longest ago; what of it is not on disk is written there. */
    private void makeRoom() {
        if (!budget.exceeded(heldBytes)) {
            return;
        }
        long enough = heldBytes - heldBytes / MAKE_ROOM_BY;
        List<KeyValue<Bytes, byte[]>> batch = new ArrayList<>();
        Iterator<Entry> eldest = held.values().iterator();
        while (heldBytes > enough && eldest.hasNext()) {
            Entry entry = eldest.next();
            eldest.remove();
            use(-entry.bytes());
            log(entry);
            if (entry.unwritten) {
                entry.unwritten = false;
                batch.add(KeyValue.pair(entry.key, entry.value));
            }
        }
        unwritten.removeIf(entry -> !entry.unwritten);
        unlogged.removeIf(entry -> !entry.unlogged);
        wrapped().putAll(batch);
    }

    private void log(Entry entry) {
        if (entry.unlogged) {
            entry.unlogged = false;
            changelog.log(entry.key, entry.value);
        }
    }

    /** Everything that changed goes to disk; it is held nevertheless. */
    private void write() {
        if (unwritten.isEmpty()) {
            return;
        }
        List<KeyValue<Bytes, byte[]>> batch = new ArrayList<>(unwritten.size());
        for (Entry entry : unwritten) {
            entry.unwritten = false;
            batch.add(KeyValue.pair(entry.key, entry.value));
        }
        unwritten.clear();
        wrapped().putAll(batch);
    }

    private void forget() {
        use(-heldBytes);
        held.clear();
        unlogged.clear();
        unwritten.clear();
    }

    /** Called before each commit. */
    @Override
    public void flushCache() {
        unlogged.forEach(this::log);
        unlogged.clear();
    }

    /** Called when others are to write to the disk, e.g. because the task becomes a standby. */
    @Override
    public void clearCache() {
        write();
        forget();
    }

    @Override
    public void commit(Map<TopicPartition, Long> changelogOffsets) {
        write();
        super.commit(changelogOffsets);
    }

    @Override
    public void close() {
        forget();
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
        entries.forEach(entry -> change(entry.key, entry.value));
        makeRoom();
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
}
