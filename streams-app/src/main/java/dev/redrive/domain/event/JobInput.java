package dev.redrive.domain.event;

/** An input about one job. */
public sealed interface JobInput extends Input
        permits JobFailed, JobMoved, CommandIssued, RetryArrived, RetryDue, LeaseEnded {

    /** The job it is about. */
    JobRef job();

    @Override
    default String userId() {
        return job().userId();
    }
}
