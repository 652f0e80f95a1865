package dev.redrive.state;

import dev.redrive.codec.SingleObject;
import dev.redrive.codec.avro.HealthPhase;
import dev.redrive.codec.avro.ServiceLengthsMemory;
import dev.redrive.codec.avro.ServiceMemory;
import dev.redrive.domain.engine.Ports;
import dev.redrive.domain.engine.SharedServices;
import dev.redrive.domain.service.Health;
import dev.redrive.domain.service.Health.Broken;
import dev.redrive.domain.service.Health.Probing;
import dev.redrive.domain.service.Health.Recovering;
import dev.redrive.domain.service.Health.Sound;
import dev.redrive.domain.service.ServiceState;
import dev.redrive.domain.user.JobLengths;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;

/**
 * The state of each service in a task, cached on the heap, because every retry reads it. What another task of the
 * process has learned later replaces it. A service expires when nothing has changed for the retention; at most {@link
 * #MAX_SERVICES} are kept, further ones are ignored.
 */
public final class ServiceStore implements Ports.Services {

    /** Maximum number of services with a state. */
    public static final int MAX_SERVICES = SharedServices.MAX_SERVICES;

    private final KeyValueStore<Bytes, byte[]> store;
    private final Sweep sweep;
    private final SharedServices shared;
    private final Map<String, ServiceState> known = new HashMap<>();

    /** As in the store: counters that every release changes are stored only once they have changed noticeably. */
    private final Map<String, ServiceState> stored = new HashMap<>();

    /**
     * Creates a view of the store.
     *
     * @param store the services
     * @param retention how long a service is kept
     * @param shared the states that the tasks of this process share
     */
    public ServiceStore(KeyValueStore<Bytes, byte[]> store, Duration retention, SharedServices shared) {
        this.store = store;
        this.shared = shared;
        this.sweep = new Sweep(
                store,
                retention,
                entry -> new Sweep.Age(ServiceStateCodec.decode(entry.value).touchedAt(), false));
        try (var services = store.all()) {
            services.forEachRemaining(entry -> known.put(name(entry.key), ServiceStateCodec.decode(entry.value)));
            stored.putAll(known);
        }
    }

    /** Returns the state of a service: the latest of any task of this process. */
    @Override
    public ServiceState get(String service) {
        return shared.latest(service, known.getOrDefault(service, ServiceState.NEW));
    }

    @Override
    public void put(String service, ServiceState state) {
        shared.put(service, state);
        if (known.size() < MAX_SERVICES || known.containsKey(service)) {
            known.put(service, state);
            ServiceState before = stored.get(service);
            if (before == null || state.differsFrom(before)) {
                stored.put(service, state);
                store.put(key(service), ServiceStateCodec.encode(state));
            }
        }
    }

    /** Deletes expired services among the next few, cyclically. */
    public void sweep(Instant now, int maxEntries) {
        for (Bytes key : sweep.run(now, maxEntries)) {
            shared.remove(name(key), known.remove(name(key)));
            stored.remove(name(key));
        }
    }

    private static Bytes key(String service) {
        return Bytes.wrap(service.getBytes(StandardCharsets.UTF_8));
    }

    private static String name(Bytes key) {
        return new String(key.get(), StandardCharsets.UTF_8);
    }

    /**
     * Encodes a service's state in Avro's single-object encoding.
     *
     * <p>Stateless and safe for use by several threads.
     */
    public static final class ServiceStateCodec {

        private static final SingleObject<ServiceMemory> FORMAT = new SingleObject<>(ServiceMemory.class);

        private ServiceStateCodec() {}

        public static byte[] encode(ServiceState state) {
            JobLengths lengths = state.lengths();
            ServiceMemory.Builder memory = ServiceMemory.newBuilder()
                    .setLengths(
                            lengths == null
                                    ? null
                                    : new ServiceLengthsMemory(
                                            lengths.logMean(), lengths.logVariance(), lengths.seen()))
                    .setCaution(state.caution())
                    .setCredit(state.credit())
                    .setTouchedAt(state.touchedAt().toEpochMilli());
            Health health = state.health();
            if (health instanceof Sound sound) {
                memory.setPhase(HealthPhase.SOUND).setTokens(sound.tokens());
            } else if (health instanceof Broken broken) {
                since(memory.setPhase(HealthPhase.BROKEN), broken.since(), broken.until(), broken.strikes())
                        .setPatienceMs((int) broken.patience().toMillis());
            } else if (health instanceof Probing probing) {
                since(memory.setPhase(HealthPhase.PROBING), probing.since(), probing.sentAt(), probing.strikes())
                        .setPatienceMs((int) probing.patience().toMillis());
            } else if (health instanceof Recovering recovering) {
                since(
                        memory.setPhase(HealthPhase.RECOVERING)
                                .setTokens(recovering.tokens())
                                .setSecond(recovering.second())
                                .setReleased(recovering.released()),
                        recovering.since(),
                        recovering.from(),
                        recovering.strikes());
            }
            return FORMAT.encode(memory.build());
        }

        private static ServiceMemory.Builder since(
                ServiceMemory.Builder memory, Instant since, Instant at, int strikes) {
            return memory.setSince(since.toEpochMilli())
                    .setAt(at.toEpochMilli())
                    .setStrikes(strikes);
        }

        /**
         * Decodes a state; a new one for {@code null}.
         *
         * @throws UncheckedIOException if the bytes are no service's state
         */
        public static ServiceState decode(byte @Nullable [] bytes) {
            if (bytes == null) {
                return ServiceState.NEW;
            }
            ServiceMemory memory = FORMAT.decode(bytes);
            return new ServiceState(
                    health(memory),
                    lengths(memory),
                    memory.getCaution(),
                    memory.getCredit(),
                    Instant.ofEpochMilli(memory.getTouchedAt()));
        }

        private static @Nullable JobLengths lengths(ServiceMemory memory) {
            ServiceLengthsMemory lengths = memory.getLengths();
            if (lengths != null) {
                return new JobLengths(lengths.getLogMean(), lengths.getLogVariance(), lengths.getSeen());
            }
            return memory.getOccupancyMs() == 0
                    ? null
                    : JobLengths.ofMedian(Duration.ofMillis(memory.getOccupancyMs()));
        }

        private static Health health(ServiceMemory memory) {
            Instant since = Instant.ofEpochMilli(memory.getSince());
            Instant at = Instant.ofEpochMilli(memory.getAt());
            Duration patience = Duration.ofMillis(memory.getPatienceMs());
            return switch (memory.getPhase()) {
                case SOUND -> new Sound(memory.getTokens());
                case BROKEN -> new Broken(since, at, memory.getStrikes(), patience);
                case PROBING -> new Probing(since, at, memory.getStrikes(), patience);
                case RECOVERING ->
                    new Recovering(
                            since,
                            at,
                            memory.getSecond(),
                            memory.getReleased(),
                            memory.getTokens(),
                            memory.getStrikes());
            };
        }
    }
}
