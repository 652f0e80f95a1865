package dev.redrive.state;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;

/** A walk round a store, a few entries at a time, that removes what has expired; it starts anew with the task. */
final class Sweep {

    private final KeyValueStore<Bytes, byte[]> store;
    private final Expiry expiry;
    private @Nullable Bytes cursor;

    Sweep(KeyValueStore<Bytes, byte[]> store, Expiry expiry) {
        this.store = store;
        this.expiry = expiry;
    }

    /** Whether an entry has expired. */
    @FunctionalInterface
    interface Expiry {
        boolean expired(KeyValue<Bytes, byte[]> entry, Instant now);
    }

    List<Bytes> run(Instant now, int maxEntries) {
        List<Bytes> gone = new ArrayList<>();
        int seen = 0;
        Bytes last = null;
        try (KeyValueIterator<Bytes, byte[]> entries = store.range(cursor, null)) {
            while (seen < maxEntries && entries.hasNext()) {
                KeyValue<Bytes, byte[]> entry = entries.next();
                seen++;
                last = entry.key;
                if (expiry.expired(entry, now)) {
                    gone.add(entry.key);
                }
            }
        }
        cursor = seen < maxEntries || last == null ? null : next(last);
        for (Bytes key : gone) {
            store.put(key, null);
        }
        return gone;
    }

    /** The first key that can follow: longer keys that begin with this one come next, and are not to be jumped over. */
    private static Bytes next(Bytes key) {
        return Bytes.wrap(Arrays.copyOf(key.get(), key.get().length + 1));
    }
}
