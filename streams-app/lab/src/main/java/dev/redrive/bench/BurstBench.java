package dev.redrive.bench;

import dev.redrive.avro.DeadLetter;
import dev.redrive.bench.Benchmark.BenchException;
import dev.redrive.bench.Benchmark.BenchSettings;
import dev.redrive.bench.Verifier.Fate;
import dev.redrive.bench.Verifier.Results;
import dev.redrive.contract.TopicNames;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.HdrHistogram.Histogram;
import org.apache.kafka.common.serialization.Deserializer;

/** {@code burst}: many jobs due in the same second, under a steady load of new failures. */
record BurstBench(BenchSettings settings, Lab lab, Figures figures, Consumer<String> progress) {

    /** Without jitter all dues are exactly at the requested times, within one second. */
    private static final String SETTINGS = "retry:\n  retryAfterJitter: 0\n";

    private static final int FRESH_PER_SECOND = 200;
    private static final int BEFORE_S = 10;
    private static final Duration WITHIN = Duration.ofMinutes(10);

    void run() {
        int jobs = settings.events(300_000, 2_000);
        progress.accept("burst: the ceiling's rate");
        double ceiling = DrainBench.ceilingRate(lab, "burst-ceiling", jobs, settings.seed(), null);
        try (Rig rig = new Rig(lab, Contender.PIPELINE, "burst", SETTINGS).start(1, null)) {
            warmUp(rig, DrainBench.ceilingWarmUp(jobs));
            Workload workload = new Workload("job", settings.seed(), 100);
            progress.accept("burst: " + jobs + " jobs are scheduled");
            // Late enough that all retries are scheduled by then, at a few thousand per second.
            long dueMs = System.currentTimeMillis() + 30_000 + jobs / 4;
            schedule(rig, workload, jobs, dueMs);
            rig.awaitTaken(WITHIN);
            if (System.currentTimeMillis() > dueMs - BEFORE_S * 1_000L) {
                throw new BenchException("the jobs were not all scheduled before they were due; the burst is none");
            }
            drain(rig, workload, jobs, dueMs, ceiling);
        }
    }

    /** Runs a smaller burst without measurement: the ceiling also drains a backlog before its clock starts. */
    private void warmUp(Rig rig, int jobs) {
        progress.accept("burst: warm-up, " + jobs + " jobs");
        try (Watch ready =
                new Watch(lab, jobs, (record, visibleAtMs) -> {}, rig.topics().ready())) {
            long dueMs = System.currentTimeMillis() + 5_000 + jobs / 4;
            schedule(rig, new Workload("warm", settings.seed(), 100), jobs, dueMs);
            ready.await(lab, WITHIN);
        }
    }

    /** Publishes failures whose retries are due within one second. */
    private void schedule(Rig rig, Workload workload, int jobs, long dueMs) {
        try (Load load = new Load(lab, workload, rig.topics().failures(), false)) {
            load.publish(0, jobs, (job, nowMs) -> workload.failureDueAt(job, dueMs + job % 1_000, nowMs));
        }
    }

    private void drain(Rig rig, Workload workload, int jobs, long dueMs, double ceiling) {
        Workload fresh = new Workload("fresh", settings.seed(), 0);
        Histogram calm = Figures.histogram();
        Histogram busy = Figures.histogram();
        AtomicLong longestOpenMs = new AtomicLong();
        parkUntil(dueMs - BEFORE_S * 1_000L);
        progress.accept("burst: fresh failures at " + FRESH_PER_SECOND + " per second, then " + jobs + " jobs are due");
        int freshJobs = FRESH_PER_SECOND * (settings.quick() ? 15 : 60);
        try (Watch ready = new Watch(
                        lab,
                        jobs,
                        (record, visibleAtMs) ->
                                longestOpenMs.accumulateAndGet(visibleAtMs - record.timestamp(), Math::max),
                        rig.topics().ready());
                FreshLoad load = new FreshLoad(lab, rig.topics(), fresh, freshJobs, FRESH_PER_SECOND)) {
            ready.await(lab, WITHIN);
            long endMs = System.currentTimeMillis();
            load.finish();
            load.delays((publishedMs, delayMs) -> {
                if (publishedMs < dueMs) {
                    Figures.record(calm, delayMs);
                } else if (publishedMs < endMs) {
                    Figures.record(busy, delayMs);
                }
            });
            double rate = jobs / ((endMs - dueMs) / 1000.0);
            figures.add("burst", "drain rate", rate, "jobs/s");
            figures.add("burst", "drain rate, of ceiling", rate / ceiling, "");
            figures.add("burst", "longest from append to visible", longestOpenMs.get(), "ms");
            figures.addSpread("burst", "fresh failure to dead letter, before", calm);
            figures.addSpread("burst", "fresh failure to dead letter, during", busy);
        }
        Verifier verifier = new Verifier(workload, jobs, job -> Fate.RELEASED, job -> dueMs + job % 1_000, true);
        Verifier freshVerifier = new Verifier(fresh, freshJobs, job -> Fate.DEAD_LETTERED, job -> 0, true);
        new Results(lab, rig.topics()).requireOfPipeline(verifier, "burst");
        new Results(lab, rig.topics()).requireOfPipeline(freshVerifier, "fresh failures during the burst");
    }

    private static void parkUntil(long ms) {
        while (System.currentTimeMillis() < ms) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
        }
    }

    /** A steady load of terminal failures beside another load, and the time until each dead letter is visible. */
    static final class FreshLoad implements AutoCloseable {

        private final Lab lab;
        private final long[] publishedMs;
        private final long[] visibleMs;
        private final Watch watch;
        private final CompletableFuture<Void> publishing;

        /** Receives one failure: its publication time, and the delay until it was visible, in ms. */
        @FunctionalInterface
        interface Delay {
            void of(long publishedMs, long delayMs);
        }

        FreshLoad(Lab lab, TopicNames topics, Workload workload, int jobs, int perSecond) {
            this.lab = lab;
            this.publishedMs = new long[jobs];
            this.visibleMs = new long[jobs];
            Deserializer<DeadLetter> letters = lab.values(DeadLetter.class);
            this.watch = new Watch(
                    lab,
                    jobs,
                    (record, visibleAtMs) -> {
                        DeadLetter letter = letters.deserialize(record.topic(), record.value());
                        visibleMs[workload.job(letter.getFailure().getJobId())] = visibleAtMs;
                    },
                    topics.deadLetters());
            this.publishing = CompletableFuture.runAsync(() -> {
                try (Load load = new Load(lab, workload, topics.failures(), false)) {
                    load.publishSteadily(0, jobs, perSecond, (job, nowMs) -> {
                        publishedMs[job] = nowMs;
                        return workload.failure(job, nowMs, 0);
                    });
                }
            });
        }

        /** Waits until all failures are published and their dead letters visible. */
        void finish() {
            publishing.join();
            watch.await(lab, Duration.ofMinutes(5));
        }

        /** Passes every failure to {@code delay}; call it after {@link #finish}. */
        void delays(Delay delay) {
            for (int job = 0; job < publishedMs.length; job++) {
                delay.of(publishedMs[job], visibleMs[job] - publishedMs[job]);
            }
        }

        @Override
        public void close() {
            watch.close();
        }
    }
}
