package dev.redrive.state;

import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.NoSuchElementException;
import java.util.TreeMap;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.processor.StateStore;
import org.apache.kafka.streams.processor.StateStoreContext;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;

/** A store in a sorted map, in the order of RocksDB: bytes without sign. */
public final class MemoryStore implements KeyValueStore<Bytes, byte[]> {

    private final TreeMap<Bytes, byte[]> entries = new TreeMap<>();
    private int scans;
    private int gets;

    int size() {
        return entries.size();
    }

    /** How many keys were asked for. */
    int gets() {
        return gets;
    }

    /** How many range scans there were. */
    int scans() {
        return scans;
    }

    @Override
    public void put(Bytes key, byte @Nullable [] value) {
        if (value == null) {
            entries.remove(key);
        } else {
            entries.put(key, value);
        }
    }

    @Override
    public byte @Nullable [] putIfAbsent(Bytes key, byte[] value) {
        return entries.putIfAbsent(key, value);
    }

    @Override
    public void putAll(List<KeyValue<Bytes, byte[]>> all) {
        all.forEach(entry -> put(entry.key, entry.value));
    }

    @Override
    public byte @Nullable [] delete(Bytes key) {
        return entries.remove(key);
    }

    @Override
    public byte @Nullable [] get(Bytes key) {
        gets++;
        return entries.get(key);
    }

    @Override
    public KeyValueIterator<Bytes, byte[]> range(@Nullable Bytes from, @Nullable Bytes to) {
        scans++;
        if (from != null && to != null && from.compareTo(to) > 0) {
            throw new AssertionError("a range that ends before it begins");
        }
        Map<Bytes, byte[]> tail = from == null ? entries : entries.tailMap(from, true);
        TreeMap<Bytes, byte[]> part = new TreeMap<>(tail);
        return new Entries(new TreeMap<>(to == null ? part : part.headMap(to, true)));
    }

    @Override
    public KeyValueIterator<Bytes, byte[]> all() {
        return range(null, null);
    }

    /** A snapshot, as RocksDB's iterators are. */
    private static final class Entries implements KeyValueIterator<Bytes, byte[]> {

        private final NavigableMap<Bytes, byte[]> left;

        Entries(NavigableMap<Bytes, byte[]> left) {
            this.left = left;
        }

        @Override
        public boolean hasNext() {
            return !left.isEmpty();
        }

        @Override
        public KeyValue<Bytes, byte[]> next() {
            Map.Entry<Bytes, byte[]> next = left.pollFirstEntry();
            if (next == null) {
                throw new NoSuchElementException();
            }
            return new KeyValue<>(next.getKey(), next.getValue());
        }

        @Override
        public Bytes peekNextKey() {
            return left.firstKey();
        }

        @Override
        public void close() {}
    }

    @Override
    public long approximateNumEntries() {
        return entries.size();
    }

    @Override
    public String name() {
        return "memory";
    }

    @Override
    public void init(StateStoreContext context, StateStore root) {}

    @Override
    public void close() {}

    @Override
    public boolean persistent() {
        return false;
    }

    @Override
    public boolean isOpen() {
        return true;
    }
}
