package dev.redrive.bench;

import dev.redrive.avro.FailureCause;
import dev.redrive.avro.JobFailure;
import dev.redrive.avro.RetryRequest;
import dev.redrive.bench.Benchmark.BenchException;
import dev.redrive.bench.Benchmark.BenchSettings;
import dev.redrive.publish.FailurePublisher;
import dev.redrive.publish.JobContext;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.HdrHistogram.Histogram;
import org.apache.kafka.common.serialization.Deserializer;

/** {@code fairness}: the lateness of many users' retries, alone and beside one user with many blocked ones. */
record FairnessBench(BenchSettings settings, Lab lab, Figures figures, Consumer<String> progress) {

    private static final String HOT = "hot";
    private static final int USERS = 1_000;
    private static final int OF_EACH = 10;
    private static final int PER_SECOND = 500;
    private static final Duration WITHIN = Duration.ofMinutes(30);

    void run() {
        int blocked = settings.events(1_000_000, 1_000);
        for (int round = 0; round < settings.rounds(); round++) {
            double alone = p99(round, "alone", 0);
            double beside = p99(round, "beside the hot user", blocked);
            figures.add("fairness", "held of the hot user", blocked, "");
            figures.add("fairness", "beside, of alone, p99", beside / alone, "");
        }
    }

    private double p99(int round, String name, int blocked) {
        String id = "fairness-" + round + "-" + blocked;
        try (Rig rig = new Rig(lab, Contender.PIPELINE, id, "").start(1, null)) {
            if (blocked > 0) {
                progress.accept("fairness: " + blocked + " jobs of one user are to be blocked");
                block(rig, blocked);
            }
            progress.accept("fairness: warm-up");
            measure(rig, "warm");
            progress.accept("fairness: " + USERS * OF_EACH + " jobs of " + USERS + " users, " + name);
            Histogram lateness = measure(rig, "job");
            figures.addSpread("fairness", name, lateness);
            rig.awaitPending(blocked, Duration.ofMinutes(1));
            return lateness.getValueAtPercentile(99);
        }
    }

    /** One job of the user is active, which is the API's limit; then the failures of its other jobs arrive. */
    private void block(Rig rig, int blocked) {
        Workload workload = new Workload("held", settings.seed(), 100);
        try (FailurePublisher publisher = FailurePublisher.create(
                        Map.of("bootstrap.servers", lab.bootstrapServers(), "schema.registry.url", lab.registryUrl()),
                        rig.topics());
                Load load = new Load(lab, workload, rig.topics().failures(), false)) {
            publisher
                    .started(JobContext.of(HOT, "at-work", "music", "music.song.generate")
                            .build())
                    .get(1, TimeUnit.MINUTES);
            lab.await(
                    WITHIN,
                    "the job at work to be known",
                    () -> lab.lag(id(rig), rig.topics().lifecycle()) == 0);
            load.publish(0, blocked, (job, nowMs) -> refused(workload.failure(job, nowMs, 1)));
            rig.awaitTaken(WITHIN);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BenchException("interrupted");
        } catch (ExecutionException | TimeoutException e) {
            throw new BenchException("the job at work could not be published: " + e);
        }
    }

    private static String id(Rig rig) {
        String prefix = rig.topics().prefix();
        return prefix.substring(0, prefix.length() - 1);
    }

    private static JobFailure refused(JobFailure failure) {
        return JobFailure.newBuilder(failure)
                .setUserId(HOT)
                .setCause(FailureCause.RESPONSE)
                .setHttpStatus(429)
                .setErrorBody("{\"success\":false,\"data\":null,\"error\":{\"code\":\"CONCURRENT_GENERATION_LIMIT\","
                        + "\"message\":\"Too many active requests\",\"active_requests\":1,\"concurrency_limit\":1}}")
                .setResponseHeaders(Map.of())
                .build();
    }

    /** Each user has one job per service, so that no job waits for a rate window that another job uses. */
    private Histogram measure(Rig rig, String run) {
        Workload workload = new Workload(run, settings.seed(), 100);
        int jobs = settings.quick() ? USERS : USERS * OF_EACH;
        Histogram lateness = Figures.histogram();
        Deserializer<RetryRequest> retries = lab.values(RetryRequest.class);
        try (Load load = new Load(lab, workload, rig.topics().failures(), false);
                Watch watch = new Watch(
                        lab,
                        jobs,
                        (record, visibleAtMs) -> Figures.record(
                                lateness,
                                visibleAtMs
                                        - retries.deserialize(record.topic(), record.value())
                                                .getDueAt()
                                                .toEpochMilli()),
                        rig.topics().ready())) {
            load.publishSteadily(
                    0,
                    jobs,
                    PER_SECOND,
                    (job, nowMs) -> JobFailure.newBuilder(workload.failure(job, nowMs, 1 + job % OF_EACH))
                            .setUserId("user-" + job % USERS)
                            .setService(run + "-" + job / USERS)
                            .setResponseHeaders(Map.of("Retry-After", Integer.toString(1 + job % OF_EACH)))
                            .build());
            watch.await(lab, WITHIN);
        }
        return lateness;
    }
}
