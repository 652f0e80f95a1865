package dev.redrive.bench;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.redrive.bench.Benchmark.BenchSettings.BenchName;
import dev.redrive.config.ConfigLoader;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import org.apache.kafka.common.utils.AppInfoParser;
import org.jspecify.annotations.Nullable;

/** One run: starts a broker, and runs the measurements one after the other on it. */
public final class Benchmark {

    private final BenchSettings settings;
    private final Consumer<String> progress;

    /**
     * Creates a run; {@link #run} starts it.
     *
     * @param progress receives the current measurement, on the thread of {@link #run}
     */
    public Benchmark(BenchSettings settings, Consumer<String> progress) {
        this.settings = settings;
        this.progress = progress;
    }

    /**
     * Runs the measurements; takes from seconds to hours. When it returns, all of its processes have ended and the
     * directory is deleted; if it fails, the directory is kept for inspection.
     *
     * @throws BenchException if a record was lost, duplicated or early, or a process failed
     */
    public Report run() {
        var machine = Machine.describe(settings);
        Figures figures = new Figures();
        try (Lab lab = Lab.start(settings.directory())) {
            if (settings.benches().contains(BenchName.ceiling)
                    || settings.benches().contains(BenchName.pipeline)) {
                new DrainBench(settings, lab, figures, progress).run();
            }
            for (BenchName bench : settings.benches()) {
                switch (bench) {
                    case ceiling, pipeline -> {}
                    case bytes -> new DrainBench.BytesBench(settings, lab, figures, progress).run();
                    case lateness -> new LatenessBench(settings, lab, figures, progress).run();
                    case burst -> new BurstBench(settings, lab, figures, progress).run();
                    case fairness -> new FairnessBench(settings, lab, figures, progress).run();
                    case pending -> new PendingBench(settings, lab, figures, progress).run();
                    case recovery -> new RecoveryBench(settings, lab, figures, progress).run();
                }
            }
        }
        Lab.deleteTree(settings.directory());
        return new Report(machine, figures.all());
    }

    /** The result of a run. */
    public record Report(Map<String, String> machine, List<Figure> figures) {}

    /** The context of the figures: machine, versions, settings. */
    static final class Machine {

        private Machine() {}

        /** Returns names and values, in display order. */
        static Map<String, String> describe(BenchSettings settings) {
            Map<String, String> facts = new LinkedHashMap<>();
            facts.put("processor", first("/proc/cpuinfo", "model name", System.getProperty("os.arch")));
            facts.put("cores", Integer.toString(Runtime.getRuntime().availableProcessors()));
            facts.put("memory", first("/proc/meminfo", "MemTotal", "unknown"));
            facts.put(
                    "load average at the start",
                    Double.toString(ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage()));
            facts.put("system", System.getProperty("os.name") + " " + System.getProperty("os.version"));
            facts.put("java", System.getProperty("java.vm.name") + " " + System.getProperty("java.vm.version"));
            facts.put("kafka", AppInfoParser.getVersion());
            facts.put(
                    "redrive",
                    Objects.requireNonNullElse(
                            Machine.class.getPackage().getImplementationVersion(), "(not from a distribution)"));
            facts.put("clients", Lab.CLIENTS);
            facts.put(
                    "processes",
                    String.join(" ", Rig.JVM) + ", "
                            + ConfigLoader.builtIn().streams().threads() + " stream threads each; broker the same");
            facts.put("topics", Lab.PARTITIONS + " partitions, 1 replica");
            facts.put("workload", Workload.USERS + " users, seed " + settings.seed());
            facts.put("rounds", Integer.toString(settings.rounds()));
            return facts;
        }

        private static String first(String file, String word, String otherwise) {
            try {
                return Files.readAllLines(Path.of(file)).stream()
                        .filter(line -> line.startsWith(word))
                        .map(line -> line.substring(line.indexOf(':') + 1).strip())
                        .findFirst()
                        .orElse(otherwise);
            } catch (IOException e) {
                return otherwise;
            }
        }
    }

    /**
     * One figure of a measurement.
     *
     * @param value the median of the rounds, if there are several
     * @param unit its unit; empty for a ratio
     * @param min lowest round, {@code least} in JSON
     * @param max highest round, {@code most} in JSON
     */
    public record Figure(
            String bench,
            String name,
            double value,
            String unit,
            @JsonProperty("least") double min,
            @JsonProperty("most") double max) {}

    /** A measurement failed, or its records do not balance, so that its figures are invalid. */
    public static final class BenchException extends RuntimeException {

        private static final long serialVersionUID = 1L;

        private final List<String> details;

        BenchException(String message) {
            this(message, List.of(), null);
        }

        BenchException(String message, List<String> details, @Nullable Throwable cause) {
            super(message, cause);
            this.details = List.copyOf(details);
        }

        /** Returns the findings, one line each; may be empty. */
        public List<String> details() {
            return details;
        }
    }

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
}
