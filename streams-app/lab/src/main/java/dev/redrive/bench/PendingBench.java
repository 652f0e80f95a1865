package dev.redrive.bench;

import dev.redrive.bench.Benchmark.BenchException;
import dev.redrive.bench.Benchmark.BenchSettings;
import dev.redrive.bench.Verifier.Fate;
import dev.redrive.bench.Verifier.Results;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * {@code pending}: the cost of retries that are due within the next day, and the time from a start to the first
 * release, with and without local state.
 */
record PendingBench(BenchSettings settings, Lab lab, Figures figures, Consumer<String> progress) {

    private static final int PROBES = 100;
    private static final int PROBE_DELAY_S = 20;
    private static final Duration WITHIN = Duration.ofHours(2);
    private static final Duration COUNTED_WITHIN = Duration.ofMinutes(10);

    void run() {
        int jobs = settings.events(500_000, 2_000);
        int delayS = settings.quick() ? 6 : PROBE_DELAY_S;
        Workload workload = new Workload("job", settings.seed(), 100);
        long startMs = System.currentTimeMillis();
        try (Rig rig = new Rig(lab, Contender.PIPELINE, "pending", "").start(1, null)) {
            Memory empty = Memory.of(rig.pid());
            progress.accept("pending: " + jobs + " jobs are scheduled");
            try (Load load = new Load(lab, workload, rig.topics().failures(), false)) {
                load.publish(0, jobs, (job, nowMs) -> workload.failure(job, nowMs, Workload.farDelayS(job)));
                rig.awaitTaken(WITHIN);
                print(rig, jobs, empty);
                progress.accept("pending: a start with local state");
                restart(rig, load, workload, jobs, delayS, "warm start to first release", false);
                progress.accept("pending: a start without local state");
                restart(rig, load, workload, jobs + PROBES, delayS, "cold start to first release", true);
            }
            Verifier verifier = new Verifier(
                    workload,
                    jobs + 2 * PROBES,
                    job -> job < jobs ? Fate.PENDING : Fate.RELEASED,
                    job -> startMs + (job < jobs ? Workload.farDelayS(job) : delayS) * 1_000L,
                    true);
            new Results(lab, rig.topics()).requireOfPipeline(verifier, "pending");
            rig.awaitPending(jobs, COUNTED_WITHIN);
        }
    }

    private void print(Rig rig, int jobs, Memory empty) {
        Memory full = Memory.of(rig.pid());
        long disk = Lab.treeBytes(rig.stateDirectory());
        figures.add("pending", "jobs", jobs, "");
        figures.add("pending", "heap in use", full.heapBytes() / 1e6, "MB");
        figures.add("pending", "resident", full.residentBytes() / 1e6, "MB");
        figures.add("pending", "local state on disk", disk / 1e6, "MB");
        figures.add("pending", "heap per job", (double) (full.heapBytes() - empty.heapBytes()) / jobs, "B");
        figures.add("pending", "resident per job", (double) (full.residentBytes() - empty.residentBytes()) / jobs, "B");
        figures.add("pending", "disk per job", (double) disk / jobs, "B");
    }

    /** Stops the instance while a few retries come due, and starts it when they are due. */
    private void restart(Rig rig, Load load, Workload workload, int first, int delayS, String name, boolean cold) {
        load.publish(first, PROBES, (job, nowMs) -> workload.failure(job, nowMs, delayS));
        // The jitter on a requested delay is max. 5 %.
        long dueNanos = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(delayS * 1_060L);
        rig.awaitTaken(WITHIN);
        rig.stop();
        if (cold) {
            rig.wipe();
        }
        try (Watch watch = new Watch(lab, 1, (record, atMs) -> {}, rig.topics().ready())) {
            while (dueNanos - System.nanoTime() > 0) {
                LockSupport.parkNanos(dueNanos - System.nanoTime());
            }
            Child child = rig.launch();
            long firstNanos = watch.await(lab, WITHIN);
            figures.add("pending", name, (firstNanos - child.startedNanos()) / 1e9, "s");
            lab.await(WITHIN, "all retries that are due to be released", () -> watch.seen() >= PROBES);
        }
    }

    /**
     * Memory use of a process.
     *
     * @param heapBytes live objects: the heap in use after a full collection
     * @param residentBytes resident set size, including RocksDB's native memory
     */
    record Memory(long heapBytes, long residentBytes) {

        private static final Pattern USED = Pattern.compile("^ +\\S.* total \\d+K, used (\\d+)K", Pattern.MULTILINE);
        private static final Pattern RESIDENT = Pattern.compile("^VmRSS:\\s+(\\d+) kB", Pattern.MULTILINE);

        /** Runs a garbage collection in a Java process, then measures it; requires the JDK's jcmd, and Linux. */
        static Memory of(long pid) {
            jcmd(pid, "GC.run");
            return new Memory(
                    sum(USED, jcmd(pid, "GC.heap_info")) * 1024,
                    sum(RESIDENT, read(Path.of("/proc", Long.toString(pid), "status"))) * 1024);
        }

        private static long sum(Pattern pattern, String text) {
            Matcher matcher = pattern.matcher(text);
            long sum = 0;
            while (matcher.find()) {
                sum += Long.parseLong(matcher.group(1));
            }
            if (sum == 0) {
                throw new BenchException("no figure of memory in: " + text);
            }
            return sum;
        }

        private static String jcmd(long pid, String command) {
            Path jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd");
            try {
                Process process = new ProcessBuilder(List.of(jcmd.toString(), Long.toString(pid), command))
                        .redirectErrorStream(true)
                        .start();
                try (InputStream out = process.getInputStream()) {
                    return new String(out.readAllBytes(), StandardCharsets.UTF_8);
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        private static String read(Path file) {
            try {
                return Files.readString(file);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
