package dev.redrive.state;

import dev.redrive.domain.backlog.Lane;
import dev.redrive.domain.backlog.Shelf;
import dev.redrive.domain.event.JobRef;
import org.jspecify.annotations.Nullable;

/**
 * The pending retries of one task, in lanes, each in the order of its dues; those with the same due in an order that stays.
 * An entry leaves when it is released, withdrawn or moved, so the queue needs no expiry: no due lies further ahead than the
 * longest time that a job may be parked, and no gate holds for ever.
 *
 * <p>One thread owns a queue.
 */
public interface DueQueue extends Shelf {

    /**
     * Puts a retry in; one that is there already under the same due is replaced.
     *
     * @param lane its lane
     * @param dueAtMs when it is due, epoch milliseconds
     * @param job the job
     * @param payload what is to be released
     */
    void add(Lane lane, long dueAtMs, JobRef job, byte[] payload);

    /** Takes a retry out, if it is there. */
    void remove(Lane lane, long dueAtMs, JobRef job);

    /** What is to be released; {@code null} if it is not there. */
    byte @Nullable [] payload(Lane lane, long dueAtMs, JobRef job);
}
