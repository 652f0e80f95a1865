package dev.redrive.serde;

import dev.redrive.serde.UndecodableException.UndecodableReason;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.ToLongFunction;
import org.apache.avro.Schema;
import org.apache.avro.SchemaNormalization;
import org.apache.kafka.common.config.ConfigException;
import org.jspecify.annotations.Nullable;

/**
 * Schemas by id and ids by schema, from a registry with Confluent's REST API, in bounded caches.
 *
 * <p>Thread-safe, and shared: see {@link #shared}. Concurrent requests for the same key share one call. A method takes
 * at most {@code redrive.registry.deadline.ms} (default 7000), twice as long if a response has to be verified, and then
 * throws {@link RegistryUnavailableException}; cached values cost no call.
 */
public final class RegistryClient {

    private static final int MAX_SHARED = 16;
    private static final Map<RegistrySettings, RegistryClient> SHARED = new LinkedHashMap<>(16, 0.75f, true);

    private final RegistryApi api;
    private final FlightCache<Integer, ById> byId;
    private final FlightCache<Question, Answer> bySchema;

    /** A schema, or why there is none. The registry's answer for an id without a schema may change. */
    private record ById(@Nullable Schema schema, @Nullable UndecodableException refusal) {}

    private enum Kind {
        REGISTER,
        LOOK_UP,
        LATEST
    }

    private record Question(Kind kind, String subject, String schemaHash, boolean normalize) {}

    private record Answer(int id) {}

    RegistryClient(RegistryApi api, RegistrySettings.Limits limits, LongSupplier nanoTime) {
        this.api = api;
        long waitMs = 2L * limits.deadlineMs() + 1_000L;
        this.byId = new FlightCache<>(
                limits.cacheEntries(), waitMs, found -> found.schema == null ? limits.unknownIdTtlMs() : -1, nanoTime);
        this.bySchema = new FlightCache<>(limits.cacheEntries(), waitMs, answer -> -1, nanoTime);
    }

    /**
     * Returns this process's client for a configuration; equal settings give the same client.
     *
     * @param config Kafka's configuration; {@code schema.registry.url} is required
     * @throws ConfigException if a value is missing, malformed or not supported
     */
    public static RegistryClient shared(Map<String, ?> config) {
        RegistrySettings settings = RegistrySettings.of(config);
        synchronized (SHARED) {
            RegistryClient client = SHARED.get(settings);
            if (client == null) {
                client = new RegistryClient(api(settings), settings.limits(), System::nanoTime);
                SHARED.put(settings, client);
                if (SHARED.size() > MAX_SHARED) {
                    SHARED.remove(SHARED.keySet().iterator().next());
                }
            }
            return client;
        }
    }

    private static RegistryApi api(RegistrySettings settings) {
        URI first = settings.urls().get(0);
        return first.getScheme().equals("mock")
                ? RegistryApi.InMemory.named(first.getRawAuthority())
                : new HttpRegistry(new RegistryTransport(settings));
    }

    /**
     * Returns the schema of an id.
     *
     * @throws UndecodableException {@code UNKNOWN_SCHEMA_ID} if the registry has no such id, {@code SCHEMA_REFUSED} if
     *     it refuses the schema, {@code INCOMPATIBLE_SCHEMA} if its text is not a readable Avro schema; the registry is
     *     called again after {@code redrive.registry.unknown.id.ttl.ms}
     * @throws RegistryUnavailableException if the registry did not answer
     */
    public Schema schema(int id) {
        WireFormat.requireId(id);
        ById found = byId.get(id, this::load);
        if (found.schema != null) {
            return found.schema;
        }
        throw found.refusal == null ? unknown(id) : found.refusal.again();
    }

    /**
     * Returns the id of a schema under a subject; registers a new schema.
     *
     * @throws SchemaRefusedException if the registry rejects it
     * @throws RegistryUnavailableException if the registry did not answer
     */
    public int register(String subject, Schema schema, boolean normalize) {
        String text = schema.toString();
        return bySchema.get(
                        new Question(Kind.REGISTER, subject, hash(text), normalize),
                        question -> known(api.register(subject, text, normalize), schema))
                .id;
    }

    /**
     * Returns the id of a schema that is registered under a subject.
     *
     * @throws SchemaRefusedException if it is not
     * @throws RegistryUnavailableException if the registry did not answer
     */
    public int lookUp(String subject, Schema schema, boolean normalize) {
        String text = schema.toString();
        return bySchema.get(new Question(Kind.LOOK_UP, subject, hash(text), normalize), question -> {
                    Integer id = api.lookUp(subject, text, normalize);
                    if (id == null) {
                        throw new SchemaRefusedException(
                                subject, "it is not registered there, and auto.register.schemas is false");
                    }
                    return known(id, schema);
                })
                .id;
    }

    /**
     * Returns the id of a subject's latest version, if records of the given schema have the same bytes under it.
     *
     * @throws SchemaRefusedException if there is no version, or if its records have other bytes
     * @throws RegistryUnavailableException if the registry did not answer
     */
    public int latest(String subject, Schema schema) {
        return bySchema.get(new Question(Kind.LATEST, subject, hash(schema.toString()), false), question -> {
                    RegistryApi.Registered latest = api.latest(subject);
                    if (latest == null) {
                        throw new SchemaRefusedException(
                                subject, "there is no version yet, use.latest.version needs one");
                    }
                    if (!sameBytes(parse(latest.text()), schema)) {
                        throw new SchemaRefusedException(
                                subject, "its latest version has other fields than " + schema.getFullName());
                    }
                    return new Answer(latest.id());
                })
                .id;
    }

    int cachedSchemas() {
        return byId.size();
    }

    int cachedIds() {
        return bySchema.size();
    }

    /** Caches the schema for reads as well, which also replaces an earlier "unknown id". */
    private Answer known(int id, Schema schema) {
        byId.put(id, new ById(schema, null));
        return new Answer(id);
    }

    private ById load(int id) {
        try {
            String text = api.schemaById(id);
            return text == null ? new ById(null, unknown(id)) : new ById(parse(text), null);
        } catch (UndecodableException e) {
            return new ById(null, e);
        }
    }

    private static UndecodableException unknown(int id) {
        return new UndecodableException(UndecodableReason.UNKNOWN_SCHEMA_ID, "schema id " + id);
    }

    private static Schema parse(String text) {
        try {
            return new Schema.Parser().parse(text);
        } catch (RuntimeException | StackOverflowError e) {
            throw new UndecodableException(
                    UndecodableReason.INCOMPATIBLE_SCHEMA, "the registry has a schema that Avro cannot read");
        }
    }

    private static boolean sameBytes(Schema one, Schema other) {
        return SchemaNormalization.toParsingForm(one).equals(SchemaNormalization.toParsingForm(other));
    }

    private static String hash(String text) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    /**
     * A bounded cache that loads a key once for any number of concurrent callers; the others wait.
     *
     * <p>Evicts the least recently used entry. Entries with a time to live have separate room of the same size, so that
     * a flood of them evicts no others. A failure is passed to all waiting callers and is not cached. Thread-safe.
     */
    static final class FlightCache<K, V> {

        private final int maxEntries;
        private final long waitMs;
        private final ToLongFunction<V> ttlMs;
        private final LongSupplier nanoTime;
        private final Map<K, Entry<V>> entries = new LinkedHashMap<>(16, 0.75f, true);
        private final Map<K, Entry<V>> passing = new LinkedHashMap<>(16, 0.75f, true);
        private final Map<K, CompletableFuture<V>> flights = new HashMap<>();

        private record Entry<V>(V value, long sinceNanos, long ttlNanos) {}

        /**
         * Creates an empty cache.
         *
         * @param maxEntries max entries without a time to live, and max entries with one
         * @param waitMs max wait for another caller's result, in ms
         * @param ttlMs time to live of a value, in ms; negative: until evicted
         * @param nanoTime as {@link System#nanoTime()}
         */
        FlightCache(int maxEntries, long waitMs, ToLongFunction<V> ttlMs, LongSupplier nanoTime) {
            this.maxEntries = maxEntries;
            this.waitMs = waitMs;
            this.ttlMs = ttlMs;
            this.nanoTime = nanoTime;
        }

        V get(K key, Function<K, V> load) {
            CompletableFuture<V> flight;
            boolean leads = false;
            synchronized (this) {
                Entry<V> entry = entries.get(key);
                if (entry != null) {
                    return entry.value;
                }
                Entry<V> recent = passing.get(key);
                if (recent != null) {
                    if (nanoTime.getAsLong() - recent.sinceNanos < recent.ttlNanos) {
                        return recent.value;
                    }
                    passing.remove(key);
                }
                flight = flights.get(key);
                if (flight == null) {
                    flight = new CompletableFuture<>();
                    flights.put(key, flight);
                    leads = true;
                }
            }
            return leads ? lead(key, load, flight) : follow(flight);
        }

        /** Stores a value that was not loaded by {@code get}, in place of an earlier one. */
        synchronized void put(K key, V value) {
            long ttl = ttlMs.applyAsLong(value);
            entries.remove(key);
            passing.remove(key);
            Map<K, Entry<V>> room = ttl < 0 ? entries : passing;
            room.put(key, new Entry<>(value, nanoTime.getAsLong(), TimeUnit.MILLISECONDS.toNanos(ttl)));
            if (room.size() > maxEntries) {
                room.remove(room.keySet().iterator().next());
            }
        }

        synchronized int size() {
            return entries.size() + passing.size();
        }

        private V lead(K key, Function<K, V> load, CompletableFuture<V> flight) {
            V value = null;
            Throwable failure = null;
            try {
                value = load.apply(key);
                return value;
            } catch (RuntimeException | Error e) {
                failure = e;
                throw e;
            } finally {
                land(key, flight, value, failure);
            }
        }

        private synchronized void land(
                K key, CompletableFuture<V> flight, @Nullable V value, @Nullable Throwable failure) {
            flights.remove(key);
            if (failure != null || value == null) {
                flight.completeExceptionally(failure == null ? new IllegalStateException("no value") : failure);
                return;
            }
            put(key, value);
            flight.complete(value);
        }

        private V follow(CompletableFuture<V> flight) {
            try {
                return flight.get(waitMs, TimeUnit.MILLISECONDS);
            } catch (ExecutionException e) {
                if (e.getCause() instanceof RuntimeException failure) {
                    throw failure;
                }
                throw new IllegalStateException(e.getCause());
            } catch (TimeoutException e) {
                throw new RegistryUnavailableException("another thread's call of the schema registry took too long");
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new RegistryUnavailableException("interrupted while waiting for the schema registry", e);
            }
        }
    }
}
