package dev.redrive.state;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What was read or written last, decoded; in front of a store that nobody else writes to. At most {@link #MOST} entries:
 * the one used longest ago gives way. One thread owns it.
 */
final class Recent<K, V> {

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
