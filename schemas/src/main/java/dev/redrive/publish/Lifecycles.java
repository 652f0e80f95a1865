package dev.redrive.publish;

import dev.redrive.avro.JobLifecycle;
import dev.redrive.avro.LifecycleStage;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Makes {@link JobLifecycle} records of jobs that move on without failing. Pure: no clock, no I/O.
 *
 * <p>Redrive counts a user's active jobs from them, so publish the end of every job whose beginning was published.
 */
public final class Lifecycles {

    private Lifecycles() {}

    /** The request of an attempt was sent. */
    public static JobLifecycle submitted(JobContext job, Instant at) {
        return event(job, LifecycleStage.SUBMITTED, null, at);
    }

    /** The API accepted the attempt with 202; {@code requestId} is its {@code request_id}. */
    public static JobLifecycle accepted(JobContext job, String requestId, Instant at) {
        return event(job, LifecycleStage.ACCEPTED, requestId, at);
    }

    /** The API began to work on the attempt. */
    public static JobLifecycle started(JobContext job, Instant at) {
        return event(job, LifecycleStage.STARTED, null, at);
    }

    /** The job is done. */
    public static JobLifecycle succeeded(JobContext job, Instant at) {
        return event(job, LifecycleStage.SUCCEEDED, null, at);
    }

    /** The job is no longer wanted; a retry that waits is not released. */
    public static JobLifecycle cancelled(JobContext job, Instant at) {
        return event(job, LifecycleStage.CANCELLED, null, at);
    }

    private static JobLifecycle event(JobContext job, LifecycleStage stage, @Nullable String requestId, Instant at) {
        return JobLifecycle.newBuilder()
                .setUserId(job.userId())
                .setJobId(job.jobId())
                .setAttempt(job.attempt())
                .setStage(stage)
                .setService(job.service())
                .setOperation(job.operation())
                .setRequestId(Limits.optional("requestId", requestId))
                .setAt(Limits.instant("at", at))
                .build();
    }
}
