package dev.redrive.state;

import dev.redrive.domain.stats.Windows.Part;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BiConsumer;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;

/**
 * The task's own sums since they were handed on last, so that the shuffle carries sums and not events. Every entry
 * leaves at the next hand-over.
 */
public final class OpenSums {

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
