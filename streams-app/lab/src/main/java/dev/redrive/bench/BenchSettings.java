package dev.redrive.bench;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The settings of a benchmark run.
 *
 * @param rounds repetitions of each drain, interleaved; 1 to 20
 * @param events jobs of each measurement; {@code null} for each measurement's default
 * @param rate jobs per second of {@code lateness}; 1 to 100,000
 * @param instances numbers of instances at which {@code pipeline} compares pipeline and pass-through; 1 to 8 each
 * @param seed seed of the workload: the same seed gives the same jobs
 * @param directory working directory of the run; used by nothing else
 * @param recording file for a flight recording of the pipeline in {@code pipeline}; {@code null} for none
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

    /** Returns the number of jobs of a measurement: the configured one, or else the default. */
    int events(int usual, int quickly) {
        Integer asked = events;
        return asked != null ? asked : quick ? quickly : usual;
    }

    private static void require(boolean condition, String message) {
        if (!condition) {
            throw new IllegalArgumentException(message);
        }
    }

    /** The measurements; the names are used on the command line. */
    public enum BenchName {
        /** The reference for the ratios: pass-through, forwarder, bare producer and consumer. */
        ceiling,
        /** A backlog of mixed failures, compared with the pass-through. */
        pipeline,
        /** Bytes on the broker per retryable and per terminal job. */
        bytes,
        /** The lateness of retries at a steady rate. */
        lateness,
        /** Many jobs due in the same second. */
        burst,
        /** The lateness of many users' retries beside one user whose gate blocks a large number. */
        fairness,
        /** The cost of pending jobs, and the time to the first release after a start. */
        pending,
        /** Recovery after a kill of the process with pending jobs. */
        recovery
    }
}
