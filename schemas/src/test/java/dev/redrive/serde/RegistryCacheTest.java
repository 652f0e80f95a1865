package dev.redrive.serde;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.avro.Schema;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class RegistryCacheTest {

    private static final int CACHE_ENTRIES = 4;
    private static final int UNKNOWN_TTL_MS = 5_000;

    private final AtomicInteger calls = new AtomicInteger();
    private final AtomicLong nanos = new AtomicLong();
    private volatile @Nullable String answer = "\"string\"";
    private final RegistryClient client = new RegistryClient(
            new RegistryApi() {
                @Override
                public @Nullable String schemaById(int id) {
                    calls.incrementAndGet();
                    return answer;
                }

                @Override
                public int register(String subject, String schema, boolean normalize) {
                    return calls.incrementAndGet();
                }

                @Override
                public @Nullable Integer lookUp(String subject, String schema, boolean normalize) {
                    return null;
                }

                @Override
                public @Nullable Registered latest(String subject) {
                    return null;
                }
            },
            new RegistrySettings.Limits(1_000, 1_000, 0, 1, 1_024, CACHE_ENTRIES, UNKNOWN_TTL_MS),
            nanos::get);

    @Test
    void shouldForgetSoonThatAnIdIsUnknown() {
        answer = null;
        assertThatExceptionOfType(UndecodableException.class).isThrownBy(() -> client.schema(1));
        assertThatExceptionOfType(UndecodableException.class).isThrownBy(() -> client.schema(1));
        assertThat(calls).hasValue(1);

        answer = "\"string\"";
        nanos.addAndGet(TimeUnit.MILLISECONDS.toNanos(UNKNOWN_TTL_MS));

        assertThat(client.schema(1)).isEqualTo(Schema.create(Schema.Type.STRING));
        assertThat(calls).hasValue(2);
    }

    @Test
    void shouldKnowTheIdThatItRegisteredAtOnce() {
        answer = null;
        assertThatExceptionOfType(UndecodableException.class).isThrownBy(() -> client.schema(2));
        Schema schema = Schema.create(Schema.Type.LONG);

        assertThat(client.register("subject", schema, false)).isEqualTo(2);

        assertThat(client.schema(2)).isEqualTo(schema);
    }

    @Test
    void shouldKeepNoMoreThanItsLimit() {
        for (int i = 0; i < 100; i++) {
            client.schema(i);
            client.register("subject-" + i, Schema.create(Schema.Type.INT), false);
        }

        assertThat(client.cachedSchemas()).isEqualTo(CACHE_ENTRIES);
        assertThat(client.cachedIds()).isEqualTo(CACHE_ENTRIES);
    }

    @Test
    void shouldKeepWhatIsUsedThroughAFloodOfUnknownIds() {
        // Given a schema that is known
        client.schema(0);

        // When many ids come that are not
        answer = null;
        for (int i = 1; i <= 100; i++) {
            int unknown = i;
            assertThatExceptionOfType(UndecodableException.class).isThrownBy(() -> client.schema(unknown));
        }

        // Then it is still known, and what is kept of the others is bounded
        assertThat(client.schema(0)).isEqualTo(Schema.create(Schema.Type.STRING));
        assertThat(calls).hasValue(101);
        assertThat(client.cachedSchemas()).isEqualTo(1 + CACHE_ENTRIES);
    }

    @Test
    void shouldKeepWhatIsUsed() {
        for (int i = 0; i < 20; i++) {
            client.schema(0);
            client.schema(1 + i);
        }

        assertThat(calls).hasValue(21);
    }

    @Test
    @Timeout(20)
    void shouldMakeOneCallForAllWhoAskAtTheSameTime() throws Exception {
        int callers = 8;
        CountDownLatch answering = new CountDownLatch(1);
        AtomicInteger loads = new AtomicInteger();
        RegistryClient.FlightCache<Integer, String> cache =
                new RegistryClient.FlightCache<>(10, 10_000, value -> -1, System::nanoTime);
        List<Thread> threads = new ArrayList<>();
        ExecutorService pool = Executors.newFixedThreadPool(callers, task -> {
            Thread thread = new Thread(task);
            threads.add(thread);
            return thread;
        });
        try {
            Callable<String> call = () -> cache.get(1, key -> {
                loads.incrementAndGet();
                try {
                    answering.await();
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
                return "value";
            });
            List<Future<String>> answers = new ArrayList<>();
            for (int i = 0; i < callers; i++) {
                answers.add(pool.submit(call));
            }
            while (!threads.stream().allMatch(RegistryCacheTest::waits)) {
                Thread.onSpinWait();
            }
            answering.countDown();

            for (Future<String> one : answers) {
                assertThat(one.get()).isEqualTo("value");
            }
            assertThat(loads).hasValue(1);
        } finally {
            pool.shutdownNow();
        }
    }

    @Test
    void shouldNotKeepAFailure() {
        RegistryClient.FlightCache<Integer, String> cache =
                new RegistryClient.FlightCache<>(10, 1_000, value -> -1, System::nanoTime);

        assertThatExceptionOfType(IllegalStateException.class)
                .isThrownBy(() -> cache.get(1, key -> {
                    throw new IllegalStateException("down");
                }));

        assertThat(cache.get(1, key -> "up")).isEqualTo("up");
    }

    private static boolean waits(Thread thread) {
        return thread.getState() == Thread.State.WAITING || thread.getState() == Thread.State.TIMED_WAITING;
    }
}
