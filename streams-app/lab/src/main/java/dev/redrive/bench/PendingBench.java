package dev.redrive.bench;

import dev.redrive.bench.Verifier.Fate;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * {@code pending}: what retries cost that are due within the next day, and how long a start takes until the first release,
 * with local state and without.
 */
final class PendingBench {

    private static final int PROBES = 100;
    private static final int PROBE_DELAY_S = 20;
    private static final Duration WITHIN = Duration.ofHours(2);
    private static final Duration COUNTED_WITHIN = Duration.ofMinutes(10);

    private final BenchSettings settings;
    private final Lab lab;
    private final Figures figures;
    private final Progress progress;

    PendingBench(BenchSettings settings, Lab lab, Figures figures, Progress progress) {
        this.settings = settings;
        this.lab = lab;
        this.figures = figures;
        this.progress = progress;
    }

    void run() {
        int jobs = settings.events(500_000, 2_000);
        int delayS = settings.quick() ? 6 : PROBE_DELAY_S;
        Workload workload = new Workload("job", settings.seed(), 100);
        long startMs = System.currentTimeMillis();
        try (Rig rig = new Rig(lab, Contender.PIPELINE, "pending", "").start(1, null)) {
            Memory empty = Memory.of(rig.pid());
            progress.say("pending: " + jobs + " jobs are scheduled");
            try (Load load = new Load(lab, workload, rig.topics().failures(), false)) {
                load.publish(0, jobs, (job, nowMs) -> workload.failure(job, nowMs, FarDelay.seconds(job)));
                rig.awaitTaken(WITHIN);
                tell(rig, jobs, empty);
                progress.say("pending: a start with local state");
                restart(rig, load, workload, jobs, delayS, "warm start to first release", false);
                progress.say("pending: a start without local state");
                restart(rig, load, workload, jobs + PROBES, delayS, "cold start to first release", true);
            }
            Verifier verifier = new Verifier(
                    workload,
                    jobs + 2 * PROBES,
                    job -> job < jobs ? Fate.PENDING : Fate.RELEASED,
                    job -> startMs + (job < jobs ? FarDelay.seconds(job) : delayS) * 1_000L,
                    true);
            new Results(lab, rig.topics()).ofPipeline(verifier);
            Drain.require(verifier, "pending");
            rig.awaitPending(jobs, COUNTED_WITHIN);
        }
    }

    private void tell(Rig rig, int jobs, Memory empty) {
        Memory full = Memory.of(rig.pid());
        long disk = Trees.bytes(rig.stateDirectory());
        figures.add("pending", "jobs", jobs, "");
        figures.add("pending", "heap in use", full.heapBytes() / 1e6, "MB");
        figures.add("pending", "resident", full.residentBytes() / 1e6, "MB");
        figures.add("pending", "local state on disk", disk / 1e6, "MB");
        figures.add("pending", "heap per job", (double) (full.heapBytes() - empty.heapBytes()) / jobs, "B");
        figures.add("pending", "resident per job", (double) (full.residentBytes() - empty.residentBytes()) / jobs, "B");
        figures.add("pending", "disk per job", (double) disk / jobs, "B");
    }

    /** Stops it with a few retries that come due while it is away, and starts it when they are. */
    private void restart(Rig rig, Load load, Workload workload, int first, int delayS, String name, boolean cold) {
        load.publish(first, PROBES, (job, nowMs) -> workload.failure(job, nowMs, delayS));
        // The jitter on what was asked for is at most 5 %.
        long dueNanos = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(delayS * 1_060L);
        rig.awaitTaken(WITHIN);
        rig.stop();
        if (cold) {
            rig.wipe();
        }
        try (Watch watch = Watch.of(lab, 1, (record, atMs) -> {}, rig.topics().ready())) {
            while (dueNanos - System.nanoTime() > 0) {
                LockSupport.parkNanos(dueNanos - System.nanoTime());
            }
            Child child = rig.launch();
            long firstNanos = watch.await(lab, WITHIN);
            figures.add("pending", name, (firstNanos - child.startedNanos()) / 1e9, "s");
            lab.await(WITHIN, "all retries that are due to be released", () -> watch.seen() >= PROBES);
        }
    }
}
