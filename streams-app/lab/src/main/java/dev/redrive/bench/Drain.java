package dev.redrive.bench;

import dev.redrive.bench.Benchmark.BenchException;
import dev.redrive.bench.Verifier.Fate;
import dev.redrive.bench.Verifier.Results;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One drain of a backlog. The contender runs, has its tasks and is warm when the backlog is committed as one
 * transaction: all of it becomes visible at that instant, and the clock starts. The clock stops when a reader of
 * committed records sees the last result. Then the whole output is verified.
 *
 * @param id prefix of the topics; used by no other drain
 * @param retryablePercent percentage of retried jobs
 * @param recording file of a flight recording; {@code null} for none
 */
record Drain(
        Contender contender,
        String id,
        int events,
        int warmUp,
        int instances,
        int retryablePercent,
        long seed,
        @Nullable Path recording) {

    /** Retry-After of the retryable jobs, in seconds. */
    static final int RETRY_AFTER_S = 2;

    private static final Duration WITHIN = Duration.ofMinutes(15);

    /**
     * A failure time in the future is replaced by the time of processing: so the two seconds start when the failure is
     * processed, regardless of its time in the backlog.
     */
    private static final long AHEAD_MS = Duration.ofHours(12).toMillis();

    /**
     * The result of a drain.
     *
     * @param seconds from the commit of the backlog until the last result was visible
     * @param appCpuSeconds CPU time of all instances in this period
     * @param brokerCpuSeconds CPU time of the broker in this period
     * @param inputBytes size of the backlog's records: key, value, headers, not compressed
     * @param storedInputBytes size of the backlog as stored in the log
     * @param writtenBytes bytes appended due to the backlog, by topic, as stored in the logs; without the backlog
     */
    record Result(
            double seconds,
            double appCpuSeconds,
            double brokerCpuSeconds,
            long inputBytes,
            long storedInputBytes,
            Map<String, Long> writtenBytes) {}

    Result run(Lab lab) {
        try (Rig rig = new Rig(lab, contender, id, "").start(instances, recording)) {
            if (warmUp > 0) {
                Backlog warm = new Backlog(new Workload("warm", seed, retryablePercent), warmUp);
                warm.drain(lab, rig);
            }
            Backlog backlog = new Backlog(new Workload("job", seed, retryablePercent), events);
            Result result = backlog.drain(lab, rig);
            verify(lab, rig, backlog.workload(), backlog.publishedFromMs);
            return result;
        }
    }

    /** Jobs that all become visible at the same instant. */
    private final class Backlog {

        private final Workload workload;
        private final int jobs;
        private long publishedFromMs;

        Backlog(Workload workload, int jobs) {
            this.workload = workload;
            this.jobs = jobs;
        }

        Workload workload() {
            return workload;
        }

        Result drain(Lab lab, Rig rig) {
            String input = rig.topics().failures();
            // Delays count from the append of a record, not from the commit that makes it visible.
            publishedFromMs = System.currentTimeMillis();
            try (Load load = new Load(lab, workload, input, true);
                    Watch watch = new Watch(
                            lab,
                            jobs,
                            (record, atMs) -> {},
                            rig.topics().ready(),
                            rig.topics().deadLetters())) {
                Map<String, Long> empty = lab.appended();
                load.publish(0, jobs, (job, nowMs) -> workload.failure(job, nowMs + AHEAD_MS, RETRY_AFTER_S));
                Map<String, Long> full = lab.appended();
                long storedBytes = Lab.between(empty, full).getOrDefault(input, 0L);
                Duration appCpu = rig.cpu();
                Duration brokerCpu = lab.brokerCpu();
                long startNanos = System.nanoTime();
                load.commit();
                long endNanos = watch.await(lab, WITHIN);
                appCpu = rig.cpu().minus(appCpu);
                brokerCpu = lab.brokerCpu().minus(brokerCpu);
                lab.awaitQuiet(id);
                Map<String, Long> written = new TreeMap<>(Lab.between(full, lab.appended()));
                written.remove(input);
                return new Result(
                        (endNanos - startNanos) / (double) TimeUnit.SECONDS.toNanos(1),
                        seconds(appCpu),
                        seconds(brokerCpu),
                        load.bytes(),
                        storedBytes,
                        written);
            }
        }
    }

    private static double seconds(Duration duration) {
        return duration.toMillis() / 1000.0;
    }

    private void verify(Lab lab, Rig rig, Workload workload, long publishedFromMs) {
        boolean redrive = contender == Contender.PIPELINE;
        Verifier verifier = new Verifier(
                workload,
                events,
                job -> workload.retryable(job) ? Fate.RELEASED : Fate.DEAD_LETTERED,
                job -> publishedFromMs + TimeUnit.SECONDS.toMillis(RETRY_AFTER_S),
                redrive);
        Results results = new Results(lab, rig.topics());
        if (redrive) {
            results.ofPipeline(verifier);
        } else {
            results.ofPassThrough(verifier);
        }
        require(verifier, contender.word());
    }

    /** Fails the measurement if a record is lost, duplicated or early. */
    static void require(Verifier verifier, String what) {
        List<String> faults = verifier.faults();
        if (!faults.isEmpty()) {
            throw new BenchException(what + " does not balance", faults, null);
        }
    }
}
