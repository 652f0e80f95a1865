package dev.redrive.state;

import java.util.Map;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;

/**
 * Builds stores on disk, in the order of their keys' bytes, that hold their latest entries on the heap; always with a
 * changelog.
 */
public final class HeldStoreBuilder implements StoreBuilder<KeyValueStore<Bytes, byte[]>> {

    private final String name;
    private final Map<String, String> changelogConfig;
    private final HeapBudget budget;

    /**
     * A builder.
     *
     * @param name of the store
     * @param changelogConfig of its changelog topic
     * @param budget of the heap that it may use together with others
     */
    public HeldStoreBuilder(String name, Map<String, String> changelogConfig, HeapBudget budget) {
        this.name = name;
        this.changelogConfig = Map.copyOf(changelogConfig);
        this.budget = budget;
    }

    @Override
    public KeyValueStore<Bytes, byte[]> build() {
        return new HeldStore(Stores.persistentKeyValueStore(name).get(), budget);
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
        throw new UnsupportedOperationException("a held store is its own cache");
    }

    @Override
    public StoreBuilder<KeyValueStore<Bytes, byte[]>> withCachingDisabled() {
        throw new UnsupportedOperationException("a held store is its own cache");
    }

    @Override
    public StoreBuilder<KeyValueStore<Bytes, byte[]>> withLoggingEnabled(Map<String, String> config) {
        throw new UnsupportedOperationException("the changelog's configuration is given to the builder");
    }

    @Override
    public StoreBuilder<KeyValueStore<Bytes, byte[]>> withLoggingDisabled() {
        throw new UnsupportedOperationException("a held store has a changelog");
    }
}
