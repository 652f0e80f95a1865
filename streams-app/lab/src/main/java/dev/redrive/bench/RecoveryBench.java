package dev.redrive.bench;

import dev.redrive.bench.Benchmark.BenchException;
import dev.redrive.bench.Benchmark.BenchSettings;
import dev.redrive.bench.Verifier.Fate;
import dev.redrive.bench.Verifier.Results;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.IntToLongFunction;

/**
 * {@code recovery}: the pipeline's process is killed with many jobs pending, while it releases a part of them, and
 * restarted at once.
 */
record RecoveryBench(BenchSettings settings, Lab lab, Figures figures, Consumer<String> progress) {

    private static final Duration WITHIN = Duration.ofHours(1);
    private static final int DUE_SPREAD_S = 10;

    void run() {
        int far = settings.events(500_000, 2_000);
        int near = far / 10;
        Workload workload = new Workload("job", settings.seed(), 100);
        long startMs = System.currentTimeMillis();
        try (Rig rig = new Rig(lab, Contender.PIPELINE, "recovery", "retry:\n  retryAfterJitter: 0\n").start(1, null);
                Load load = new Load(lab, workload, rig.topics().failures(), false)) {
            progress.accept("recovery: " + far + " jobs are scheduled");
            load.publish(near, far, (job, nowMs) -> workload.failure(job, nowMs, Workload.farDelayS(job)));
            rig.awaitTaken(WITHIN);
            long dueMs = System.currentTimeMillis() + 15_000 + near / 3;
            IntToLongFunction dues = job -> dueMs + (long) job * DUE_SPREAD_S * 1_000 / near;
            load.publish(0, near, (job, nowMs) -> workload.failureDueAt(job, dues.applyAsLong(job), nowMs));
            crash(rig, near, dueMs);
            Verifier verifier = new Verifier(
                    workload,
                    near + far,
                    job -> job < near ? Fate.RELEASED : Fate.PENDING,
                    job -> job < near ? dues.applyAsLong(job) : startMs + Workload.farDelayS(job) * 1_000L,
                    true);
            new Results(lab, rig.topics()).requireOfPipeline(verifier, "recovery");
            rig.awaitPending(far, Duration.ofMinutes(5));
        }
    }

    private void crash(Rig rig, int near, long dueMs) {
        try (Watch all = new Watch(lab, near, (record, atMs) -> {}, rig.topics().ready())) {
            while (System.currentTimeMillis() < dueMs + DUE_SPREAD_S * 500L) {
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
            }
            progress.accept("recovery: kill -9 after " + all.seen() + " of " + near + " releases");
            rig.kill();
            long killedNanos = System.nanoTime();
            // Records committed before the kill become visible in less time than a restart takes.
            lab.await(
                    Duration.ofSeconds(2), "what was committed", () -> System.nanoTime() - killedNanos > 500_000_000L);
            long before = all.seen();
            if (before >= near) {
                throw new BenchException("all was released before the kill; there is nothing to recover");
            }
            rig.launch();
            lab.await(WITHIN, "the first release", () -> all.seen() > before);
            figures.add("recovery", "kill to first release", (System.nanoTime() - killedNanos) / 1e9, "s");
            long endNanos = all.await(lab, WITHIN);
            figures.add("recovery", "kill to drained", (endNanos - killedNanos) / 1e9, "s");
            figures.add("recovery", "jobs pending", settings.events(500_000, 2_000), "");
        }
    }
}
