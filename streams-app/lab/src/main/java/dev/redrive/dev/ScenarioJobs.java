package dev.redrive.dev;

import dev.redrive.sim.Jobs;
import dev.redrive.sim.Service;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The jobs of a scenario, each at its time; the first call begins it. Belongs to one thread; how it stands may be asked
 * from any.
 */
final class ScenarioJobs implements JobSource {

    private final Jobs jobs;
    private final String prefix;
    private volatile @Nullable Instant start;
    private volatile @Nullable Instant end;
    private final AtomicInteger succeeded = new AtomicInteger();
    private int next;

    /**
     * A source of jobs.
     *
     * @param run what begins every job id, so that those of different runs differ
     */
    ScenarioJobs(Jobs jobs, String run) {
        this.jobs = jobs;
        this.prefix = run + "-";
    }

    @Override
    public @Nullable Attempt next(Instant now) {
        if (start == null) {
            start = now;
        }
        if (next == jobs.count() || time(now).toMillis() < jobs.afterMs(next)) {
            return null;
        }
        int job = next++;
        Service service = jobs.service(job);
        String jobId = prefix + Jobs.jobId(job);
        return new Attempt(
                Jobs.userId(jobs.user(job)),
                jobId,
                1,
                service.category(),
                service.operation(),
                service.route(),
                "key-" + jobId);
    }

    @Override
    public void succeeded(Attempt attempt, Instant at) {
        if (attempt.jobId().startsWith(prefix) && succeeded.incrementAndGet() == jobs.count()) {
            end = at;
        }
    }

    @Override
    public boolean finished() {
        return succeeded() == jobs.count();
    }

    /** Jobs that are done. */
    int succeeded() {
        return succeeded.get();
    }

    /** How long it has taken; to the end of the last job once all are done. */
    Duration time(Instant now) {
        Instant from = start;
        Instant to = end;
        return from == null ? Duration.ZERO : Duration.between(from, to == null ? now : to);
    }
}
