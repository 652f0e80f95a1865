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
 * What a task knows of each service, also in memory, for every retry asks. A service expires when nothing changed for the
 * retention; at most {@link #MAX_SERVICES} are known, of any further one nothing is.
 */
public final class ServiceStore implements Ports.Services {

    /** Most services of which something is known. */
    public static final int MAX_SERVICES = 1_000;

    private final KeyValueStore<Bytes, byte[]> store;
    private final Sweep sweep;
    private final Map<String, ServiceState> known = new HashMap<>();

    /**
     * A view of the store.
     *
     * @param store the services
     * @param retention how long a service is remembered
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

    /** What is known of a service. */
    @Override
    public ServiceState get(String service) {
        return known.getOrDefault(service, ServiceState.NEW);
    }

    /** Stores what is known of a service. */
    @Override
    public void put(String service, ServiceState state) {
        if (known.size() < MAX_SERVICES || known.containsKey(service)) {
            known.put(service, state);
            store.put(key(service), ServiceStateCodec.encode(state));
        }
    }

    /** Looks at a few services more, going round, and forgets those whose retention is over. */
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
