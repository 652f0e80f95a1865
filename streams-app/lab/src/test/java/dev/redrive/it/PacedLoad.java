package dev.redrive.it;

import dev.redrive.publish.FailurePublisher;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** Jobs of {@link MixedLoad} that fail at an even pace, published by a thread of its own. */
public final class PacedLoad implements AutoCloseable {

    private static final int BEAT_MS = 20;

    private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor();
    private final CompletableFuture<Integer> published = new CompletableFuture<>();
    private final List<CompletableFuture<?>> sent = new ArrayList<>();
    private final FailurePublisher publisher;
    private final int jobsPerBeat;
    private final int end;
    private int next;

    private PacedLoad(FailurePublisher publisher, int first, int jobs, int jobsPerBeat) {
        this.publisher = publisher;
        this.next = first;
        this.end = first + jobs;
        this.jobsPerBeat = jobsPerBeat;
    }

    /**
     * Starts to publish.
     *
     * @param first number of the first job
     * @param jobs how many jobs
     */
    public static PacedLoad start(FailurePublisher publisher, int first, int jobs, int jobsPerSecond) {
        PacedLoad load = new PacedLoad(publisher, first, jobs, jobsPerSecond * BEAT_MS / 1_000);
        var unused = load.thread.scheduleAtFixedRate(load::beat, 0, BEAT_MS, TimeUnit.MILLISECONDS);
        return load;
    }

    private void beat() {
        for (int i = 0; i < jobsPerBeat && next < end; i++) {
            sent.addAll(MixedLoad.publish(publisher, next++));
        }
        if (next == end) {
            thread.shutdown();
            CompletableFuture.allOf(sent.toArray(CompletableFuture[]::new)).whenComplete((done, failure) -> {
                if (failure == null) {
                    published.complete(sent.size());
                } else {
                    published.completeExceptionally(failure);
                }
            });
        }
    }

    /** Whether the brokers have acknowledged all. */
    public boolean done() {
        return published.isDone();
    }

    /** How many failures were published; waits for the acknowledgements, and throws if a failure could not be sent. */
    public int published() {
        return published.join();
    }

    @Override
    public void close() {
        thread.shutdownNow();
    }
}
