package dev.redrive.domain.event;

import java.time.Instant;

/**
 * A job moved on without failing.
 *
 * @param job the job
 * @param attempt number of the attempt, from 1; 0 when unknown
 * @param stage what happened
 * @param service service category; may be empty
 * @param operation operation name; may be empty
 * @param at when, never after the time of reading
 */
public record JobMoved(JobRef job, int attempt, Stage stage, String service, String operation, Instant at)
        implements JobInput {

    /** The stages of an attempt that are not failures. */
    public enum Stage {
        /** The request is on its way to the API. */
        SUBMITTED,
        /** The API answered 202. */
        ACCEPTED,
        /** The API works at it. */
        STARTED,
        /** The job is done; final. */
        SUCCEEDED,
        /** The job is not wanted any more; final. */
        CANCELLED
    }
}
