package dev.redrive.publish;

import dev.redrive.avro.JobLifecycle;
import dev.redrive.avro.LifecycleStage;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Creates {@link JobLifecycle} records, for events other than failures. Pure: no clock, no I/O.
 *
 * <p>Redrive counts a user's active jobs by them, so publish the end of every job whose start was published.
 */
public final class Lifecycles {

    private Lifecycles() {}

    /** Returns an event: the request of an attempt was sent. */
    public static JobLifecycle submitted(JobContext job, Instant at) {
        return event(job, LifecycleStage.SUBMITTED, null, at);
    }

    /** Returns an event: the API accepted the attempt with 202; {@code requestId} is its {@code request_id}. */
    public static JobLifecycle accepted(JobContext job, String requestId, Instant at) {
        return event(job, LifecycleStage.ACCEPTED, requestId, at);
    }

    /** Returns an event: the API started to process the attempt. */
    public static JobLifecycle started(JobContext job, Instant at) {
        return event(job, LifecycleStage.STARTED, null, at);
    }

    /** Returns an event: the job succeeded. */
    public static JobLifecycle succeeded(JobContext job, Instant at) {
        return event(job, LifecycleStage.SUCCEEDED, null, at);
    }

    /** Returns an event: the job is cancelled; a pending retry is not released. */
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
