package dev.redrive.domain.event;

import org.jspecify.annotations.Nullable;

/**
 * What a person or a rule wants done with a job.
 *
 * @param commandId unique id; of a redrive it is the redrive id
 * @param kind what is wanted
 * @param job the job
 * @param deadLettered REDRIVE: the failure to bring back
 * @param epoch REDRIVE: epoch of the dead letter
 * @param edited REDRIVE: whether the request was edited, so that a new submission begins
 */
public record CommandIssued(
        String commandId, Kind kind, JobRef job, @Nullable JobFailed deadLettered, int epoch, boolean edited)
        implements JobInput {

    /** What can be asked for. */
    public enum Kind {
        /** The job is not to come back. */
        CANCEL,
        /** A pending retry is to go now. */
        EXPEDITE,
        /** A dead-lettered job is to be tried again. */
        REDRIVE,
        /** A dead-lettered job is settled and never to be tried again. */
        DISCARD
    }
}
