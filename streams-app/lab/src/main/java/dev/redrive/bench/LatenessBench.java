package dev.redrive.bench;

import dev.redrive.avro.RetryRequest;
import dev.redrive.bench.Benchmark.BenchSettings;
import dev.redrive.bench.Verifier.Fate;
import dev.redrive.bench.Verifier.Results;
import java.time.Duration;
import java.util.function.Consumer;
import org.HdrHistogram.Histogram;
import org.apache.kafka.common.serialization.Deserializer;

/** {@code lateness}: the time from a retry's due until it is appended and visible, at a steady rate of jobs. */
record LatenessBench(BenchSettings settings, Lab lab, Figures figures, Consumer<String> progress) {

    private static final int SHORTEST_DELAY_S = 1;
    private static final int LONGEST_DELAY_S = 10;

    void run() {
        int rate = settings.rate();
        int seconds = settings.quick() ? 3 : 40;
        int warm = rate * (settings.quick() ? 1 : 20);
        int jobs = settings.events(rate * seconds, rate * seconds);
        Workload workload = new Workload("job", settings.seed(), 100);
        try (Rig rig = new Rig(lab, Contender.PIPELINE, "lateness", "").start(1, null)) {
            progress.accept("lateness: " + rate + " jobs per second, warm-up");
            drive(rig, new Workload("warm", settings.seed(), 100), warm, (visible, appended) -> {});
            progress.accept("lateness: " + rate + " jobs per second, " + jobs + " jobs");
            Histogram released = Figures.histogram();
            Histogram visible = Figures.histogram();
            long[] publishedMs = drive(rig, workload, jobs, (appendedLateMs, visibleLateMs) -> {
                Figures.record(released, appendedLateMs);
                Figures.record(visible, visibleLateMs);
            });
            figures.addSpread("lateness", "due to append", released);
            figures.addSpread("lateness", "due to visible", visible);
            Verifier verifier = new Verifier(
                    workload, jobs, job -> Fate.RELEASED, job -> publishedMs[job] + delaySeconds(job) * 1_000L, true);
            new Results(lab, rig.topics()).requireOfPipeline(verifier, "lateness");
        }
    }

    private static int delaySeconds(int job) {
        return SHORTEST_DELAY_S + Math.floorMod(job * 31, LONGEST_DELAY_S - SHORTEST_DELAY_S + 1);
    }

    /** Receives a retry's lateness in ms; a negative value is early. */
    @FunctionalInterface
    private interface Lateness {
        void of(long appendedLateMs, long visibleLateMs);
    }

    /** Publishes steadily, waits for all releases, and returns the failure time of each job. */
    private long[] drive(Rig rig, Workload workload, int jobs, Lateness lateness) {
        long[] failedMs = new long[jobs];
        Deserializer<RetryRequest> retries = lab.values(RetryRequest.class);
        try (Load load = new Load(lab, workload, rig.topics().failures(), false);
                Watch watch = new Watch(
                        lab,
                        jobs,
                        (record, visibleAtMs) -> {
                            long dueMs = retries.deserialize(record.topic(), record.value())
                                    .getDueAt()
                                    .toEpochMilli();
                            lateness.of(record.timestamp() - dueMs, visibleAtMs - dueMs);
                        },
                        rig.topics().ready())) {
            load.publishSteadily(0, jobs, settings.rate(), (job, nowMs) -> {
                failedMs[job] = nowMs;
                return workload.failure(job, nowMs, delaySeconds(job));
            });
            watch.await(lab, Duration.ofMinutes(5));
        }
        return failedMs;
    }
}
