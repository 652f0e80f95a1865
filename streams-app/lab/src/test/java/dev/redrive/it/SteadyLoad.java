package dev.redrive.it;

import dev.redrive.publish.FailurePublisher;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** Publishes mixed failures at a steady rate until it is stopped. */
final class SteadyLoad implements AutoCloseable {

    private static final int TICK_MS = 20;

    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
    private final FailurePublisher publisher;
    private final List<CompletableFuture<?>> sent = new ArrayList<>();

    /** Begins to publish so many failures a second. */
    SteadyLoad(FailurePublisher publisher, int perSecond) {
        this.publisher = publisher;
        int perTick = perSecond * TICK_MS / 1_000;
        timer.scheduleAtFixedRate(() -> publish(perTick), 0, TICK_MS, TimeUnit.MILLISECONDS);
    }

    private synchronized void publish(int failures) {
        for (int i = 0; i < failures; i++) {
            sent.add(publisher.publish(MixedLoad.failure(sent.size()), null));
        }
    }

    /** Ends it, waits until the broker has all, and says how many there were. */
    synchronized int stop() {
        timer.shutdownNow();
        CompletableFuture.allOf(sent.toArray(CompletableFuture[]::new)).join();
        return sent.size();
    }

    @Override
    public void close() {
        timer.shutdownNow();
    }
}
