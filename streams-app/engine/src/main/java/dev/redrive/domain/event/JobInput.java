package dev.redrive.domain.event;

/** An input about one job. */
public sealed interface JobInput extends Input
        permits JobFailed, JobMoved, CommandIssued, RetryArrived, RetryDue, RetryLost, LeaseEnded {

    /** The job it is about. */
    JobRef job();

    /**
     * The service that it is about.
     *
     * @param known the job's, where the input does not tell
     */
    default String serviceOr(String known) {
        String told = "";
        if (this instanceof JobFailed failure) {
            told = failure.service();
        } else if (this instanceof JobMoved moved) {
            told = moved.service();
        } else if (this instanceof RetryDue due) {
            told = due.service();
        }
        return told.isEmpty() ? known : told;
    }

    @Override
    default String userId() {
        return job().userId();
    }
}
