package dev.redrive.serde;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * A bounded cache that asks once for a key, however many callers want it at the same time; the others wait.
 *
 * <p>The least recently used entry goes first. What is kept for a time only has room of its own, as much again, so that a
 * flood of it puts nothing else out. A failure is handed to those who waited for it and is not kept. Safe for many threads.
 */
final class FlightCache<K, V> {

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

    private synchronized void land(K key, CompletableFuture<V> flight, @Nullable V value, @Nullable Throwable failure) {
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
