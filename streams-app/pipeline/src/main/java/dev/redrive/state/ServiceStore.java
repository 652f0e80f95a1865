package dev.redrive.state;

import dev.redrive.codec.ServiceStateCodec;
import dev.redrive.domain.engine.Ports;
import dev.redrive.domain.service.ServiceState;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.state.KeyValueStore;

/**
 * The state of each service in a task, cached on the heap, because every retry reads it. A service expires when nothing
 * has changed for the retention; at most {@link #MAX_SERVICES} are kept, further ones are ignored.
 */
public final class ServiceStore implements Ports.Services {

    /** Maximum number of services with a state. */
    public static final int MAX_SERVICES = 1_000;

    private final KeyValueStore<Bytes, byte[]> store;
    private final Sweep sweep;
    private final Map<String, ServiceState> known = new HashMap<>();

    /**
     * Creates a view of the store.
     *
     * @param store the services
     * @param retention how long a service is kept
     */
    public ServiceStore(KeyValueStore<Bytes, byte[]> store, Duration retention) {
        this.store = store;
        this.sweep = new Sweep(
                store,
                retention,
                entry -> new Sweep.Age(ServiceStateCodec.decode(entry.value).touchedAt(), false));
        try (var services = store.all()) {
            services.forEachRemaining(entry -> known.put(name(entry.key), ServiceStateCodec.decode(entry.value)));
        }
    }

    /** Returns the state of a service. */
    @Override
    public ServiceState get(String service) {
        return known.getOrDefault(service, ServiceState.NEW);
    }

    @Override
    public void put(String service, ServiceState state) {
        if (known.size() < MAX_SERVICES || known.containsKey(service)) {
            known.put(service, state);
            store.put(key(service), ServiceStateCodec.encode(state));
        }
    }

    /** Deletes expired services among the next few, cyclically. */
    public void sweep(Instant now, int maxEntries) {
        for (Bytes key : sweep.run(now, maxEntries)) {
            known.remove(name(key));
        }
    }

    private static Bytes key(String service) {
        return Bytes.wrap(service.getBytes(StandardCharsets.UTF_8));
    }

    private static String name(Bytes key) {
        return new String(key.get(), StandardCharsets.UTF_8);
    }
}
