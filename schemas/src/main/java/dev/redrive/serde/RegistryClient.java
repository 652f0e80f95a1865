package dev.redrive.serde;

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
 * Schemas by id and ids by schema, from a registry that speaks Confluent's REST API, kept in bounded caches.
 *
 * <p>Safe for many threads, and shared: see {@link #shared}. Callers who want the same thing at the same time make one
 * call. Every method may take as long as {@code redrive.registry.deadline.ms} (default 7000), twice as long where an answer
 * has to be verified, and throws {@link RegistryUnavailableException} then; what is cached costs no call.
 */
public final class RegistryClient {

    private static final int MAX_SHARED = 16;
    private static final Map<RegistrySettings, RegistryClient> SHARED = new LinkedHashMap<>(16, 0.75f, true);

    private final RegistryApi api;
    private final FlightCache<Integer, ById> byId;
    private final FlightCache<Question, Answer> bySchema;

    /** A schema, or why there is none. What the registry answers of an id it gives no schema for may change. */
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
     * The client of this process for a configuration; equal settings give the same client.
     *
     * @param config Kafka's configuration; {@code schema.registry.url} is needed
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
     * The schema of an id.
     *
     * @throws UndecodableException {@code UNKNOWN_SCHEMA_ID} if the registry knows no such id, {@code SCHEMA_REFUSED} if
     *     it does not give its schema, {@code INCOMPATIBLE_SCHEMA} if what it gives is not an Avro schema that can be
     *     read; the registry is asked again after {@code redrive.registry.unknown.id.ttl.ms}
     * @throws RegistryUnavailableException if the registry gave no answer
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
     * The id of a schema under a subject; registers it where it is new.
     *
     * @throws SchemaRefusedException if the registry does not take it
     * @throws RegistryUnavailableException if the registry gave no answer
     */
    public int register(String subject, Schema schema, boolean normalize) {
        String text = schema.toString();
        return bySchema.get(
                        new Question(Kind.REGISTER, subject, hash(text), normalize),
                        question -> known(api.register(subject, text, normalize), schema))
                .id;
    }

    /**
     * The id of a schema that is registered under a subject.
     *
     * @throws SchemaRefusedException if it is not
     * @throws RegistryUnavailableException if the registry gave no answer
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
     * The id of a subject's latest version, if records of the given schema have the same bytes under it.
     *
     * @throws SchemaRefusedException if there is no version, or if its records have other bytes
     * @throws RegistryUnavailableException if the registry gave no answer
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

    /** Who writes under an id can read it; that the id was unknown before no longer holds. */
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
                    UndecodableReason.INCOMPATIBLE_SCHEMA, "the registry holds a schema that Avro cannot read");
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
     * A bounded cache that asks once for a key, however many callers want it at the same time; the others wait.
     *
     * <p>The least recently used entry goes first. What is kept for a time only has room of its own, as much again, so that a
     * flood of it puts nothing else out. A failure is handed to those who waited for it and is not kept. Safe for many threads.
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
         * Makes an empty cache.
         *
         * @param maxEntries most entries that are kept as long as there is room, and most that are kept for a time
         * @param waitMs most time to wait for another caller's answer
         * @param ttlMs how long a value is kept, in ms; negative: as long as there is room
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

        /** Puts what became known by another way, in place of what was there. */
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
