package dev.redrive.bench;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is measured.
 *
 * @param rounds how often each drain is repeated, interleaved; 1 to 20
 * @param events jobs of each measurement; {@code null} for each one's own number
 * @param rate jobs per second of {@code lateness}; 1 to 100,000
 * @param instances how many instances of the pipeline and of the pass-through {@code pipeline} compares; 1 to 8 each
 * @param seed of the workload: same seed, same jobs
 * @param directory where everything is kept while it runs; used by nothing else
 * @param recording where a flight recording of the pipeline under {@code pipeline} is written; {@code null} for none
 */
public record BenchSettings(
        List<BenchName> benches,
        int rounds,
        @Nullable Integer events,
        int rate,
        List<Integer> instances,
        long seed,
        boolean quick,
        Path directory,
        @Nullable Path recording) {

    public static final int MAX_EVENTS = 20_000_000;

    public BenchSettings {
        benches = List.copyOf(benches);
        instances = List.copyOf(instances);
        require(!benches.isEmpty(), "name at least one measurement");
        require(rounds >= 1 && rounds <= 20, "--rounds takes 1 to 20, not " + rounds);
        require(
                events == null || events >= 100 && events <= MAX_EVENTS,
                "--events takes 100 to " + MAX_EVENTS + ", not " + events);
        require(rate >= 1 && rate <= 100_000, "--rate takes 1 to 100000, not " + rate);
        require(
                !instances.isEmpty() && instances.stream().allMatch(n -> n >= 1 && n <= 8),
                "--instances takes 1 to 8 each, not " + instances);
    }

    /** Jobs of a measurement: those asked for, or else the usual number. */
    int events(int usual, int quickly) {
        Integer asked = events;
        return asked != null ? asked : quick ? quickly : usual;
    }

    private static void require(boolean condition, String message) {
        if (!condition) {
            throw new IllegalArgumentException(message);
        }
    }

    /** The measurements; the names are words of the command line. */
    public enum BenchName {
        /** What the others are divided by: pass-through, forwarder, bare producer and consumer. */
        ceiling,
        /** A backlog of mixed failures, beside the pass-through. */
        pipeline,
        /** Bytes on the broker per retryable and per terminal job. */
        bytes,
        /** How late retries are at a steady rate. */
        lateness,
        /** Many jobs due in the same second. */
        burst,
        /** How late the retries of many users are beside one user whose gate holds very many. */
        fairness,
        /** What pending jobs cost, and the first release after a start. */
        pending,
        /** The process killed with jobs pending. */
        recovery
    }
}
